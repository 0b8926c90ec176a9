// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/talk.h"

#include <cerrno>
#include <cstdio>

#include <poll.h>
#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/cli/failure.h"

namespace keratin::cli {

void Talk::say(std::string_view line) const {
  if (!quiet_) std::fputs(str(line, "\n").c_str(), stderr);
}

std::vector<std::string> standard_input_lines() {
  std::string text;
  char buffer[1 << 14];
  for (;;) {
    check_interrupt();
    const ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
    if (count == 0) break;
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR) runtime_failure("keratin", "standard input cannot be read.");
  }
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

bool standard_input_waits() {
  if (isatty(STDIN_FILENO)) return false;
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) > 0 && (input.revents & (POLLIN | POLLHUP)) != 0;
}

}  // namespace keratin::cli
