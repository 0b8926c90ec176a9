// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace keratin::cli {

struct QuantizeCommandOptions {
  std::string in, out;
  std::string dtype = "float16";
  bool quiet = false;
};

/// `keratin quantize`: writes the tables of a .keras file in 16 bits, or tables and kernels as
/// Keras's int8 or int4 codes, and says what that changes.
/// Throws what went wrong.
void run_quantize(const QuantizeCommandOptions& options);

}  // namespace keratin::cli
