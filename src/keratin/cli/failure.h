// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace keratin::cli {

/// What the program ends with.
enum ExitCode : int {
  kOk = 0,
  kFailure = 1,       // anything else that went wrong
  kUsage = 2,         // the command line
  kBadInput = 3,      // a file that is missing, or whose contents are not as they should be
  kInterrupted = 130  // Ctrl-C, as shells report it
};

/// A wrong command line, found after it was parsed.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A file that cannot be used; the text begins with its name and, for a place in it, line and
/// column.
class InputError : public std::runtime_error {
 public:
  InputError(const std::string& file, std::string_view message);
  /// A place in `text`, which is all of the file: line and column are counted from 1, the column in
  /// characters.
  InputError(const std::string& file, std::string_view text, std::size_t offset,
             std::string_view message);
};

/// Ctrl-C: thrown at the next place where work may stop.
struct Interrupted {};

/// From now on SIGINT and SIGTERM only leave a note; a second one ends the program at once.
void catch_interrupts();
/// Throws Interrupted when there is a note.
void check_interrupt();

}  // namespace keratin::cli
