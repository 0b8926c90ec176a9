// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace keratin::cli {

/// Lines for the person at the terminal, on standard error; silent with --quiet.
class Talk {
 public:
  explicit Talk(bool quiet) : quiet_(quiet) {}
  void say(std::string_view line) const;

 private:
  bool quiet_;
};

}  // namespace keratin::cli
