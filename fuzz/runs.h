// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "fuzz/dice.h"

namespace keratin::fuzz {

/// How often a fuzzer runs, and with what.
struct Runs {
  std::uint64_t runs = ~std::uint64_t{0};
  double seconds = 1e9;
  std::uint64_t seed = 1;
  bool is_verbose = false;
  std::vector<std::string> corpus = {};  // folders of good files
  std::string samples = {};              // where the good files are written, and nothing else done

  /// From the command line, over `defaults`. Ends the process where that is not understood.
  static Runs from(int argc, char** argv, Runs defaults);
  /// Calls `run` until runs or seconds are over, or it gives false. Returns how often it was
  /// called.
  std::uint64_t repeat(const std::function<bool(Dice&)>& run) const;
};

}  // namespace keratin::fuzz
