// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/failure.h"

#include <csignal>  // sigaction

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"

namespace keratin::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void note_interrupt(int) { interrupted = 1; }

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
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  // Once: the second ends the program. Without SA_RESTART: a wait for input ends too.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void check_interrupt() {
  if (interrupted != 0) throw Interrupted();
}

}  // namespace keratin::cli
