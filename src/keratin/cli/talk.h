// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keratin::cli {

/// Lines for the person at the terminal, on standard error; silent with --quiet.
class Talk {
 public:
  explicit Talk(bool quiet) : quiet_(quiet) {}
  void say(std::string_view line) const;

 private:
  bool quiet_;
};

/// All lines of standard input, without their ends. Throws Interrupted after Ctrl-C.
std::vector<std::string> standard_input_lines();

/// Whether something was piped in: standard input is no terminal, and has text (or its end) by now.
/// A pipe on which nobody writes does not count, so no one waits for it.
bool standard_input_waits();

}  // namespace keratin::cli
