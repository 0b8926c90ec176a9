// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/tensor_board.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/linear_model.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/layers/dense.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/reshaping/flatten.h"
#include "keratin/models/sequential.h"

namespace keratin::callbacks {
namespace {

using models::Sequential;
using testing::TemporaryFolder;
using trainers::ValidationData;

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// All bytes of the event files of a folder.
std::string events_of(const std::filesystem::path& folder) {
  std::string bytes;
  if (!std::filesystem::exists(folder)) return bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    bytes += contents_of(entry.path());
  return bytes;
}

int count_of(const std::string& bytes, const std::string& part) {
  int count = 0;
  for (std::size_t at = bytes.find(part); at != std::string::npos; at = bytes.find(part, at + 1))
    ++count;
  return count;
}

Sequential worded_model() {
  Sequential model(
      {layers::Embedding({.input_dim = 3, .output_dim = 2, .input_length = 2, .name = "words"}),
       layers::Flatten(), layers::Dense({.units = 1, .name = "out"})});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  return model;
}

const Tensor kIds = Tensor::from<std::int32_t>({0, 1, 2, 2, 1, 0}, {3, 2});
const Tensor kTargets = Tensor::from<float>({1, 2, 3}, {3, 1});

void fit(Sequential& model, const TensorBoardOptions& options, int epochs = 1) {
  model.fit(kIds, kTargets,
            {.batch_size = 2,
             .epochs = epochs,
             .verbose = 0,
             .callbacks = {std::make_shared<TensorBoard>(options)},
             .validation_data = ValidationData{.x = kIds, .y = kTargets}});
}

// Tags, steps and values are held against Keras's in tests/python/test_tensorboard.py.
TEST(TensorBoard, WritesWhatItIsToldTo) {
  const TemporaryFolder folder;
  const std::string in = (folder / "logs").string();
  Sequential model = worded_model();
  fit(model, {.log_dir = in, .histogram_freq = 2, .update_freq = 2}, 3);
  const std::string train = events_of(in + "/train");
  EXPECT_EQ(count_of(train, "epoch_loss"), 3);
  EXPECT_EQ(count_of(train, "epoch_learning_rate"), 3);
  EXPECT_EQ(count_of(train, "batch_loss"), 3);                  // of batches 2, 4 and 6
  EXPECT_EQ(count_of(train, "words/embeddings/histogram"), 2);  // of epochs 0 and 2
  EXPECT_EQ(count_of(train, "out/bias/histogram"), 2);
  EXPECT_EQ(count_of(train, "graph_keras_model"), 1);
  EXPECT_EQ(count_of(train, "per_second"), 0);
  const std::string validation = events_of(in + "/validation");
  EXPECT_EQ(count_of(validation, "epoch_loss"), 3);
  EXPECT_EQ(count_of(validation, "evaluation_loss_vs_iterations"), 3);
  EXPECT_FALSE(std::filesystem::exists(in + "/projector_config.pbtxt"));
}

TEST(TensorBoard, EveryTableHasItsNameInTheProjector) {
  const TemporaryFolder folder;
  const std::string in = (folder / "logs").string();
  Sequential model = worded_model();
  fit(model, {.log_dir = in,
              .write_graph = false,
              .embeddings_freq = 1,
              .embeddings_metadata = {{"", "a \"word\".tsv"}}});
  EXPECT_EQ(contents_of(in + "/projector_config.pbtxt"),
            "embeddings {\n  tensor_name: \"words\"\n  tensor_shape: 3\n  tensor_shape: 2\n  "
            "tensor_path: \"words.tsv\"\n"
            "  metadata_path: \"a \\\"word\\\".tsv\"\n}\n");
  const Tensor rows = dynamic_cast<const layers::Embedding&>(model.get_layer("words")).embeddings();
  std::ifstream file(in + "/words.tsv");
  for (const float wanted : rows.data<float>()) {
    float found = 0;
    ASSERT_TRUE(file >> found);
    EXPECT_EQ(found, wanted);
  }
}

TEST(TensorBoard, BadOptions) {
  EXPECT_THROW(TensorBoard({.histogram_freq = -1}), std::invalid_argument);
  EXPECT_THROW(TensorBoard({.embeddings_freq = -1}), std::invalid_argument);
  EXPECT_THROW(TensorBoard({.update_freq = 0}), std::invalid_argument);
  const TemporaryFolder folder;
  const std::string in = (folder / "logs").string();
  Sequential model = worded_model();
  try {
    fit(model, {.log_dir = in, .embeddings_freq = 1, .embeddings_metadata = {{"out", "x"}}});
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "[TensorBoard] embeddings_metadata names a layer that is no Embedding of the "
                 "model. Received: 'out'");
  }
  EXPECT_FALSE(std::filesystem::exists(in));
  std::ofstream(in) << "a file";
  EXPECT_THROW(fit(model, {.log_dir = in}), FileError);
  testing::LinearModel without(0.5f);
  without.compile("sgd", "mse");
  const Tensor x = Tensor::from<float>({1, 2}, {2, 1});
  const auto fit_without = [&](const TensorBoardOptions& options) {
    without.fit(x, x, {.verbose = 0, .callbacks = {std::make_shared<TensorBoard>(options)}});
  };
  EXPECT_THROW(fit_without({.log_dir = (folder / "b").string(), .histogram_freq = 1}),
               std::invalid_argument);
  fit_without({.log_dir = (folder / "c").string()});
  EXPECT_EQ(count_of(events_of(folder / "c" / "train"), "epoch_loss"), 1);
}

TEST(TensorBoard, GoesOnCountingInARunThatIsTakenUp) {
  const TemporaryFolder folder;
  TensorBoard first({.log_dir = (folder / "a").string()});
  first.on_train_batch_begin(0, Logs());
  first.on_train_batch_begin(1, Logs());
  TensorBoard second({.log_dir = (folder / "b").string()});
  second.set_run_state(first.run_state());
  EXPECT_EQ(second.run_state().part("TensorBoard").integer("batches"), 2);
}

}  // namespace
}  // namespace keratin::callbacks
