// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keratin/cli/data_file.h"
#include "keratin/cli/text_classifier.h"

namespace keratin::cli {

struct TrainCommandOptions {
  std::string file;
  DataFileOptions data;
  TextClassifierOptions classifier;
  double test_split = 0.2;
  std::int64_t seed = 0;
  bool quiet = false;
  bool json = false;
  std::string output;  // where the model is written; empty: nowhere
  std::vector<std::string>
      predict;  // texts; "-" stands for the lines of standard input, as they come
};

/// `keratin train`: learns from a file, judges on what it held out, answers. The result goes to
/// standard output, talk to standard error. Throws what went wrong.
void run_train(TrainCommandOptions options);

}  // namespace keratin::cli
