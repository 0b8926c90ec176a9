// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/failure.h"

#include <csignal>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"

namespace keratin::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void note_interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

std::string at(const std::string& file, std::string_view text, std::size_t offset,
               std::string_view message) {
  std::size_t line = 1;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') ++line, begin = i + 1;
  }
  const std::size_t column = utf8::length(text.substr(begin, offset - begin)) + 1;
  return str(file, ":", line, ":", column, ": ", message);
}

}  // namespace

InputError::InputError(const std::string& file, std::string_view message)
    : std::runtime_error(str(file, ": ", message)) {}

InputError::InputError(const std::string& file, std::string_view text, std::size_t offset,
                       std::string_view message)
    : std::runtime_error(at(file, text, offset, message)) {}

void catch_interrupts() {
  std::signal(SIGINT, note_interrupt);
  std::signal(SIGTERM, note_interrupt);
}

void check_interrupt() {
  if (interrupted != 0) throw Interrupted();
}

}  // namespace keratin::cli
