// SPDX-License-Identifier: Apache-2.0
// LossScaleOptimizer and MultiOptimizer against Keras, and what they refuse.
#include "keratin/optimizers/shared_out.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/optimizers/optimizers.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {
namespace {

std::vector<Tensor> tensors_of(const Config& list) {
  std::vector<Tensor> all;
  for (const Config& one : list.as_list()) all.push_back(::keratin::testing::golden_tensor(one));
  return all;
}

SparseRows rows_of(const Tensor& gradient) {
  SparseRows rows;
  const std::int64_t width = gradient.shape()[1];
  std::vector<float> values;
  for (std::int64_t row = 0; row < gradient.shape()[0]; ++row) {
    const auto all = gradient.data<float>().subspan(static_cast<std::size_t>(row * width),
                                                    static_cast<std::size_t>(width));
    if (std::ranges::all_of(all, [](float x) { return x == 0; })) continue;
    rows.ids.push_back(row);
    values.insert(values.end(), all.begin(), all.end());
  }
  rows.values = Tensor::from(values, {static_cast<std::int64_t>(rows.ids.size()), width});
  return rows;
}

// Twelve steps, each of a few roundings: as in optimizers_test.cc.
constexpr double kNear = 1e-5, kNearZero = 1e-6;

void replay_shared(const Config& c, bool as_rows) {
  const auto optimizer = Optimizer::deserialize(c.at("optimizer"));
  EXPECT_EQ(optimizer->serialize().at("config"), c.at("optimizer").at("config"));
  const std::vector<Tensor> first = tensors_of(c.at("first"));
  Variable table("embedding/embeddings", first[0]), kernel("dense/kernel", first[1]),
      bias("dense/bias", first[2]);
  const std::vector<Variable*> variables = {&table, &kernel, &bias};
  for (std::size_t step = 0; step < c.at("weights").as_list().size(); ++step) {
    const float scale = optimizer->loss_scale_factor();
    EXPECT_EQ(static_cast<double>(scale), c.at("scales").as_list()[step].as_double());
    std::vector<Tensor> given = tensors_of(c.at("gradients").as_list()[step]);
    Gradients gradients;
    for (std::size_t i = 0; i < given.size(); ++i) {
      for (float& g : given[i].data<float>()) g *= scale;
      if (i == 0 && as_rows) {
        gradients.add(table, rows_of(given[i]));
      } else {
        gradients.add(*variables[i], given[i]);
      }
    }
    optimizer->apply(variables, gradients);
    const std::vector<Tensor> wanted = tensors_of(c.at("weights").as_list()[step]);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      ASSERT_EQ(::keratin::testing::difference(variables[i]->value(), wanted[i], kNear, kNearZero),
                "")
          << "step " << step << ", " << variables[i]->path();
    }
  }
  const std::vector<Tensor> state = optimizer->get_weights();
  const std::vector<Tensor> wanted = tensors_of(c.at("optimizer_weights"));
  ASSERT_EQ(state.size(), wanted.size());
  ASSERT_EQ(optimizer->weight_names().size(), state.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    EXPECT_EQ(::keratin::testing::difference(cast(state[i], DType::kFloat32),
                                             cast(wanted[i], DType::kFloat32), kNear, kNearZero),
              "")
        << optimizer->weight_names()[i];
    EXPECT_EQ(::keratin::testing::difference(cast(optimizer->get_weight(i), DType::kFloat32),
                                             cast(state[i], DType::kFloat32), 0, 0),
              "");
  }
  // Another one of the same state goes on alike, and one that is refused stays as it was.
  const auto other = Optimizer::deserialize(c.at("optimizer"));
  other->build(variables);
  other->set_weights(state);
  EXPECT_EQ(other->loss_scale_factor(), optimizer->loss_scale_factor());
  EXPECT_EQ(other->iterations(), optimizer->iterations());
  std::vector<Tensor> wrong = state;
  wrong.back() = Tensor::zeros({5, 5});
  wrong[0] = Tensor::from(std::vector<std::int64_t>{77}, Shape{});
  EXPECT_THROW(other->set_weights(wrong), std::invalid_argument);
  EXPECT_EQ(other->get_weights()[0].data<std::int64_t>()[0], state[0].data<std::int64_t>()[0]);
  EXPECT_EQ(optimizer->serialize().at("config"), c.at("optimizer").at("config"));
}

TEST(SharedOut, StepsAreThoseOfKeras) {
  const Config document = ::keratin::testing::golden("optimizers_shared");
  for (const Config& c : document.at("cases").as_list()) {
    for (const bool as_rows : {false, true}) {
      SCOPED_TRACE(c.at("optimizer").at("class_name").as_string() + (as_rows ? ", rows" : ""));
      replay_shared(c, as_rows);
    }
  }
}

OptimizerMap map_of(std::vector<std::pair<std::string, Identifier<Optimizer>>> optimizers) {
  return {.default_optimizer = "sgd", .optimizers = std::move(optimizers)};
}

TEST(SharedOut, RefusesOptimizersWithFunctionsOfAUsers) {
  Variable w("w", Tensor::zeros({2}));
  Variable* const variables[] = {&w};
  const auto sgd = std::make_shared<SGD>(SGDOptions{});
  LossScaleOptimizer scaled({.inner_optimizer = sgd});
  MultiOptimizer multi({.optimizer_map = {.default_optimizer = sgd}});
  sgd->override_with({.class_name = "Mine", .apply = [](auto, const Gradients&) {}});
  EXPECT_THROW(scaled.build(variables), std::invalid_argument);
  EXPECT_THROW(multi.build(variables), std::invalid_argument);
}

TEST(SharedOut, RefusesWhatKerasRefuses) {
  EXPECT_THROW(LossScaleOptimizer({}), std::invalid_argument);
  EXPECT_THROW(LossScaleOptimizer({.inner_optimizer = "adam", .initial_scale = 0}),
               std::invalid_argument);
  EXPECT_THROW(LossScaleOptimizer({.inner_optimizer = "adam", .dynamic_growth_steps = 0}),
               std::invalid_argument);
  EXPECT_THROW(MultiOptimizer({}), std::invalid_argument);
  const auto scaled =
      std::make_shared<LossScaleOptimizer>(LossScaleOptimizer::Options{.inner_optimizer = "adam"});
  EXPECT_THROW(MultiOptimizer({.optimizer_map = map_of({{"a", scaled}})}), std::invalid_argument);
  EXPECT_THROW(MultiOptimizer({.optimizer_map = map_of({{"a", "adam"}, {"a", "sgd"}})}),
               std::invalid_argument);
  EXPECT_THROW(MultiOptimizer({.optimizer_map = map_of({{"a(", "adam"}})}), std::invalid_argument);
  EXPECT_THROW(MultiOptimizer({.optimizer_map = map_of({{std::string(1001, 'a'), "adam"}})}),
               std::invalid_argument);
  Variable w("dense/kernel", Tensor::zeros({2, 2}));
  Variable* const one[] = {&w};
  MultiOptimizer two({.optimizer_map = map_of({{"dense/.*", "adam"}, {".*kernel", "sgd"}})});
  EXPECT_THROW(two.build(one), std::invalid_argument);
  EXPECT_FALSE(two.built());
  EXPECT_THROW(two.learning_rate(), std::logic_error);
  // Backtracking would try 2^40 ways.
  Variable longer(std::string(40, 'a'), Tensor::zeros({2}));
  Variable* const other[] = {&longer};
  MultiOptimizer slow({.optimizer_map = map_of({{"(a*)*b", "adam"}})});
  slow.build(other);
  EXPECT_TRUE(slow.built());
}

TEST(SharedOut, AllTakeTheirStepOrNoneDoes) {
  Variable a("a", Tensor::zeros({2})), b("b", Tensor::zeros({2}));
  MultiOptimizer optimizer({.optimizer_map = map_of({{"b", "adam"}})});
  const std::vector<Variable*> both = {&a, &b};
  Gradients gradients;
  gradients.add(b, Tensor::from(std::vector<float>{1, 1}, {2}));
  EXPECT_THROW(optimizer.apply(both, gradients), std::invalid_argument);  // none for SGD
  EXPECT_EQ(b.value().data<float>()[0], 0);
  EXPECT_EQ(optimizer.iterations(), 0);
  EXPECT_EQ(optimizer.optimizers()[0]->iterations(), 0);
}

}  // namespace
}  // namespace keratin::optimizers
