// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace keratin::cli {

struct VectorsCommandOptions {
  std::string model;
  std::string output = "-";
  std::string format = "text";
  std::string layer;                 // empty: the only one
  std::string vocabulary;            // a file; empty: the model's own
  std::vector<std::string> nearest;  // words whose neighbours are wanted in place of the vectors
  std::int64_t count = 10;           // of them, at most
  bool quiet = false;
};

/// `keratin vectors`: writes the vectors of an Embedding, or which are nearest to some of them.
/// Throws what went wrong.
void run_vectors(const VectorsCommandOptions& options);

}  // namespace keratin::cli
