// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/terminal.h"

#include <cstdio>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace keratin::callbacks {

Terminal standard_error() {
  Terminal terminal;
  if (isatty(STDERR_FILENO) == 0) return terminal;
  const char* term = std::getenv("TERM");
  terminal.moves = term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
  const char* no_color = std::getenv("NO_COLOR");
  terminal.color = terminal.moves && (no_color == nullptr || *no_color == '\0');
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0) terminal.columns = size.ws_col;
  return terminal;
}

void write_standard_error(std::string_view text) {
  // One call a text: lines of other threads do not come between.
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void write(const Params& params, std::string_view text) {
  if (params.write) {
    params.write(text);
  } else {
    write_standard_error(text);
  }
}

}  // namespace keratin::callbacks
