// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/cli/answers.h"

namespace keratin::cli {

struct PredictCommandOptions {
  std::string model;
  std::string file = "-";
  Ranking ranking;
  bool values = false;  // the model's outputs as they are
  bool json = false;
  bool quiet = false;
};

/// `keratin predict`: answers texts, or lines of ids, by a model from a file. Throws what went
/// wrong.
void run_predict(const PredictCommandOptions& options);

}  // namespace keratin::cli
