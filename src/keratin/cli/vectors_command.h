// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace keratin::cli {

struct VectorsCommandOptions {
  std::string model;
  std::string output = "-";
  std::string format = "text";
  std::string layer;       // empty: the only one
  std::string vocabulary;  // a file; empty: the model's own
  bool quiet = false;
};

/// `keratin vectors`: writes the vectors of an Embedding. Throws what went
/// wrong.
void run_vectors(const VectorsCommandOptions& options);

}  // namespace keratin::cli
