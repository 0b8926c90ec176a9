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

#include "support/error_message.h"
#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/initializers/initializers.h"
#include "keratin/layers/layers.h"
#include "keratin/parallel/parallel.h"
#include "keratin/regularizers/regularizers.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::models {
namespace {

using ::keratin::testing::message;
using layers::Dense;
using layers::Embedding;
using layers::Flatten;
using layers::GlobalAveragePooling1D;

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
