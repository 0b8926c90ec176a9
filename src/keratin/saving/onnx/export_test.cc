// SPDX-License-Identifier: Apache-2.0
// What ONNX Runtime computes of these files, tests/files/export.py says.
#include "keratin/saving/onnx/export.h"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <unistd.h>

#include "keratin/layers/layers.h"
#include "keratin/models/models.h"

namespace keratin::saving {
namespace {

using models::Sequential;

/// A path in a folder of this process's own.
std::string path_to(const std::string& name) {
  return testing::TempDir() + "keratin_export_test_" + std::to_string(::getpid()) + "_" + name;
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string refusal(const models::Model& model, const std::string& path) {
  try {
    export_onnx(model, path);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(Export, WritesTheSameBytesTwiceAndReplacesTheFileWhole) {
  Sequential model(
      {layers::Embedding({.input_dim = 9, .output_dim = 2, .mask_zero = true, .input_length = 4}),
       layers::GlobalAveragePooling1D(), layers::Dense({.units = 1, .name = "answer"})});
  const std::string path = path_to("model.onnx");
  export_onnx(model, path);
  const std::string once = content(path);
  EXPECT_TRUE(has(once, "answer"));
  EXPECT_TRUE(has(once, "sequential/embedding/embeddings"));
  export_onnx(model, path);
  EXPECT_EQ(content(path), once);
  EXPECT_THROW(export_onnx(model, path, {.overwrite = false}), std::invalid_argument);
}

TEST(Export, RefusesByNameAndLeavesTheFile) {
  const std::string path = path_to("refused.onnx");
  std::ofstream(path) << "before";
  Sequential unbuilt({layers::Dense({.units = 1})}, {.name = "row"});
  EXPECT_TRUE(has(refusal(unbuilt, path), "model 'row' is not built"));
  Sequential sparse({layers::Dense({.units = 2, .activation = "sparsemax", .name = "last"})});
  sparse.build({kNone, 3});
  EXPECT_TRUE(has(refusal(sparse, path), "'last' (Dense) has the activation 'sparsemax'"));
  EXPECT_EQ(content(path), "before");
}

TEST(Export, RecurrentLayersAreOneStepWhoseWeightsAreThoseOfTheFile) {
  Sequential model({layers::Embedding({.input_dim = 9, .output_dim = 2, .mask_zero = true}),
                    layers::LSTM({.units = 3, .name = "one"})});
  model.build({kNone, kNone});
  const std::string path = path_to("recurrent.onnx");
  export_onnx(model, path);
  const std::string found = content(path);
  EXPECT_TRUE(has(found, "Scan"));
  // Named where it is, and where the body reads it.
  EXPECT_TRUE(has(found, "one/lstm_cell/recurrent_kernel"));
  Sequential stateful({layers::LSTM({.units = 3, .stateful = true, .name = "keeps"})});
  stateful.build({2, 4, 3});
  EXPECT_TRUE(has(refusal(stateful, path), "'keeps' (LSTM) is stateful"));
  EXPECT_EQ(content(path), found);
}

}  // namespace
}  // namespace keratin::saving
