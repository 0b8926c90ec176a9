// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "support/program.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/models/sequential.h"
#include "keratin/saving/saving.h"

/// A folder in which the tool trains a model and is given it.
namespace keratin::cli {

class ModelCommands : public ::testing::Test {
 protected:
  using Ended = testing::Program::Ended;

  ModelCommands() {
    std::string tsv;
    for (int i = 0; i < 40; ++i) {
      tsv += "fruit\tripe apple number " + std::to_string(i) + "\n";
      tsv += "metal\thard iron\\n number " + std::to_string(i) + "\n";
      tsv += "stone\tgrey granite number " + std::to_string(i) + "\n";
    }
    folder_.write("data.tsv", tsv);
  }
  Ended run(const std::string& arguments, const std::string& before = "") const {
    return program_.run(arguments, before);
  }
  std::string read(const std::string& name) const { return program_.read(name); }
  void train() {
    const Ended ended = run("train data.tsv -q --epochs 20 --output-dim 64 --output m.keras");
    ASSERT_EQ(ended.code, 0) << ended.err;
  }
  /// A model of ids, as a program of C++ saves it.
  void save_ids(const char* activation, std::int64_t units) {
    models::Sequential model(
        {layers::Embedding({.input_dim = 10, .output_dim = 4, .input_length = 3}),
         layers::Flatten(), layers::Dense({.units = units, .activation = activation})});
    saving::save_model(model, folder_ / "ids.keras");
  }

  const testing::Program program_;
  const testing::TemporaryFolder& folder_ = program_.folder;
};

}  // namespace keratin::cli
