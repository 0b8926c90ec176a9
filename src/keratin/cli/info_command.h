// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace keratin::cli {

struct InfoCommandOptions {
  std::string model;
  bool nan = false;  // counts numbers that are not finite, for which all are read
  bool json = false;
  bool quiet = false;
};

/// `keratin info`: says what is in a file of a model or weights. Weights are not read, but for
/// --nan. Throws what went wrong.
void run_info(const InfoCommandOptions& options);

}  // namespace keratin::cli
