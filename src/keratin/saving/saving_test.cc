// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/saving.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/golden.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/base/format_error.h"
#include "keratin/formats/bytes.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/formats/json.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/layers.h"
#include "keratin/losses/losses.h"
#include "keratin/metrics/metrics.h"
#include "keratin/models/models.h"
#include "keratin/ops/operators.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/optimizers/schedules/schedules.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving {
namespace {

using layers::Dense;
using layers::Embedding;

models::Sequential row(std::int64_t units) {
  return models::Sequential({layers::InputLayer({.batch_shape = Shape{kNone, 3}}),
                             Embedding({.input_dim = 7, .output_dim = 2}), layers::Flatten(),
                             Dense({.units = units}), Dense({.units = 1})});
}

const Tensor& ids() {
  static const Tensor ids = Tensor::from(std::vector<std::int32_t>{0, 1, 2, 6, 5, 4}, {2, 3});
  return ids;
}

void expect_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].dtype(), b[i].dtype()) << i;
    const auto numbers = [](const Tensor& tensor) { return cast(tensor, DType::kFloat32); };
    EXPECT_EQ(testing::difference(numbers(a[i]), numbers(b[i]), 0, 0), "") << i;
  }
}

TEST(Saving, ThereAndBackToTheBit) {
  const testing::TemporaryFolder folder;
  const models::Sequential model = row(3);
  save_model(model, folder / "m.keras");
  const auto again = load_model(folder / "m.keras");
  expect_same(again->get_weights(), model.get_weights());
  EXPECT_EQ(again->to_json(), model.to_json());
  EXPECT_EQ(again->mask_policy(), MaskPolicy::kStrict);
  EXPECT_FALSE(again->compiled());
  EXPECT_THROW(save_model(model, folder / "m.keras", {.overwrite = false}), std::invalid_argument);
  EXPECT_THROW(save_model(models::Sequential(), folder / "n.keras"), std::invalid_argument);
}

TEST(Saving, TablesThatAreNotThereAsFloat32AreWrittenRowByRow) {
  const testing::TemporaryFolder folder;
  constexpr std::int64_t kRows = 70000, kWidth = 16;  // more than are written together
  const auto table = [&](layers::RowsDrawn drawn, Precision precision) {
    return models::Sequential(
        {layers::InputLayer({.batch_shape = Shape{kNone, 3}}),
         Embedding({.input_dim = kRows,
                    .output_dim = kWidth,
                    .embeddings_initializer = initializers::RandomUniform({.seed = 3}),
                    .rows_drawn = drawn,
                    .precision = precision})});
  };
  for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
    const models::Sequential model = table(layers::RowsDrawn::kOnDemand, precision);
    const models::Sequential whole = table(layers::RowsDrawn::kAtOnce, precision);
    const auto rows = std::dynamic_pointer_cast<table::RowStorage>(model.weights()[0]->storage());
    save_weights(model, folder / "m.weights.h5");
    models::Sequential other = table(layers::RowsDrawn::kAtOnce, Precision::kFloat32);
    load_weights(other, folder / "m.weights.h5");
    expect_same(other.get_weights(), whole.get_weights());
    EXPECT_EQ(rows->rows_in_use(), 0);
  }
}

TEST(Saving, WhatGoesIntoAModelAloneIsNotInAList) {
  // Keras reads a list of one as such: a model that gives it is then no layer of a Sequential.
  const testing::TemporaryFolder folder;
  const Value x = layers::Input({.shape = Shape{3}, .name = "x"});
  const models::Functional model(x, Dense({.units = 2, .name = "d"})(x));
  save_model(model, folder / "m.h5");
  const auto root = formats::hdf5::open(formats::Bytes::open(folder / "m.h5"));
  const Config config = formats::parse_json(root.text("model_config").value()).at("config");
  EXPECT_EQ(config.at("input_layers"), Config(Config::List{"x", 0, 0}));
  EXPECT_EQ(config.at("output_layers"), Config(Config::List{"d", 0, 0}));
  EXPECT_EQ(load_model(folder / "m.h5")->to_json(), model.to_json());
}

TEST(Saving, TheOptimizerGoesOn) {
  const testing::TemporaryFolder folder;
  models::Sequential model = row(3);
  model.compile("adam", "mse");
  const Tensor y = Tensor::from(std::vector<float>{1, 2}, {2, 1});
  model.train_on_batch(ids(), y);
  save_weights(model, folder / "w.weights.h5");
  models::Sequential other = row(3);
  other.compile("adam", "mse");
  load_weights(other, folder / "w.weights.h5");
  EXPECT_EQ(other.optimizer().iterations(), 1);
  model.train_on_batch(ids(), y);
  other.train_on_batch(ids(), y);
  expect_same(other.get_weights(), model.get_weights());
}

/// Trains a model and one that it was saved and loaded as, on the same data, and holds them against
/// each other to the bit.
void expect_same_training(models::Model& model, models::Model& again, const Tensors& x,
                          const Tensors& y) {
  trainers::FitOptions options{.batch_size = 1, .epochs = 2, .verbose = 0, .shuffle = false};
  const auto history = model.fit(x, y, options);
  const auto history_again = again.fit(x, y, options);
  EXPECT_EQ(history.history, history_again.history);
  expect_same(again.get_weights(), model.get_weights());
  expect_same(again.optimizer().get_weights(), model.optimizer().get_weights());
}

TEST(Saving, FitGoesOnAfterLoading) {
  const testing::TemporaryFolder folder;
  const Tensor y = Tensor::from(std::vector<float>{1, 0}, {2, 1});
  std::vector<trainers::CompileOptions> ways(5);
  ways[0] = {.optimizer = "adam", .loss = "mse", .metrics = {"accuracy"}};
  ways[1] = {.optimizer = optimizers::SGD({.learning_rate = 0.125, .momentum = 0.9}),
             .loss = losses::Huber({.delta = 0.5}),
             .loss_weights = 0.5,
             .metrics = {metrics::MeanSquaredError({.name = "how_far"})},
             .weighted_metrics = {"mae"}};
  ways[2] = {
      .optimizer = optimizers::Nadam({.learning_rate = optimizers::schedules::CosineDecay(
                                          {.initial_learning_rate = 0.1, .decay_steps = 9})}),
      .loss = "mae"};
  ways[3] = {.optimizer = optimizers::Adam({.amsgrad = true, .use_ema = true}),
             .loss = trainers::LossChoices(std::vector<trainers::LossChoice>{"mse"}),
             .loss_weights = std::vector<double>{2}};
  ways[4] = {.optimizer = optimizers::Adam({.gradient_accumulation_steps = 3}), .loss = "mse"};
  for (const trainers::CompileOptions& way : ways) {
    models::Sequential model = row(3);
    model.compile(way);
    model.train_on_batch(ids(), y);
    save_model(model, folder / "m.keras");
    const auto again = load_model(folder / "m.keras");
    ASSERT_TRUE(again->compiled());
    EXPECT_EQ(again->get_compile_config(), model.get_compile_config());
    expect_same(again->optimizer().get_weights(), model.optimizer().get_weights());
    expect_same_training(model, *again, ids(), y);
  }
}

TEST(Saving, OfSeveralOutputsByName) {
  const testing::TemporaryFolder folder;
  const auto input = layers::Input({.shape = Shape{3}, .dtype = DType::kInt32});
  const auto pooled =
      layers::GlobalAveragePooling1D()(Embedding({.input_dim = 7, .output_dim = 2})(input));
  const Value seen = Dense({.units = 1, .activation = "sigmoid", .name = "seen"})(pooled);
  const Value rating = Dense({.units = 2, .name = "rating"})(pooled);
  models::Functional model({input}, {seen, rating});
  model.compile({.optimizer = "rmsprop",
                 .loss = {{"seen", "binary_crossentropy"}, {"rating", losses::MeanSquaredError()}},
                 .loss_weights = {{"seen", 1.0}, {"rating", 0.25}},
                 .metrics = {{"seen", {"accuracy", "auc"}}}});
  const Tensors y({{"seen", Tensor::from(std::vector<float>{1, 0}, {2, 1})},
                   {"rating", Tensor::from(std::vector<float>{1, 0, 2, 3}, {2, 2})}});
  model.train_on_batch(ids(), y);
  save_model(model, folder / "m.keras");
  const auto again = load_model(folder / "m.keras");
  EXPECT_EQ(again->get_compile_config(), model.get_compile_config());
  expect_same_training(model, *again, ids(), y);
}

TEST(Saving, LegacyFiles) {
  const testing::TemporaryFolder folder;
  const Tensor y = Tensor::from(std::vector<float>{1, 0}, {2, 1});
  for (const char* name : {"m.h5", "m.hdf5"}) {
    models::Sequential model = row(3);
    model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.25, .amsgrad = true}),
                   .loss = losses::Huber({.delta = 0.5}),
                   .metrics = {"mae"}});
    model.train_on_batch(ids(), y);
    save_model(model, folder / name);
    const auto again = load_model(folder / name);
    EXPECT_EQ(again->mask_policy(), MaskPolicy::kStrict);
    expect_same(again->optimizer().get_weights(), model.optimizer().get_weights());
    expect_same_training(model, *again, ids(), y);
    save_model(model, folder / name, {.include_optimizer = false});
    EXPECT_FALSE(load_model(folder / name)->compiled());
  }
}

TEST(Saving, LegacyFilesOfGraphsKeepWhatNamesMean) {
  const testing::TemporaryFolder folder;
  for (const MaskPolicy policy : {MaskPolicy::kKeras2, MaskPolicy::kKeras3}) {
    const auto input = layers::Input({.shape = Shape{3}, .dtype = DType::kInt32});
    const auto table = layers::shared(Embedding({.input_dim = 7, .output_dim = 2}));
    const Value one = layers::GlobalAveragePooling1D()((*table)(input));
    const Value other = layers::Flatten()(layers::SpatialDropout1D(0.5)((*table)(input)));
    const Value both = layers::Concatenate()({one, other});
    models::Functional model(input,
                             Dense({.units = 1, .activation = "hard_sigmoid"})(both * 2.0f - 1.0f),
                             {.mask_policy = policy});
    models::Functional plain(input, Dense({.units = 1, .activation = "hard_sigmoid"})(both),
                             {.mask_policy = policy});
    models::Functional old(input, Dense({.units = 1, .activation = "keras2_hard_sigmoid"})(both),
                           {.mask_policy = policy});
    for (models::Functional* each : {&plain, &model, &old}) {
      save_model(*each, folder / "m.h5");
      const auto again = load_model(folder / "m.h5");
      EXPECT_EQ(again->mask_policy(), policy);
      expect_same(again->get_weights(), each->get_weights());
      expect_same({again->predict(ids())}, {each->predict(ids())});
    }
  }
}

/// A model within a TimeDistributed among them.
TEST(Saving, LayersWithinLayersStandWhereKerasHasThem) {
  const testing::TemporaryFolder folder;
  const Config golden = testing::golden("saving/within");
  const Tensor x = testing::golden_tensor(golden.at("x"));
  std::vector<Tensor> weights;
  for (const Config& weight : golden.at("weights").as_list())
    weights.push_back(testing::golden_tensor(weight));
  for (const char* name : {"/within.keras", "/within.h5"}) {
    const auto model = load_model(std::string(KERATIN_GOLDEN_DIR) + "/saving" + name);
    expect_same(model->get_weights(), weights);
    // Two sigmoids and tanhs deep, of numbers of size 1.
    EXPECT_EQ(testing::difference(model->predict(x), testing::golden_tensor(golden.at("answers")),
                                  1e-5, 1e-6),
              "");
    save_weights(*model, folder / "again.weights.h5");
    const auto file = formats::hdf5::open(formats::Bytes::open(folder / "again.weights.h5"));
    for (const Config& path : golden.at("paths").as_list())
      EXPECT_TRUE(file.find(path.as_string()).has_value()) << path.as_string();
    for (const char* own : {"again.keras", "again.h5"}) {
      save_model(*model, folder / own);
      const auto again = load_model(folder / own);
      expect_same(again->get_weights(), weights);
      EXPECT_EQ(again->to_json(), model->to_json());
    }
  }
}

TEST(Saving, WithoutWhatItWasCompiledWith) {
  const testing::TemporaryFolder folder;
  models::Sequential model = row(3);
  model.compile("adam", "mse");
  model.train_on_batch(ids(), Tensor::from(std::vector<float>{1, 2}, {2, 1}));
  save_model(model, folder / "m.keras", {.include_optimizer = false});
  EXPECT_FALSE(load_model(folder / "m.keras")->compiled());
  save_model(model, folder / "m.keras");
  EXPECT_FALSE(load_model(folder / "m.keras", {.compile = false})->compiled());
}

TEST(Saving, AStateThatDoesNotFitLeavesTheOptimizerAsItWas) {
  const testing::TemporaryFolder folder;
  models::Sequential model = row(3);
  model.compile("adam", "mse");
  const Tensor y = Tensor::from(std::vector<float>{1, 2}, {2, 1});
  model.train_on_batch(ids(), y);
  save_weights(model, folder / "w.weights.h5");

  std::vector<std::string> said;
  const auto take = [&](models::Model& other) {
    said.clear();
    load_weights(other, folder / "w.weights.h5",
                 {.warn = [&](std::string_view text) { said.emplace_back(text); }});
  };
  models::Sequential other = row(3);
  other.compile("sgd", "mse");
  take(other);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("the optimizer starts anew"), std::string::npos) << said[0];
  EXPECT_FALSE(other.optimizer().built());
  EXPECT_EQ(other.optimizer().iterations(), 0);
  expect_same(other.get_weights(), model.get_weights());

  // One that has been trained keeps what it has.
  models::Sequential trained = row(3);
  trained.compile(optimizers::SGD({.momentum = 0.5}), "mse");
  trained.train_on_batch(ids(), y);
  const std::vector<Tensor> before = trained.optimizer().get_weights();
  take(trained);
  EXPECT_EQ(said.size(), 1u);
  expect_same(trained.optimizer().get_weights(), before);

  // Weights that do not fit leave an optimizer unbuilt too.
  models::Sequential wider = row(4);
  wider.compile("adam", "mse");
  EXPECT_THROW(take(wider), FormatError);
  EXPECT_FALSE(wider.optimizer().built());
}

TEST(Saving, WhatDoesNotFitChangesNothing) {
  const testing::TemporaryFolder folder;
  const models::Sequential model = row(3);
  save_weights(model, folder / "w.weights.h5");
  models::Sequential other = row(4);
  const std::vector<Tensor> before = other.get_weights();
  try {
    load_weights(other, folder / "w.weights.h5");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const FormatError& error) {
    EXPECT_NE(std::string(error.what()).find("weight 'kernel' of layer"), std::string::npos)
        << error.what();
    EXPECT_EQ(error.file(), folder / "w.weights.h5");
  }
  expect_same(other.get_weights(), before);

  // With skip_mismatch the embeddings come, and the two Dense are named.
  std::vector<std::string> said;
  load_weights(
      other, folder / "w.weights.h5",
      {.skip_mismatch = true, .warn = [&](std::string_view text) { said.emplace_back(text); }});
  EXPECT_EQ(said.size(), 2u);
  EXPECT_EQ(testing::difference(other.get_weights()[0], model.get_weights()[0], 0, 0), "");
  EXPECT_EQ(testing::difference(other.get_weights()[1], before[1], 0, 0), "");
}

TEST(Saving, FilesThatAreNoModels) {
  const testing::TemporaryFolder folder;
  const models::Sequential model = row(3);
  save_weights(model, folder / "w.weights.h5");
  EXPECT_THROW(load_model(folder / "w.weights.h5"), FormatError);
  EXPECT_THROW(load_model(folder / "none.keras"), FileError);
  for (const char* text : {"", "PK\x03\x04", "{", "version https://git-lfs.github.com/spec/v1\n"}) {
    std::ofstream(folder / "x.keras") << text;
    EXPECT_THROW(load_model(folder / "x.keras"), FormatError) << text;
  }
  EXPECT_THROW(load_model(std::as_bytes(std::span("\x89HDF\r\n\x1a\n", 8))), FormatError);
}

}  // namespace
}  // namespace keratin::saving
