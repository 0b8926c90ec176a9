// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/input.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/unpack.h"

namespace keratin::cli {
namespace {

constexpr int kMillisecondsDeaf = 100;  // how long a wait goes on before Ctrl-C is looked for
constexpr std::size_t kAtOnce = 1 << 18;

}  // namespace

/// An open file; standard input stays open.
class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : number_(path == kStandardInput ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
        name_(name_of_input(path)) {
    if (number_ < 0) throw InputError(name_, std::strerror(errno));
  }
  ~Descriptor() {
    if (number_ > STDIN_FILENO) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  /// What is there, at least a byte; 0 at the end.
  std::size_t read(std::span<char> buffer) {
    for (;;) {
      check_interrupt();
      pollfd wanted{number_, POLLIN, 0};
      // A signal ends the wait too; read() would then wait without being asked again.
      const int ready = ::poll(&wanted, 1, kMillisecondsDeaf);
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      const ssize_t count = ::read(number_, buffer.data(), buffer.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR && errno != EAGAIN) throw InputError(name_, std::strerror(errno));
    }
  }

 private:
  int number_;
  std::string name_;
};

namespace {

std::string read_bytes(const std::string& path) {
  Descriptor file(path);
  const auto buffer = std::make_unique<std::array<char, 1 << 18>>();
  std::string bytes;
  while (const std::size_t count = file.read(*buffer)) bytes.append(buffer->data(), count);
  return bytes;
}

/// Lines of an old Mac end with "\r" alone.
void end_lines_with_lf(std::string& text) {
  if (text.find('\n') != text.npos) return;
  for (char& c : text) {
    if (c == '\r') c = '\n';
  }
}

}  // namespace

std::string read_text(const std::string& path) {
  const std::string name = name_of_input(path);
  std::string text = read_bytes(path);
  if (is_gzip(text)) text = unpacked_gzip(name, text);
  refuse_what_is_no_text(name, text);
  text = as_utf8(name, std::move(text));
  if (const std::size_t nul = text.find('\0'); nul != text.npos) {
    throw InputError(name, text, nul, "a NUL byte: this is no text");
  }
  end_lines_with_lf(text);
  return text;
}

LineInput::LineInput(const std::string& path)
    : path_(path),
      name_(name_of_input(path)),
      file_(std::make_unique<Descriptor>(path)),
      buffer_(kAtOnce) {}

LineInput::~LineInput() = default;

/// With the first bytes in rest_: a file that is packed or UTF-16 is read whole.
void LineInput::begin() {
  has_begun_ = true;
  refuse_what_is_no_text(name_, rest_);
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (rest_.starts_with(kMark)) rest_.erase(0, kMark.size());
  if (path_ == kStandardInput) return;
  const bool has_zeros = rest_.find('\0') != rest_.npos;
  if (!is_gzip(rest_) && !has_zeros) return;
  rest_ = read_text(path_);
  at_end_ = true;
}

void LineInput::cut(std::vector<std::string>& lines) {
  std::size_t begin = 0;
  for (;;) {
    std::size_t end = rest_.find('\n', begin);
    if (end == rest_.npos && at_end_ && begin < rest_.size()) end = rest_.size();
    if (end == rest_.npos) break;
    std::string& line = lines.emplace_back(rest_, begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    begin = end + 1;
  }
  rest_.erase(0, begin);
}

bool LineInput::next(std::vector<std::string>& lines) {
  lines.clear();
  while (lines.empty() && !at_end_) {
    const std::size_t count = file_->read(buffer_);
    rest_.append(buffer_.data(), count);
    at_end_ = count == 0;
    if (!has_begun_) begin();
    cut(lines);
  }
  return !lines.empty();
}

bool standard_input_is_terminal() { return ::isatty(STDIN_FILENO) != 0; }

bool standard_input_waits() {
  if (standard_input_is_terminal()) return false;
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0 && (input.revents & (POLLIN | POLLHUP)) != 0;
}

}  // namespace keratin::cli
