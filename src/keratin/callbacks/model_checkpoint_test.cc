// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/model_checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/golden.h"
#include "support/linear_model.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/layers/layers.h"
#include "keratin/models/models.h"
#include "keratin/saving/saving.h"

namespace keratin::callbacks {
namespace {

using testing::TemporaryFolder;

models::Sequential small() {
  models::Sequential model({layers::InputLayer({.batch_shape = Shape{kNone, 2}}),
                            layers::Dense({.units = 1, .kernel_initializer = "ones"})});
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  return model;
}

const Tensor& x() {
  static const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 1}, {5, 2});
  return x;
}
const Tensor& y() {
  static const Tensor y = Tensor::from(std::vector<float>{1, 0, 1, 0, 1}, {5, 1});
  return y;
}

std::vector<std::string> names(const TemporaryFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

Params writes_to(std::string& said) {
  Params params;
  params.write = [&said](std::string_view text) { said += text; };
  return params;
}

/// The callback, told that an epoch ended with that loss, of a model whose kernel is that number.
void end_epoch(ModelCheckpoint& callback, models::Sequential& model, int epoch, double loss) {
  model.set_weights({Tensor::from(std::vector<float>{static_cast<float>(epoch), 0}, {2, 1}),
                     Tensor::from(std::vector<float>{0})});
  Logs logs;
  logs.set("loss", loss);
  callback.set_model(&model);
  callback.on_epoch_begin(epoch, Logs());
  callback.on_epoch_end(epoch, logs);
}

TEST(ModelCheckpoint, FillsThePathInAndSavesWhatCanBeLoaded) {
  const TemporaryFolder folder;
  models::Sequential model = small();
  const History history = model.fit(
      x(), y(),
      {.batch_size = 2,
       .epochs = 2,
       .verbose = 0,
       .callbacks = {ModelCheckpoint(folder / "in" / "{epoch:02d}-{loss:.3f}-{{mae}}.keras")}});
  const std::string loss = [&] {
    char text[64];
    std::snprintf(text, sizeof text, "%.3f", history.history.at("loss")[1]);
    return std::string(text);
  }();
  const auto path = folder / "in" / ("02-" + loss + "-{mae}.keras");
  ASSERT_TRUE(std::filesystem::exists(path));
  const auto again = saving::load_model(path.string());
  EXPECT_EQ(testing::difference(again->get_weights()[0], model.get_weights()[0], 0, 0), "");
}

TEST(ModelCheckpoint, CountsBatchesOverTheEndsOfEpochs) {
  const TemporaryFolder folder;
  models::Sequential model = small();
  const auto run = [&](ModelCheckpointOptions options, const char* name) {
    options.filepath = folder / name;
    model.fit(
        x(), y(),
        {.batch_size = 2, .epochs = 3, .verbose = 0, .callbacks = {ModelCheckpoint(options)}});
  };
  run({.save_weights_only = true, .save_freq = 2}, "{epoch}.{batch}.weights.h5");
  // Nine batches, three an epoch: the 2nd, 4th, 6th and 8th.
  EXPECT_EQ(names(folder), (std::vector<std::string>{"1.2.weights.h5", "2.1.weights.h5",
                                                     "2.3.weights.h5", "3.2.weights.h5"}));
}

TEST(ModelCheckpoint, KeepsTheBest) {
  const TemporaryFolder folder;
  models::Sequential model = small();
  const std::string path = folder / "best.keras";
  std::string said;
  ModelCheckpoint callback({.filepath = path,
                            .monitor = "loss",
                            .verbose = 1,
                            .save_best_only = true,
                            .initial_value_threshold = 4});
  callback.set_params(writes_to(said));
  const auto saved = [&] {
    return static_cast<int>(saving::load_model(path)->get_weights()[0].data<float>()[0]);
  };
  end_epoch(callback, model, 0, 5);
  EXPECT_FALSE(std::filesystem::exists(path));
  end_epoch(callback, model, 1, 3);
  EXPECT_EQ(saved(), 1);
  end_epoch(callback, model, 2, 3.5);
  EXPECT_EQ(saved(), 1);
  end_epoch(callback, model, 3, 2.5);
  EXPECT_EQ(saved(), 3);
  EXPECT_EQ(callback.best(), 2.5);
  EXPECT_EQ(said,
            "\nEpoch 1: loss did not improve from 4.00000\n"
            "\nEpoch 2: loss improved from 4.00000 to 3.00000, saving model to " +
                path + "\n\nEpoch 2: finished saving model to " + path +
                "\n\nEpoch 3: loss did not improve from 3.00000\n"
                "\nEpoch 4: loss improved from 3.00000 to 2.50000, saving model to " +
                path + "\n\nEpoch 4: finished saving model to " + path + "\n");
}

TEST(ModelCheckpoint, SavesWhereTheNumberIsNotThere) {
  const TemporaryFolder folder;
  models::Sequential model = small();
  std::string said;
  ModelCheckpoint callback(
      {.filepath = folder / "m.keras", .monitor = "val_loss", .save_best_only = true});
  callback.set_params(writes_to(said));
  end_epoch(callback, model, 0, 5);
  EXPECT_EQ(said, "Can save best model only with val_loss available.\n");
  EXPECT_TRUE(std::filesystem::exists(folder / "m.keras"));
}

TEST(ModelCheckpoint, RefusesWhatKerasRefuses) {
  const TemporaryFolder folder;
  EXPECT_THROW(ModelCheckpoint("m.txt"), std::invalid_argument);
  EXPECT_THROW(ModelCheckpoint({.filepath = "m.keras", .save_weights_only = true}),
               std::invalid_argument);
  EXPECT_THROW(ModelCheckpoint({.filepath = "m.keras", .mode = "up"}), std::invalid_argument);
  EXPECT_THROW(SaveFreq("batch"), std::invalid_argument);
  models::Sequential model = small();
  const auto run = [&](std::string path) {
    ModelCheckpoint callback(path);
    end_epoch(callback, model, 0, 5);
  };
  EXPECT_THROW(run(folder / "{acc}.keras"), std::invalid_argument);
  EXPECT_THROW(run(folder / "{epoch:q}.keras"), std::invalid_argument);
  EXPECT_THROW(run(folder / "{epoch.keras"), std::invalid_argument);
  EXPECT_THROW(run(folder / "epoch}.keras"), std::invalid_argument);
  EXPECT_TRUE(names(folder).empty());
  std::filesystem::create_directory(folder / "d.keras");
  EXPECT_THROW(run(folder / "d.keras"), FileError);
  testing::LinearModel other;  // a Trainer that is no Model
  ModelCheckpoint callback(folder / "m.keras");
  callback.set_model(&other);
  Logs logs;
  EXPECT_THROW(callback.on_epoch_end(0, logs), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::callbacks
