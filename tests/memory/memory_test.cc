// SPDX-License-Identifier: Apache-2.0
// A training step runs out of memory after every number of allocations. It then throws
// std::bad_alloc and the model is as before it: the same step taken again, and those after it, give
// the bits of a run in which nothing failed.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <ostream>
#include <string>
#include <vector>

#include "memory/memory_that_ends.h"
#include <gtest/gtest.h>

#include "keratin/constraints/constraints.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/dense.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/pooling/global_pooling1d.h"
#include "keratin/layers/reshaping/flatten.h"
#include "keratin/models/sequential.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::models {
namespace {

constexpr std::int64_t kBatch = 8, kSteps = 3, kWidth = 5, kBatches = 7;

struct Case {
  std::string name;
  std::string optimizer;
  std::vector<std::pair<std::string, Config>> options = {};
  std::string pooling = "mean";
  layers::EmbeddingOptions embedding = {};
  std::int64_t rows = 4000;
  std::int64_t width = kWidth;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

Sequential make_model(const Case& c) {
  layers::EmbeddingOptions options = c.embedding;
  options.input_dim = c.rows;
  options.output_dim = c.width;
  options.embeddings_initializer = initializers::RandomUniform({.seed = 4});
  Sequential model({.name = "model", .mask_policy = MaskPolicy::kKeras3});
  model.add(layers::Embedding(options));
  if (c.pooling == "mean") model.add(layers::GlobalAveragePooling1D());
  if (c.pooling == "max") model.add(layers::GlobalMaxPooling1D());
  if (c.pooling == "sum") model.add(layers::GlobalSumPooling1D());
  if (c.pooling == "flatten") model.add(layers::Flatten());
  model.add(
      layers::Dense({.units = 1, .kernel_initializer = initializers::RandomUniform({.seed = 5})}));
  Config config = Config::dict();
  for (const auto& [key, value] : c.options) config[key] = value;
  Config named = Config::dict();
  named["class_name"] = c.optimizer;
  named["config"] = config;
  model.compile(
      {.optimizer = optimizers::Optimizer::deserialize(named), .loss = "mse", .metrics = {"mae"}});
  return model;
}

/// Ids of a batch: some met before, some for the first time; id 0 is there.
Tensor ids_of(const Case& c, std::int64_t batch) {
  Tensor x = Tensor::zeros({kBatch, kSteps}, DType::kInt64);
  const auto out = x.data<std::int64_t>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    out[i] = (at % 4 == 0 ? at / 4 : at * 7919 + batch * 104729) % c.rows;
  }
  return x;
}

Tensor targets_of(std::int64_t batch) {
  Tensor y = Tensor::zeros({kBatch, 1});
  const auto out = y.data<float>();
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>((static_cast<std::int64_t>(i) * 5 + batch) % 7) / 3 - 1;
  return y;
}

void train(Sequential& model, const Case& c, std::int64_t batch) {
  model.train_on_batch(ids_of(c, batch), targets_of(batch));
}

/// What a reader sees, without settling anything: every row, and the weights behind.
std::vector<float> seen(Sequential& model, const Case& c) {
  Tensor ids = Tensor::zeros({c.rows}, DType::kInt64);
  for (std::int64_t i = 0; i < c.rows; ++i)
    ids.data<std::int64_t>()[static_cast<std::size_t>(i)] = i;
  const auto layers = model.layers();
  const Tensor rows = (*layers.front())(ids);
  std::vector<float> all(rows.data<float>().begin(), rows.data<float>().end());
  for (const Tensor& weight : layers.back()->get_weights())
    all.insert(all.end(), weight.data<float>().begin(), weight.data<float>().end());
  return all;
}

/// The weights, and all that the optimizer has where it can be had.
std::vector<float> everything(Sequential& model, const Case& c) {
  std::vector<float> all;
  std::vector<Tensor> tensors = model.get_weights();
  if (c.embedding.rows_drawn != layers::RowsDrawn::kOnDemand) {
    for (const Tensor& tensor : model.optimizer().get_weights()) tensors.push_back(tensor);
  }
  for (const Tensor& tensor : tensors) {
    const Tensor floats = cast(tensor, DType::kFloat32);
    all.insert(all.end(), floats.data<float>().begin(), floats.data<float>().end());
  }
  return all;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// Takes a step in which memory runs out after `left` allocations. False when it threw.
bool succeeds(Sequential& model, const Tensor& x, const Tensor& y, std::int64_t left) {
  bool done = false;
  testing_memory::ends_after(left);
  try {
    model.train_on_batch(x, y);
    done = true;
  } catch (const std::bad_alloc&) {
  }
  testing_memory::is_enough();
  return done;
}

class OutOfMemory : public testing::TestWithParam<Case> {
 protected:
  // One thread: what oneTBB allocates for itself is not ours.
  void SetUp() override { parallel::set_num_threads(1); }
  void TearDown() override { parallel::set_num_threads(0); }
};

TEST_P(OutOfMemory, LeavesTheModelAsItWas) {
  const Case& c = GetParam();
  Sequential calm = make_model(c);
  for (std::int64_t t = 0; t < kBatches; ++t) train(calm, c, t);
  const std::vector<float> wanted = everything(calm, c);

  for (const std::int64_t hard : {std::int64_t{0}, std::int64_t{3}, std::int64_t{4}}) {
    SCOPED_TRACE("step " + std::to_string(hard));
    Sequential model = make_model(c);
    model.build({kNone, kSteps});
    for (std::int64_t t = 0; t < hard; ++t) train(model, c, t);
    const std::vector<float> before = seen(model, c);
    const Tensor x = ids_of(c, hard);
    const Tensor y = targets_of(hard);
    std::int64_t left = 0;
    for (; !succeeds(model, x, y, left); ++left) {
      ASSERT_TRUE(same_bits(seen(model, c), before)) << "after " << left << " allocations";
      ASSERT_LT(left, 5000) << "the step fails for ever";
    }
    EXPECT_GT(left, 10) << "memory never ended";
    for (std::int64_t t = hard + 1; t < kBatches; ++t) train(model, c, t);
    EXPECT_TRUE(same_bits(everything(model, c), wanted));
  }
}

TEST(FusedPooling, HasNoMemoryForTheVectors) {
  parallel::set_num_threads(1);
  constexpr std::int64_t kLong = 100, kMany = 60;
  const auto largest = [](const Case& c) {
    Sequential model = make_model(c);
    Tensor x = Tensor::zeros({kMany, kLong}, DType::kInt64);
    for (std::int64_t& id : x.data<std::int64_t>()) id = (&id - x.data<std::int64_t>().data()) % 90;
    model.build({kNone, kLong});
    testing_memory::largest() = 0;
    model.train_on_batch(x, Tensor::zeros({kMany, 1}));
    model.predict(x);
    return testing_memory::largest();
  };
  constexpr std::size_t kVectors = kMany * kLong * kWidth * sizeof(float);
  static_assert(kVectors >
                2 * kMany * kLong * sizeof(std::int64_t));  // more than ids and positions
  for (const bool masked : {false, true}) {
    const layers::EmbeddingOptions embedding{.mask_zero = masked};
    for (const char* pooling : {"mean", "max", "sum"})
      EXPECT_LT(
          largest({.name = "", .optimizer = "Adam", .pooling = pooling, .embedding = embedding}),
          kVectors)
          << pooling;
  }
  EXPECT_GE(largest({.name = "", .optimizer = "Adam", .pooling = "flatten"}), kVectors);
  parallel::set_num_threads(0);
}

std::vector<Case> cases() {
  using layers::RowsDrawn;
  const layers::EmbeddingOptions on_demand{.rows_drawn = RowsDrawn::kOnDemand};
  const layers::EmbeddingOptions masked{.mask_zero = true};
  const layers::EmbeddingOptions bfloat16{.precision = Precision::kBfloat16};
  const layers::EmbeddingOptions regularized{.embeddings_regularizer = "l2"};
  std::vector<Case> all = {
      {.name = "NesterovSum",
       .optimizer = "SGD",
       .options = {{"momentum", 0.9}, {"nesterov", true}},
       .pooling = "sum"},
      {.name = "AdamMasked", .optimizer = "Adam", .embedding = masked},
      {.name = "AmsgradMax", .optimizer = "Adam", .options = {{"amsgrad", true}}, .pooling = "max"},
      {.name = "AdamFlatten", .optimizer = "Adam", .pooling = "flatten"},
      {.name = "AdamManyRows", .optimizer = "Adam", .rows = 50},
      {.name = "AdamBfloat16", .optimizer = "Adam", .embedding = bfloat16},
      {.name = "AdamClipnorm", .optimizer = "Adam", .options = {{"clipnorm", 0.01}}},
      {.name = "SgdGlobalClipnormManyRows",
       .optimizer = "SGD",
       .options = {{"global_clipnorm", 0.01}},
       .rows = 50},
      {.name = "AdamAccumulation",
       .optimizer = "Adam",
       .options = {{"gradient_accumulation_steps", 2}}},
      {.name = "AdamAccumulationL2",
       .optimizer = "Adam",
       .options = {{"gradient_accumulation_steps", 2}},
       .embedding = regularized},
      {.name = "AdamAccumulationOnDemand",
       .optimizer = "Adam",
       .options = {{"gradient_accumulation_steps", 2}},
       .embedding = on_demand},
  };
  for (const char* optimizer : {"SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax",
                                "Nadam", "Ftrl", "Lion"}) {
    all.push_back({.name = std::string(optimizer) + "AtOnce", .optimizer = optimizer});
    all.push_back({.name = std::string(optimizer) + "OnDemand",
                   .optimizer = optimizer,
                   .embedding = on_demand});
    all.push_back({.name = std::string(optimizer) + "Ema",
                   .optimizer = optimizer,
                   .options = {{"use_ema", true}, {"ema_overwrite_frequency", 2}}});
  }
  const std::vector<std::pair<std::string, Identifier<const constraints::Constraint>>> constraints =
      {{"NonNeg", constraints::NonNeg()},
       {"MaxNormRows", constraints::MaxNorm({.max_value = 0.05, .axis = 1})},
       {"MinMaxNormColumns", constraints::MinMaxNorm({.max_value = 0.5, .rate = 0.5, .axis = 0})},
       {"UnitNormWhole", constraints::UnitNorm({.axis = nullptr})}};
  for (const auto& [name, constraint] : constraints) {
    for (const auto& [kind, precision] :
         {std::pair{"", Precision::kFloat32}, std::pair{"Float16", Precision::kFloat16}}) {
      all.push_back({.name = name + kind,
                     .optimizer = "Adam",
                     .embedding = {.embeddings_constraint = constraint, .precision = precision}});
    }
  }
  for (const char* penalty : {"l1", "l2", "l1_l2"}) {
    all.push_back({.name = "Adam_" + std::string(penalty),
                   .optimizer = "Adam",
                   .embedding = {.embeddings_regularizer = penalty}});
  }
  all.push_back(
      {.name = "FtrlBfloat16ManyRows", .optimizer = "Ftrl", .embedding = bfloat16, .rows = 50});
  all.push_back({.name = "WideRowsOfBfloat16",
                 .optimizer = "Adam",
                 .embedding = {.embeddings_regularizer = "l2", .precision = Precision::kBfloat16},
                 .rows = 50,
                 .width = 5000});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Every, OutOfMemory, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace keratin::models
