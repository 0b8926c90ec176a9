// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace keratin::cli {

struct ConvertCommandOptions {
  std::string in, out;
  bool quiet = false;
};

/// `keratin convert`: writes a model, or its weights, in another form. Throws what went
/// wrong.
void run_convert(const ConvertCommandOptions& options);

}  // namespace keratin::cli
