// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/optimizers.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/apply_gradients.h"
#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/constraints/constraint.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {
namespace {

using ::keratin::testing::apply_gradients;
using ::keratin::testing::difference;
using ::keratin::testing::golden_tensor;
using ::keratin::testing::WithGradient;

// float32 roundings of twenty steps; the project's bound for a run that follows Keras.
constexpr double kRelative = 1e-6;
constexpr double kAbsolute = 1e-7;

std::vector<Tensor> tensors(const Config& list) {
  std::vector<Tensor> result;
  for (const Config& item : list.as_list()) result.push_back(golden_tensor(item));
  return result;
}

/// What a stack over the steps holds for one of them.
Tensor at_step(const Tensor& stack, std::int64_t step) {
  return slice_rows(stack, step, 1).reshaped(stack.shape().from(1));
}

/// The rows of a dense gradient that are not zero.
SparseRows touched_rows(const Tensor& gradient) {
  const auto values = gradient.data<float>();
  const auto width = static_cast<std::size_t>(gradient.shape()[1]);
  SparseRows rows;
  std::vector<float> kept;
  for (std::size_t row = 0; row * width < values.size(); ++row) {
    const auto part = values.subspan(row * width, width);
    if (std::all_of(part.begin(), part.end(), [](float x) { return x == 0; })) continue;
    rows.ids.push_back(static_cast<std::int64_t>(row));
    kept.insert(kept.end(), part.begin(), part.end());
  }
  rows.values =
      Tensor::from(kept, {static_cast<std::int64_t>(rows.ids.size()), gradient.shape()[1]});
  return rows;
}

/// The weights of Embedding-Flatten-Dense, as the layers would make them.
struct Weights {
  Weights(const Config& document, const Config& golden_case) {
    const std::vector<Tensor> initial = tensors(document.at("initial_weights"));
    const char* paths[] = {"embedding/embeddings", "dense/kernel", "dense/bias"};
    for (std::size_t i = 0; i < initial.size(); ++i) {
      owned.push_back(std::make_unique<Variable>(paths[i], initial[i]));
      variables.push_back(owned.back().get());
    }
    for (std::size_t i = 0; i < 2; ++i) {
      const std::string name = variables[i]->name();
      if (const Config& config = golden_case.at(name + "_regularizer"); !config.is_null()) {
        variables[i]->regularizer = regularizers::Regularizer::deserialize(config);
      }
      if (const Config& config = golden_case.at(name + "_constraint"); !config.is_null()) {
        variables[i]->constraint = constraints::Constraint::deserialize(config);
      }
    }
  }

  std::vector<std::unique_ptr<Variable>> owned;
  std::vector<Variable*> variables;
};

/// How a case is played again: with a dense gradient of the table or with rows, or with functions
/// of a user's that come back to the optimizer.
enum class How { kDense, kRows, kThroughFunctions };

void put_functions_before(Optimizer& optimizer) {
  optimizer.override_with(
      {.class_name = "Mine",
       .update_step =
           [&](const Value& gradient, Variable& variable, float rate, Pass& step) {
             optimizer.base_update_step(gradient, variable, rate, step);
           },
       .apply = [&](std::span<Variable* const> variables,
                    const Gradients& found) { optimizer.apply(variables, found); }});
}

void replay(const Config& document, const Config& golden_case, How how, double absolute) {
  const bool as_rows = how != How::kDense;
  SCOPED_TRACE(golden_case.at("name").as_string() + (how == How::kDense  ? ", dense"
                                                     : how == How::kRows ? ", rows"
                                                                         : ", through functions"));
  Weights weights(document, golden_case);
  const auto optimizer = Optimizer::deserialize(golden_case.at("optimizer"));
  if (how == How::kThroughFunctions) put_functions_before(*optimizer);
  std::vector<std::string> exclude;
  from_config(golden_case.at("exclude"), exclude);
  optimizer->exclude_from_weight_decay({}, exclude);
  const float scale = optimizer->loss_scale_factor();

  std::vector<Tensor> gradients = tensors(golden_case.at("gradients"));
  const std::vector<Tensor> wanted = tensors(golden_case.at("weights"));
  for (Tensor& tensor : gradients) {
    for (float& g : tensor.data<float>()) g *= scale;
  }
  for (std::int64_t step = 0; step < wanted[0].shape()[0]; ++step) {
    std::vector<WithGradient> given;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const Tensor gradient = at_step(gradients[i], step);
      if (as_rows && i == 0) {
        given.emplace_back(*weights.variables[i], touched_rows(gradient));
      } else {
        given.emplace_back(*weights.variables[i], gradient);
      }
    }
    apply_gradients(*optimizer, weights.variables, std::move(given));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      ASSERT_EQ(
          difference(weights.variables[i]->value(), at_step(wanted[i], step), kRelative, absolute),
          "")
          << "step " << step << ", " << weights.variables[i]->path();
    }
  }

  const std::vector<Tensor> state = optimizer->get_weights();
  const Config::List& wanted_state = golden_case.at("optimizer_weights").as_list();
  ASSERT_EQ(state.size(), wanted_state.size());
  EXPECT_EQ(state[0].data<std::int64_t>()[0],
            golden_tensor(wanted_state[0]).data<std::int32_t>()[0]);
  for (std::size_t i = 1; i < state.size(); ++i) {
    EXPECT_EQ(
        difference(state[i], cast(golden_tensor(wanted_state[i]), DType::kFloat32), 1e-5, 1e-6), "")
        << "optimizer weight " << i;
  }
  optimizer->finalize_variable_values(weights.variables);
  const std::vector<Tensor> last = tensors(golden_case.at("final_weights"));
  for (std::size_t i = 0; i < last.size(); ++i) {
    EXPECT_EQ(difference(weights.variables[i]->value(), last[i], kRelative, absolute), "")
        << "final";
  }
}

void replay_all(const std::string& file, double absolute = kAbsolute) {
  const Config document = ::keratin::testing::golden(file);
  for (const Config& golden_case : document.at("cases").as_list()) {
    for (const How how : {How::kDense, How::kRows, How::kThroughFunctions})
      replay(document, golden_case, how, absolute);
  }
}

TEST(OptimizersAgainstKeras, Rules) { replay_all("optimizers"); }
TEST(OptimizersAgainstKeras, AdaptiveRules) { replay_all("optimizers_adaptive"); }
TEST(OptimizersAgainstKeras, DecayAndClipping) { replay_all("optimizers_clipping"); }
TEST(OptimizersAgainstKeras, AveragesAccumulationSchedules) { replay_all("optimizers_averages"); }
TEST(OptimizersAgainstKeras, Regularizers) { replay_all("optimizers_regularizers"); }
TEST(OptimizersAgainstKeras, WholeRules) { replay_all("optimizers_whole"); }
// An iteration multiplies what is small by muon_a, five of them by 3.4445^5 = 485, roundings too:
// at a rate of 0.01 a step is off by 485 * 6e-8 * 0.01 = 3e-7, and twenty steps by ten times that.
TEST(OptimizersAgainstKeras, Muon) { replay_all("optimizers_muon", 3e-6); }
TEST(OptimizersAgainstKeras, Constraints) { replay_all("optimizers_constraints"); }

/// One step of gradient 1 on a weight of (2, 3).
Tensor one_step(Optimizer& optimizer) {
  Variable w("w", Tensor::from(std::vector<float>{0.5f, -0.5f, 1, 2, -3, 0}, {2, 3}));
  apply_gradients(optimizer, {{w, Tensor::from(std::vector<float>(6, 1.0f), {2, 3})}});
  return w.value();
}

// After one step of gradient 1 the slots are 1 - beta. In float32 1 - 0.999f is off by 1.3e-5 of
// it.
TEST(Optimizers, OneMinusBetaIsRoundedOnce) {
  const auto slots = [](Optimizer&& optimizer) {
    Variable w("w", Tensor::from(std::vector<float>{1.0f}, {1}));
    apply_gradients(optimizer, {{w, Tensor::from(std::vector<float>{1.0f}, {1})}});
    std::vector<float> values;
    for (const Tensor& slot : optimizer.get_weights()) {
      if (slot.dtype() == DType::kFloat32) values.push_back(slot.data<float>()[0]);
    }
    return values;  // the learning rate, then the slots
  };
  const std::vector<float> nadam = slots(Nadam({.beta_1 = 0.95, .beta_2 = 0.999}));
  EXPECT_FLOAT_EQ(nadam.at(1), 0.05f);
  EXPECT_FLOAT_EQ(nadam.at(2), 0.001f);
  const std::vector<float> lion = slots(Lion({.beta_2 = 0.999}));
  EXPECT_FLOAT_EQ(lion.at(1), 0.001f);
}

TEST(Optimizers, EveryEntryIsMadeSavedAndLoaded) {
  for (const NamedEntry<Optimizer>& entry : entries()) {
    SCOPED_TRACE(entry.class_name);
    if (entry.class_name == MultiOptimizer::kName || entry.class_name == LossScaleOptimizer::kName)
      continue;  // of others, which must be given: shared_out_test.cc
    const auto made = Optimizer::get(entry.class_name);
    EXPECT_EQ(made->class_name(), entry.class_name);
    const Config config = made->serialize();
    EXPECT_EQ(config.at("class_name").as_string(), entry.class_name);
    const auto loaded = Optimizer::deserialize(config);
    EXPECT_EQ(loaded->serialize(), config);
    EXPECT_EQ(difference(one_step(*loaded), one_step(*made), 0, 0), "");
  }
}

TEST(Optimizers, ConfigsAreThoseOfKeras) {
  for (const char* file : {"optimizers", "optimizers_adaptive", "optimizers_clipping",
                           "optimizers_averages", "optimizers_whole"}) {
    const Config document = ::keratin::testing::golden(file);
    for (const Config& golden_case : document.at("cases").as_list()) {
      const Config& wanted = golden_case.at("optimizer");
      EXPECT_EQ(Optimizer::deserialize(wanted)->serialize().at("config"), wanted.at("config"))
          << golden_case.at("name").as_string();
    }
  }
}

TEST(Optimizers, NamesInAnyCase) {
  for (const char* name : {"adam", "Adam", "ADAM"})
    EXPECT_EQ(Optimizer::get(name)->class_name(), "Adam");
  for (const char* name : {"rmsprop", "RMSprop"})
    EXPECT_EQ(Optimizer::get(name)->class_name(), "RMSprop");
  EXPECT_EQ(Optimizer::get("adamw")->class_name(), "AdamW");
  Config config = Config::dict();
  config["class_name"] = "sgd";
  EXPECT_EQ(Optimizer::deserialize(config)->class_name(), "SGD");
}

TEST(Optimizers, UnknownNameSuggestsTheNearest) {
  try {
    Optimizer::get("adamm");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("Did you mean 'adam'"), std::string::npos)
        << error.what();
  }
}

TEST(Optimizers, OldKeysAreAcceptedAndUnknownOnesAreNot) {
  Config config = Config::dict();
  config["decay"] = 0.0;
  config["jit_compile"] = false;
  config["is_legacy_optimizer"] = false;
  EXPECT_NO_THROW(Adam::options_from(config));
  config["betta_1"] = 0.5;
  EXPECT_THROW(Adam::options_from(config), std::invalid_argument);
}

TEST(Optimizers, RefuseWhatKerasRefuses) {
  EXPECT_THROW(SGD({.momentum = 1.5}), std::invalid_argument);
  EXPECT_THROW(SGD({.momentum = -0.1}), std::invalid_argument);
  EXPECT_THROW(AdamW({.weight_decay = std::nullopt}), std::invalid_argument);
  EXPECT_THROW(Lion({.beta_1 = 0.0}), std::invalid_argument);
  EXPECT_THROW(Ftrl({.learning_rate_power = 0.5}), std::invalid_argument);
  EXPECT_THROW(Ftrl({.initial_accumulator_value = -1}), std::invalid_argument);
  EXPECT_THROW(Ftrl({.l1_regularization_strength = -1}), std::invalid_argument);
  EXPECT_THROW(Ftrl({.l2_regularization_strength = -1}), std::invalid_argument);
  EXPECT_THROW(Ftrl({.l2_shrinkage_regularization_strength = -1}), std::invalid_argument);
  EXPECT_THROW(Muon({.ns_steps = -1}), std::invalid_argument);
  EXPECT_THROW(Muon({.ns_steps = 1'000'000'000}), std::invalid_argument);
  EXPECT_THROW(Adam({.clipnorm = 1, .clipvalue = 1}), std::invalid_argument);
  EXPECT_THROW(Adam({.clipnorm = 1, .global_clipnorm = 1}), std::invalid_argument);
  EXPECT_THROW(Adam({.use_ema = true, .ema_momentum = 1.1}), std::invalid_argument);
  EXPECT_NO_THROW(Adam({.use_ema = false, .ema_momentum = 1.1}));
  EXPECT_THROW(Adam({.use_ema = true, .ema_overwrite_frequency = -1}), std::invalid_argument);
  EXPECT_THROW(Adam({.gradient_accumulation_steps = 1}), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::optimizers
