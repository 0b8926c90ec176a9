// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/cli/answers.h"
#include "keratin/cli/data_file.h"

namespace keratin::cli {

struct TestCommandOptions {
  std::string model;
  std::string file;
  DataFileOptions data;
  Ranking ranking;
  bool json = false;
  bool quiet = false;
};

/// `keratin test`: judges a model from a file on labelled texts, or lines of ids. Throws what went
/// wrong.
void run_test(const TestCommandOptions& options);

}  // namespace keratin::cli
