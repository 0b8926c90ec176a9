// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace keratin::cli {

struct DemoCommandOptions {
  std::vector<std::string>
      lines;  // to answer; none: standard input's when something is piped in, else examples
  std::int64_t seed = 0;
  int epochs = 8;
  bool quiet = false;
  std::vector<std::string> roots;  // none: where Unix systems keep their files
};

/// `keratin demo`: learns from the files of this machine to tell what kind of line it reads.
void run_demo(const DemoCommandOptions& options);

}  // namespace keratin::cli
