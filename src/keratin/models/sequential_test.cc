// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/sequential.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/initializers/initializers.h"
#include "keratin/layers/layers.h"
#include "keratin/parallel/parallel.h"
#include "keratin/regularizers/regularizers.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::models {
namespace {

using layers::Dense;
using layers::DenseOptions;
using layers::Embedding;
using layers::EmbeddingOptions;
using layers::Flatten;
using layers::GlobalAveragePooling1D;

std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

Tensor ids(const Shape& shape, std::int32_t below) {
  Tensor x = Tensor::zeros(shape, DType::kInt32);
  std::int32_t next = 7;
  for (std::int32_t& id : x.data<std::int32_t>()) id = (next = next * 31 % 1009) % below;
  return x;
}

Sequential classifier() {
  return Sequential(
      {Embedding({.input_dim = 50, .output_dim = 8, .mask_zero = true, .name = "words"}),
       GlobalAveragePooling1D(), Dense({.units = 4, .activation = "relu"}),
       Dense({.units = 1, .activation = "sigmoid"})});
}

TEST(Sequential, BuiltAtOnceWhereTheShapeIsKnown) {
  Sequential model;
  model.add(Embedding({.input_dim = 1000, .output_dim = 64, .input_length = 10}));
  EXPECT_EQ(model.input_shape(), (Shape{kNone, 10}));
  EXPECT_EQ(model.output_shape(), (Shape{kNone, 10, 64}));
  model.add(Flatten());
  Dense& head = model.add(Dense({.units = 3, .name = "head"}));
  EXPECT_EQ(model.output_shape(), (Shape{kNone, 3}));
  EXPECT_EQ(model.count_params(), 1000 * 64 + 640 * 3 + 3);
  EXPECT_EQ(&model.get_layer("head"), &head);
  EXPECT_EQ(model.pop()->name(), "head");
  EXPECT_EQ(model.output_shape(), (Shape{kNone, 640}));

  Sequential with_input({layers::Input({5}), Embedding({.input_dim = 9, .output_dim = 2})});
  EXPECT_EQ(with_input.output_shape(), (Shape{kNone, 5, 2}));
  EXPECT_EQ(with_input.layers().size(), 1U);  // Keras: input layers are not listed
}

TEST(Sequential, ElseBuiltFromTheFirstData) {
  const Sequential model = classifier();
  EXPECT_FALSE(model.built());
  EXPECT_THROW(model.output_shape(), std::invalid_argument);
  EXPECT_THROW(model.count_params(), std::invalid_argument);
  EXPECT_EQ(model.predict(ids({3, 7}, 50)).shape(), (Shape{3, 1}));
  EXPECT_EQ(model.output_shape(), (Shape{kNone, 1}));
  EXPECT_EQ(model.predict(ids({2, 4}, 50)).shape(), (Shape{2, 1}));  // any length
}

TEST(Sequential, RefusedLayersLeaveTheModelAsItWas) {
  Sequential model(
      {Embedding({.input_dim = 9, .output_dim = 2, .input_length = 4, .name = "words"})});
  const std::string before = model.summary();
  EXPECT_THROW(model.add(Embedding({.input_dim = 9, .output_dim = 2, .name = "words"})),
               std::invalid_argument);
  EXPECT_THROW(model.add(layers::Reshape({.target_shape = {5}})), std::invalid_argument);
  EXPECT_THROW(model.add(layers::Input({4})), std::invalid_argument);
  EXPECT_EQ(model.summary(), before);
  EXPECT_THROW(model.build({kNone, 5}), std::invalid_argument);
  Sequential empty;
  EXPECT_THROW(empty.build({kNone, 5}), std::invalid_argument);
  EXPECT_THROW(empty.pop(), std::invalid_argument);
  EXPECT_THROW(empty.predict(ids({2, 3}, 5)), std::invalid_argument);
}

TEST(Sequential, ABadFirstBatchLeavesNothingBuilt) {
  const Sequential model({Dense({.units = 4}), GlobalAveragePooling1D(), Dense({.units = 1})});
  EXPECT_THROW(model.predict(Tensor::zeros({2, 3})), std::invalid_argument);
  EXPECT_EQ(model.predict(Tensor::zeros({2, 6, 5})).shape(), (Shape{2, 1}));
}

TEST(Sequential, AnotherLayerWithoutCompilingAgainIsAnError) {
  Sequential model({Dense({.units = 3}), Dense({.units = 1})});
  model.compile("adam", "mse");
  const Tensor x = Tensor::zeros({4, 2});
  model.train_on_batch(x, Tensor::zeros({4, 1}));
  model.pop();
  model.add(Dense({.units = 1000}));
  const std::string text = message([&] { model.train_on_batch(x, Tensor::zeros({4, 1000})); });
  EXPECT_NE(text.find("unknown variable"), std::string::npos) << text;
  model.compile("adam", "mse");
  EXPECT_NO_THROW(model.train_on_batch(x, Tensor::zeros({4, 1000})));
}

TEST(Sequential, BadIdsAreFoundBeforeFitBeginsAtTheirPlaceInTheData) {
  Sequential model = classifier();
  model.compile("adam", "binary_crossentropy");
  Tensor x = ids({100, 3}, 50);
  const Tensor y = Tensor::zeros({100, 1});
  x.data<std::int32_t>()[3 * 97 + 2] = 77;  // in what validation_split takes
  const std::string wanted = "id 77 at position (97, 2)";
  EXPECT_NE(message([&] { model.fit(x, y, {.verbose = 0, .validation_split = 0.1}); }).find(wanted),
            std::string::npos);
  EXPECT_FALSE(model.built());
  EXPECT_NE(message([&] { model.predict(x); }).find(wanted), std::string::npos);
  EXPECT_NE(message([&] { model.evaluate(x, y, {.verbose = 0}); }).find(wanted), std::string::npos);
  const std::string text = message([&] {
    model.fit(ids({8, 3}, 50), Tensor::zeros({8, 1}),
              {.verbose = 0, .validation_data = trainers::ValidationData{x, y}});
  });
  EXPECT_NE(text.find(wanted), std::string::npos) << text;
  EXPECT_NE(text.find("validation_data"), std::string::npos) << text;
}

TEST(Sequential, FlattenThenDenseNeedsTheLength) {
  const std::string text = message([] {
    Sequential model(
        {Embedding({.input_dim = 9, .output_dim = 2}), Flatten(), Dense({.units = 1})});
    model.build({kNone, kNone});
  });
  EXPECT_NE(text.find("input_length"), std::string::npos) << text;
}

TEST(Sequential, GetLayerSuggestsTheNearest) {
  const Sequential model = classifier();
  EXPECT_NE(message([&] { model.get_layer("word"); }).find("Did you mean 'words'?"),
            std::string::npos);
  EXPECT_THROW(model.get_layer(4), std::invalid_argument);
}

TEST(MaskPolicy, StrictNamesBothLayers) {
  const std::string text = message([] {
    Sequential model({Embedding({.input_dim = 9,
                                 .output_dim = 2,
                                 .mask_zero = true,
                                 .input_length = 3,
                                 .name = "words"}),
                      Dense({.units = 2, .name = "between"}), Flatten({.name = "flat"})});
  });
  EXPECT_NE(text.find("'words' (Embedding)"), std::string::npos) << text;
  EXPECT_NE(text.find("'flat' (Flatten)"), std::string::npos) << text;
}

TEST(MaskPolicy, TheOtherTwoDropTheMask) {
  for (const MaskPolicy policy : {MaskPolicy::kKeras3, MaskPolicy::kKeras2}) {
    Sequential model(
        {Embedding({.input_dim = 9, .output_dim = 2, .mask_zero = true, .input_length = 3}),
         Flatten()},
        {.mask_policy = policy});
    EXPECT_EQ(model.predict(ids({2, 3}, 9)).shape(), (Shape{2, 6}));
    EXPECT_THROW(model.set_mask_policy(MaskPolicy::kStrict), std::invalid_argument);
    EXPECT_EQ(model.mask_policy(), policy);
    EXPECT_NO_THROW(Sequential::from_config(model.get_config(), {.mask_policy = policy}));
  }
}

TEST(MaskPolicy, OfTheInputsToo) {
  const Tensor mask = Tensor::from(std::vector<bool>{true, false}, {1, 2});
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4}, {1, 2, 2}).with_mask(mask);
  const Sequential pooled({layers::GlobalAveragePooling1D()});
  EXPECT_EQ(pooled(x).data<float>()[0], 1.0F);
  EXPECT_EQ(pooled.predict(x).data<float>()[0], 2.0F) << "data are cut into batches without it";
  const Sequential flat({layers::Flatten()});
  EXPECT_THROW(flat(x), std::invalid_argument);
  const Sequential keras3({layers::Flatten()}, {.mask_policy = MaskPolicy::kKeras3});
  EXPECT_FALSE(keras3(x).mask());
}

TEST(Sequential, WeightsHaveTheNamesOfModelAndLayerInTheirPath) {
  Sequential model({layers::Embedding({.input_dim = 3, .output_dim = 2, .name = "e"})},
                   {.name = "m"});
  model.build({kNone, 2});
  EXPECT_EQ(model.variables()[0]->path(), "m/e/embeddings");
  EXPECT_EQ(model.get_layer("e").path(), "m/e");
  layers::Embedding alone({.input_dim = 3, .output_dim = 2, .name = "e"});
  alone.build({kNone, 2});
  EXPECT_EQ(alone.weights()[0]->path(), "e/embeddings");
}

TEST(Sequential, BadIdsChangeNothing) {
  Sequential model = classifier();
  model.compile("adam", "binary_crossentropy");
  const Tensor y = Tensor::zeros({4, 1});
  model.train_on_batch(ids({4, 6}, 50), y);
  const auto weights = model.get_weights();
  const auto state = model.optimizer().get_weights();
  Tensor bad = ids({4, 6}, 50);
  bad.data<std::int32_t>()[23] = 50;
  EXPECT_THROW(model.train_on_batch(bad, y), std::out_of_range);
  EXPECT_THROW(model.fit(bad, y, {.verbose = 0}), std::out_of_range);
  EXPECT_THROW(model.evaluate(bad, y, {.verbose = 0}), std::out_of_range);
  EXPECT_THROW(model.predict(bad), std::out_of_range);
  const auto same = [](const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i].dtype() == DType::kFloat32 && !testing::difference(a[i], b[i], 0, 0).empty())
        return false;
    }
    return a.size() == b.size();
  };
  EXPECT_TRUE(same(model.get_weights(), weights));
  EXPECT_TRUE(same(model.optimizer().get_weights(), state));
}

TEST(Sequential, RefusedCallsTakeNoStep) {
  const auto drawn = [](bool refused) {
    Sequential model(
        {Embedding(
             {.input_dim = 5, .output_dim = 4, .embeddings_initializer = initializers::Ones()}),
         Flatten(), layers::Dropout({.rate = 0.5, .seed = 3}),
         Dense({.units = 2,
                .activation = "softmax",
                .kernel_initializer = initializers::RandomUniform({.seed = 1})})});
    model.compile("sgd", "sparse_categorical_crossentropy");
    const Tensor good = Tensor::zeros({2, 3}, DType::kInt32);
    const Tensor bad = Tensor::from(std::vector<int>{0, 0, 0, 0, 0, 5}, {2, 3});
    const Tensor labels = Tensor::zeros({2}, DType::kInt32);
    model.train_on_batch(good, labels);
    layers::Layer& dropout = model.get_layer(std::size_t{2});
    if (refused) {
      EXPECT_THROW(model(bad, {.training = true}), std::out_of_range);
      EXPECT_THROW(model.train_on_batch(bad, labels), std::out_of_range);
      // The pass is done, and then the loss refuses the label.
      EXPECT_THROW(model.train_on_batch(good, Tensor::from(std::vector<int>{0, 2})),
                   std::out_of_range);
      EXPECT_THROW(model.fit(good, Tensor::from(std::vector<int>{0, 2}), {.verbose = 0}),
                   std::out_of_range);
    }
    std::vector<Tensor> draws = {model(good, {.training = true})};
    draws.push_back(dropout(Tensor::from(std::vector<float>(32, 1), {4, 8}), {.training = true}));
    draws.push_back(dropout(Tensor::from(std::vector<float>(32, 1), {4, 8}), {.training = true}));
    return draws;
  };
  const auto with = drawn(true), without = drawn(false);
  for (std::size_t i = 0; i < with.size(); ++i)
    EXPECT_EQ(testing::difference(with[i], without[i], 0, 0), "") << i;
  EXPECT_NE(testing::difference(with[1], with[2], 0, 0), "");
}

TEST(Sequential, RefusedIdsBuildNothing) {
  const Tensor bad = Tensor::from(std::vector<int>{0, 0, 7}, {1, 3});
  const Tensor good = Tensor::zeros({1, 2}, DType::kInt32);  // of another length
  const Tensor y = Tensor::zeros({1, 1});
  const std::vector<std::function<void(Sequential&)>> calls = {
      [&](Sequential& model) { model.predict(bad); },
      [&](Sequential& model) { model.predict_on_batch(bad); },
      [&](Sequential& model) { model(bad, {.training = true}); },
      [&](Sequential& model) { model.train_on_batch(bad, y); },
      [&](Sequential& model) { model.test_on_batch(bad, y); },
      [&](Sequential& model) { model.fit(bad, y, {.verbose = 0}); },
      [&](Sequential& model) { model.evaluate(bad, y, {.verbose = 0}); }};
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Sequential model(
        {Embedding({.input_dim = 5, .output_dim = 2}), Flatten(), Dense({.units = 1})});
    model.compile("sgd", "mse");
    EXPECT_THROW(calls[i](model), std::out_of_range) << i;
    EXPECT_FALSE(model.built()) << i;
    EXPECT_EQ(model.predict(good).shape(), (Shape{1, 1})) << i;
  }
  Embedding layer({.input_dim = 5, .output_dim = 2});
  EXPECT_THROW(layer(bad), std::out_of_range);
  EXPECT_FALSE(layer.built());
}

TEST(Sequential, PredictFromManyThreads) {
  const Sequential model = classifier();  // and built by whichever thread is first
  const Tensor x = ids({70, 9}, 50);
  std::vector<Tensor> results(8);
  std::vector<std::thread> threads;
  for (Tensor& result : results) threads.emplace_back([&] { result = model.predict(x); });
  for (std::thread& thread : threads) thread.join();
  for (const Tensor& result : results) EXPECT_EQ(testing::difference(result, results[0], 0, 0), "");
}

TEST(Sequential, ConfigRoundTrip) {
  Sequential model = classifier();
  model.build({kNone, 7});
  const Sequential again = Sequential::from_config(model.get_config());
  EXPECT_EQ(formats::dump_json(again.get_config()), formats::dump_json(model.get_config()));
}

std::vector<Tensor> tensors(const Config& list) {
  std::vector<Tensor> result;
  for (const Config& item : list.as_list()) result.push_back(testing::golden_tensor(item));
  return result;
}

std::vector<trainers::MetricChoice> metrics(const Config& list) {
  std::vector<trainers::MetricChoice> result;
  for (const Config& name : list.as_list()) result.emplace_back(name.as_string());
  return result;
}

void expect_logs(const Logs& got, const Config& wanted, double tolerance) {
  EXPECT_EQ(got.items().size(), wanted.as_dict().size());
  for (const auto& [name, value] : wanted.as_dict()) {
    ASSERT_TRUE(got.get(name).has_value()) << name;
    EXPECT_NEAR(*got.get(name), value.as_double(), tolerance * (1 + std::fabs(value.as_double())))
        << name;
  }
}

// Twelve steps: each weight is within the optimizers' tolerance of 1e-6 relative a step; losses and
// metrics are sums of a few dozen float32 numbers.
TEST(SequentialGolden, TrainsAsKeras) {
  const Config file = testing::golden("training");
  for (const Config& c : file.at("cases").as_list()) {
    SCOPED_TRACE(c.at("what").as_string());
    Config config = c.at("model");
    config["build_input_shape"] = c.at("build_input_shape");
    Sequential model = Sequential::from_config(config);
    model.set_mask_policy(MaskPolicy::kKeras3);
    model.set_weights(tensors(c.at("initial")));
    model.compile({.optimizer = optimizers::Optimizer::deserialize(c.at("optimizer")),
                   .loss = c.at("loss").as_string(),
                   .metrics = metrics(c.at("metrics")),
                   .weighted_metrics = metrics(c.at("weighted_metrics"))});
    const Tensor x = testing::golden_tensor(c.at("x"));
    const Tensor y = testing::golden_tensor(c.at("y"));
    const Tensor weight = testing::golden_tensor(c.at("sample_weight"));
    const std::int64_t batch = c.at("batch").as_int();
    std::int64_t step = 0;
    for (const Config& wanted : c.at("steps").as_list()) {
      const std::int64_t at = (step++ * batch) % x.shape()[0];
      const Logs logs = model.train_on_batch(
          slice_rows(x, at, batch), slice_rows(y, at, batch),
          {.sample_weight = weight ? slice_rows(weight, at, batch) : Tensor()});
      expect_logs(logs, wanted.at("logs"), 1e-5);
    }
    const auto wanted = tensors(c.at("weights"));
    const auto got = model.get_weights();
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(testing::difference(got[i], wanted[i], 1e-5, 2e-6), "") << "weight " << i;
    }
    EXPECT_EQ(testing::difference(model.predict(x), testing::golden_tensor(c.at("prediction")),
                                  1e-5, 2e-6),
              "");
    const Logs evaluated =
        model.evaluate(x, y, {.batch_size = 5, .verbose = 0, .sample_weight = weight});
    expect_logs(evaluated, c.at("evaluate"), 1e-5);
  }
}

/// Embedding-Flatten-Dense as tests/golden/make_optimizers.py makes it.
Sequential optimizer_case_model(const Config& c, const std::vector<Tensor>& initial_weights) {
  EmbeddingOptions embedding{.input_dim = initial_weights[0].shape()[0],
                             .output_dim = initial_weights[0].shape()[1],
                             .input_length = 2};
  from_config(c.at("embeddings_regularizer"), embedding.embeddings_regularizer);
  from_config(c.at("embeddings_constraint"), embedding.embeddings_constraint);
  DenseOptions dense{.units = 2};
  from_config(c.at("kernel_regularizer"), dense.kernel_regularizer);
  from_config(c.at("kernel_constraint"), dense.kernel_constraint);
  Sequential model({Embedding(embedding), Flatten(), Dense(dense)});
  model.set_weights(initial_weights);
  return model;
}

/// Step `i` of a stack of tensors.
Tensor step_of(const Tensor& stack, std::int64_t i) {
  return slice_rows(stack, i, 1).reshaped(stack.shape().from(1));
}

class OptimizerGolden : public ::testing::TestWithParam<const char*> {};

// The same file as optimizers_test replays from Keras's gradients; here the gradients are our own,
// so the rounding of both trajectories adds up over the 20 steps. The tolerance all the
// same.
TEST_P(OptimizerGolden, TwentyStepsOfEmbeddingFlattenDense) {
  const Config file = testing::golden(GetParam());
  const Tensor x = testing::golden_tensor(file.at("x"));
  const Tensor y = testing::golden_tensor(file.at("y"));
  for (const Config& c : file.at("cases").as_list()) {
    SCOPED_TRACE(c.at("name").as_string());
    Sequential model = optimizer_case_model(c, tensors(file.at("initial_weights")));
    const auto optimizer = optimizers::Optimizer::deserialize(c.at("optimizer"));
    std::vector<std::string> exclude;
    from_config(c.at("exclude"), exclude);
    if (!exclude.empty()) optimizer->exclude_from_weight_decay({}, exclude);
    model.compile({.optimizer = optimizer, .loss = file.at("loss").as_string()});
    const std::vector<Tensor> weights = tensors(c.at("weights"));
    for (std::int64_t step = 0; step < x.shape()[0]; ++step) {
      model.train_on_batch(step_of(x, step), step_of(y, step));
      const std::vector<Tensor> got = model.get_weights();
      for (std::size_t i = 0; i < got.size(); ++i) {
        ASSERT_EQ(testing::difference(got[i], step_of(weights[i], step), 1e-6, 1e-7), "")
            << "weight " << i << " after step " << step;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, OptimizerGolden,
                         ::testing::Values("optimizers", "optimizers_adaptive",
                                           "optimizers_clipping", "optimizers_averages",
                                           "optimizers_regularizers", "optimizers_constraints"));

/// Embedding -> mean -> Dense(1), the table drawn when `drawn` says.
Sequential pooled_model(layers::RowsDrawn drawn, std::int64_t rows) {
  return Sequential(
      {Embedding({.input_dim = rows,
                  .output_dim = 5,
                  .embeddings_initializer = initializers::RandomUniform({.seed = 4}),
                  .rows_drawn = drawn}),
       GlobalAveragePooling1D(),
       Dense({.units = 1, .kernel_initializer = initializers::RandomUniform({.seed = 5})})},
      {.name = "pooled"});
}

Tensor far_ids(std::int64_t rows) {
  Tensor x = Tensor::zeros({4, 3}, DType::kInt64);
  std::uint64_t next = 12345;
  for (std::int64_t& id : x.data<std::int64_t>()) {
    next = next * 6364136223846793005u + 1442695040888963407u;
    id = static_cast<std::int64_t>((next >> 16) % static_cast<std::uint64_t>(rows));
  }
  return x;
}

TEST(Sequential, ATableDrawnOnDemandTrainsAsOneDrawnAtOnce) {
  constexpr std::int64_t kRows = 3000;
  for (const char* optimizer : {"adam", "adamw", "sgd", "ftrl", "nadam"}) {
    Sequential at_once = pooled_model(layers::RowsDrawn::kAtOnce, kRows);
    Sequential on_demand = pooled_model(layers::RowsDrawn::kOnDemand, kRows);
    const Tensor y = Tensor::from(std::vector<float>{1, -1, 0.5f, 2}, {4, 1});
    std::vector<Tensor> predictions;
    for (Sequential* model : {&at_once, &on_demand}) {
      model->compile(optimizer, "mse");
      for (std::int32_t t = 0; t < 20; ++t) {
        Tensor x = far_ids(kRows);
        for (std::int64_t& id : x.data<std::int64_t>()) id = (id + t * 37) % kRows;
        model->train_on_batch(x, y);
      }
      predictions.push_back(model->predict(far_ids(kRows)));
    }
    const auto a = std::as_const(predictions[0]).data<float>();
    const auto b = std::as_const(predictions[1]).data<float>();
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin())) << optimizer;
    const Tensor table_a = at_once.get_weights()[0];
    const Tensor table_b = on_demand.get_weights()[0];
    const auto all_a = std::as_const(table_a).data<float>();
    const auto all_b = std::as_const(table_b).data<float>();
    EXPECT_TRUE(std::equal(all_a.begin(), all_a.end(), all_b.begin())) << optimizer;
  }
}

// The sweep of a step leaves the penalty of the weights that it wrote. Reading the table makes it
// void, so that a model whose table is read before every step adds the penalty up anew.
TEST(Sequential, ThePenaltyThatAStepLeavesIsThatOfItsWeights) {
  const auto make = [] {
    Sequential model;
    model.add(layers::Embedding(
        {.input_dim = 700,
         .output_dim = 9,
         .embeddings_initializer = initializers::RandomUniform({.seed = 3}),
         .embeddings_regularizer = regularizers::L1L2({.l1 = 0.01, .l2 = 0.01})}));
    model.add(layers::Flatten());
    model.add(layers::Dense(
        {.units = 1, .kernel_initializer = initializers::RandomUniform({.seed = 4})}));
    model.compile("adam", "mse");
    return model;
  };
  const Tensor x = Tensor::from<std::int64_t>({1, 2, 3, 699, 2, 2}, {2, 3});
  const Tensor y = Tensor::from<float>({1, -1}, {2, 1});
  Sequential swept = make();
  Sequential read = make();
  const auto table = [](Sequential& model) { return model.layers()[0]->weights()[0]->value(); };
  const auto loss = [&](Sequential& model) {
    return model.train_on_batch(x, y).get("loss").value();
  };
  for (int step = 0; step < 5; ++step) {
    if (step > 0) table(read);
    // The sums differ in their order, in double; each is rounded to float once.
    const double wanted = loss(read);
    EXPECT_NEAR(loss(swept), wanted, wanted * 1.2e-7) << step;
  }
  EXPECT_TRUE(std::ranges::equal(std::as_const(swept).get_weights()[0].data<float>(),
                                 std::as_const(read).get_weights()[0].data<float>()));

  // Who holds a handle may write at any time, also after the step that he took it before.
  const double before = loss(swept);
  {
    Tensor kept = table(swept);
    loss(swept);
    kept.data<float>()[6000] += 10;
  }
  // 0.01 * (10 + 100) more, less what two steps learn (0.07 each, as the losses above show).
  EXPECT_GT(loss(swept), before + 0.9);
}

TEST(Sequential, ATableOfABillionRows) {
  constexpr std::int64_t kRows = 1'000'000'000;
  // On demand, whatever the memory of the machine.
  Sequential model = pooled_model(layers::RowsDrawn::kOnDemand, kRows);
  const auto start = std::chrono::steady_clock::now();
  model.build({kNone, 3});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(10));
  model.compile("adam", "mse");
  const Tensor x = far_ids(kRows);
  const Tensor before = model.predict(x);
  model.train_on_batch(x, Tensor::from(std::vector<float>{1, -1, 0.5f, 2}, {4, 1}));
  const Tensor after = model.predict(x);
  EXPECT_NE(std::as_const(before).data<float>()[0], std::as_const(after).data<float>()[0]);
  EXPECT_NE(model.summary().find("5,000,000,006"), std::string::npos) << model.summary();

  // Rows that were touched and rows that never were, from several threads.
  Tensor mixed = far_ids(kRows);
  mixed.data<std::int64_t>()[1] = kRows - 1;
  const Tensor wanted = model.predict(mixed);
  std::vector<Tensor> seen(3);
  std::vector<std::thread> threads;
  for (Tensor& result : seen) threads.emplace_back([&] { result = model.predict(mixed); });
  for (std::thread& thread : threads) thread.join();
  for (const Tensor& result : seen) {
    EXPECT_EQ(std::as_const(result).data<float>()[0], std::as_const(wanted).data<float>()[0]);
  }
  mixed.data<std::int64_t>()[5] = kRows;
  EXPECT_NE(message([&] { model.predict(mixed); }).find("is outside [0, 1000000000)"),
            std::string::npos);
}

/// While rows owe steps, readers of every kind meet: those that settle and those that do not.
TEST(Sequential, ReadFromManyThreadsInTheMiddleOfTraining) {
  for (const char* optimizer : {"adamw", "nadam"}) {
    for (const auto precision : {Precision::kFloat32, Precision::kBfloat16}) {
      constexpr std::int64_t kRows = 3000;
      Embedding embedding({.input_dim = kRows, .output_dim = 5, .precision = precision});
      const auto table = std::make_shared<Embedding>(std::move(embedding));
      Sequential model;
      model.add(table);
      model.add(GlobalAveragePooling1D());
      model.add(Dense({.units = 1}));
      model.compile(optimizer, "mse");
      for (std::int32_t t = 0; t < 20; ++t) {
        Tensor x = far_ids(kRows);
        for (std::int64_t& id : x.data<std::int64_t>()) id = (id + t * 37) % kRows;
        model.train_on_batch(x, Tensor::from(std::vector<float>{1, -1, 0.5f, 2}, {4, 1}));
      }
      const Tensor x = far_ids(kRows);
      std::vector<Tensor> predictions(3), tables(3);
      std::vector<std::thread> threads;
      for (std::size_t i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] { predictions[i] = model.predict(x); });
        threads.emplace_back(
            [&, i] { tables[i] = i == 0 ? table->embeddings() : model.get_weights()[0]; });
      }
      for (std::thread& thread : threads) thread.join();
      for (std::size_t i = 1; i < 3; ++i) {
        EXPECT_EQ(testing::difference(predictions[i], predictions[0], 0, 0), "");
        EXPECT_EQ(testing::difference(tables[i], tables[0], 0, 0), "");
      }
    }
  }
}

TEST(Sequential, AnotherOptimizerTakesOverWhereUntouchedRowsStand) {
  constexpr std::int64_t kRows = 3000;
  const Tensor y = Tensor::from(std::vector<float>{1, -1, 0.5f, 2}, {4, 1});
  for (const char* first : {"adam", "adagrad", "rmsprop"}) {
    std::vector<Tensor> predictions;
    for (const auto drawn : {layers::RowsDrawn::kAtOnce, layers::RowsDrawn::kOnDemand}) {
      Sequential model = pooled_model(drawn, kRows);
      for (const char* optimizer : {first, "adamw"}) {
        model.compile(optimizer, "mse");
        for (std::int32_t t = 0; t < 4; ++t) {
          Tensor x = far_ids(kRows);
          for (std::int64_t& id : x.data<std::int64_t>()) id = (id + t * 37) % kRows;
          model.train_on_batch(x, y);
        }
      }
      predictions.push_back(model.get_weights()[0]);
    }
    EXPECT_TRUE(std::ranges::equal(std::as_const(predictions[0]).data<float>(),
                                   std::as_const(predictions[1]).data<float>()))
        << first;
  }
  Sequential model = pooled_model(layers::RowsDrawn::kOnDemand, kRows);
  model.compile("adamw", "mse");
  model.train_on_batch(far_ids(kRows), y);
  model.compile("adam", "mse");
  EXPECT_NE(message([&] { model.train_on_batch(far_ids(kRows), y); }).find("cannot take it over"),
            std::string::npos);
}

TEST(Sequential, WhatNeedsEveryRowRefusesATableDrawnOnDemand) {
  Sequential model({Embedding({.input_dim = 100,
                               .output_dim = 2,
                               .embeddings_regularizer = "l2",
                               .rows_drawn = layers::RowsDrawn::kOnDemand}),
                    GlobalAveragePooling1D(), Dense({.units = 1})});
  model.compile("adam", "mse");
  EXPECT_NE(message([&] {
              model.train_on_batch(far_ids(100), Tensor::zeros({4, 1}));
            }).find("drawn on demand"),
            std::string::npos);
}

/// An initializer that a user might write: it knows the model.
struct Meddling final : initializers::Initializer {
  std::function<void()> meddle;
  std::string_view class_name() const override { return "Meddling"; }
  Config get_config() const override { return Config::dict(); }
  void fill(const Shape&, std::int64_t, std::span<float> out) const override {
    if (meddle) meddle();
    std::fill(out.begin(), out.end(), 1.0F);
  }
};

TEST(Sequential, AnInitializerMayNotUseTheModelThatItBuilds) {
  const auto initializer = std::make_shared<Meddling>();
  Sequential model(
      {Dense({.units = 2, .kernel_initializer = std::shared_ptr<const Meddling>(initializer)})});
  const Tensor x = Tensor::zeros({4, 3});
  const std::vector<std::function<void()>> uses = {[&] { model.add(Flatten()); },
                                                   [&] { model.pop(); },
                                                   [&] {
                                                     model.build({kNone, 3});
                                                   },
                                                   [&] { model.predict(x); }};
  for (const auto& use : uses) {
    initializer->meddle = use;
    EXPECT_THROW(model.predict(x), std::logic_error);
    EXPECT_THROW(model.build({kNone, 3}), std::logic_error);
    EXPECT_FALSE(model.built());
    EXPECT_EQ(model.layers().size(), 1U);
  }
  initializer->meddle = nullptr;
  EXPECT_EQ(model.predict(x).shape(), (Shape{4, 2}));
}

}  // namespace
}  // namespace keratin::models
