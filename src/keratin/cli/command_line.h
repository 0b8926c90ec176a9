// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/cli/convert_command.h"
#include "keratin/cli/demo_command.h"
#include "keratin/cli/info_command.h"
#include "keratin/cli/predict_command.h"
#include "keratin/cli/quantize_command.h"
#include "keratin/cli/test_command.h"
#include "keratin/cli/train_command.h"
#include "keratin/cli/vectors_command.h"

namespace keratin::cli {

enum class Command { kNone, kTrain, kDemo, kPredict, kTest, kInfo, kConvert, kVectors, kQuantize };

/// What a command line asks for.
struct CommandLine {
  Command command = Command::kNone;  // kNone: `print` is all
  std::string print;                 // help, or the version
  TrainCommandOptions train;
  DemoCommandOptions demo;
  PredictCommandOptions predict;
  TestCommandOptions test;
  InfoCommandOptions info;
  ConvertCommandOptions convert;
  VectorsCommandOptions vectors;
  QuantizeCommandOptions quantize;
  int threads = 0;  // 0: one a core
};

/// Throws UsageError, which names the option and, where a word was meant to be another, that one.
CommandLine read_command_line(int argc, const char* const* argv);

}  // namespace keratin::cli
