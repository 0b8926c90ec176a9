// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/optimizer.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/apply_gradients.h"
#include "support/random_tensors.h"
#include <gtest/gtest.h>

#include "keratin/constraints/constraint.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/optimizers/schedules/decays.h"
#include "keratin/parallel/parallel.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {
namespace {

using ::keratin::testing::apply_gradients;
using ::keratin::testing::expect_same;
using ::keratin::testing::random_rows;
using ::keratin::testing::random_tensor;
using ::keratin::testing::same_bits;
using ::keratin::testing::WithGradient;

// The driver knows penalties and constraints by their interface alone; these are the simplest.

class Squares final : public regularizers::Regularizer {
 public:
  explicit Squares(bool couples) : couples_(couples) {}
  std::string_view class_name() const override { return "Squares"; }
  Config get_config() const override { return Config::dict(); }
  float penalty(std::span<const float>, const Shape&) const override { return 0; }
  void add_gradient(std::span<const float> x, const Shape& shape, float scale,
                    std::span<float> gradient) const override {
    EXPECT_EQ(static_cast<std::int64_t>(x.size()), shape.size());
    EXPECT_EQ(x.size(), gradient.size());
    for (std::size_t i = 0; i < x.size(); ++i) gradient[i] += scale * 0.1f * x[i];
  }
  bool couples_rows() const override { return couples_; }

 private:
  bool couples_;
};

class Box final : public constraints::Constraint {
 public:
  explicit Box(bool couples) : couples_(couples) {}
  std::string_view class_name() const override { return "Box"; }
  Config get_config() const override { return Config::dict(); }
  void apply(std::span<float> w, const Shape& shape) const override {
    EXPECT_EQ(static_cast<std::int64_t>(w.size()), shape.size());
    for (float& x : w) x = std::fmin(x, 0.4f);
  }
  bool couples_rows() const override { return couples_; }

 private:
  bool couples_;
};

Tensor to_dense(const SparseRows& rows, const Shape& table) {
  Tensor dense = Tensor::zeros(table);
  const auto from = rows.values.data<float>();
  const auto width = static_cast<std::size_t>(table[1]);
  for (std::size_t i = 0; i < rows.ids.size(); ++i) {
    std::memcpy(&dense.data<float>()[static_cast<std::size_t>(rows.ids[i]) * width],
                &from[i * width], width * sizeof(float));
  }
  return dense;
}

using Make = std::function<std::shared_ptr<Optimizer>()>;
template <class Object>
Make make(typename Object::Options options = {}) {
  return [options] { return std::make_shared<Object>(options); };
}

/// Every rule, and the options that decide which rows are visited.
std::vector<std::pair<std::string, Make>> kinds() {
  return {
      {"SGD", make<SGD>()},
      {"SGD momentum", make<SGD>({.momentum = 0.9})},
      {"SGD nesterov", make<SGD>({.momentum = 0.9, .nesterov = true})},
      {"SGD weight_decay", make<SGD>({.weight_decay = 0.1})},
      {"SGD clipnorm", make<SGD>({.clipnorm = 0.5})},
      {"SGD clipvalue", make<SGD>({.clipvalue = 0.1})},
      {"SGD accumulation", make<SGD>({.gradient_accumulation_steps = 2})},
      {"SGD ema", make<SGD>({.use_ema = true, .ema_overwrite_frequency = 2})},
      {"RMSprop", make<RMSprop>({.momentum = 0.5, .epsilon = 1e-3, .centered = true})},
      {"Adam", make<Adam>()},
      {"Adam amsgrad", make<Adam>({.amsgrad = true})},
      {"Adam global_clipnorm", make<Adam>({.global_clipnorm = 0.5})},
      {"Adam accumulation",
       make<Adam>({.use_ema = true, .loss_scale_factor = 3.0, .gradient_accumulation_steps = 2})},
      {"AdamW", make<AdamW>()},
      {"Adagrad", make<Adagrad>()},
      {"Adagrad global_clipnorm", make<Adagrad>({.global_clipnorm = 0.5})},
      {"Adadelta", make<Adadelta>()},
      {"Adamax", make<Adamax>()},
      {"Nadam", make<Nadam>()},
      {"Ftrl", make<Ftrl>()},
      {"Lion", make<Lion>()},
  };
}

struct Ties {
  bool regularized = false;
  bool constrained = false;
  bool coupled = false;
};

/// Five steps of a table and a bias; weights, then the optimizer's state.
std::vector<Tensor> run(const Make& make, const Shape& table, bool as_rows, Ties ties = {}) {
  Variable w("embedding/embeddings", random_tensor(table, 1));
  Variable bias("dense/bias", random_tensor({5}, 2));
  if (ties.regularized) w.regularizer = std::make_shared<Squares>(ties.coupled);
  if (ties.constrained) w.constraint = std::make_shared<Box>(ties.coupled);
  const auto optimizer = make();
  for (std::uint32_t step = 0; step < 5; ++step) {
    const SparseRows rows = random_rows(table, 0.2f, 100 + step);
    const WithGradient of_w =
        as_rows ? WithGradient(w, rows) : WithGradient(w, to_dense(rows, table));
    apply_gradients(*optimizer, {of_w, {bias, random_tensor({5}, 200 + step)}});
  }
  std::vector<Tensor> result = optimizer->get_weights();
  result.push_back(w.value());
  result.push_back(bias.value());
  return result;
}

TEST(Optimizer, RowsEqualDenseToTheBit) {
  for (const auto& [name, make] : kinds()) {
    // Within a block; several blocks and chunks; a row wider than a block.
    for (const Shape& table : {Shape{11, 3}, Shape{5000, 33}, Shape{20, 5000}}) {
      SCOPED_TRACE(name + " " + to_string(table));
      expect_same(run(make, table, true), run(make, table, false));
    }
    for (const bool coupled : {false, true}) {
      for (const Ties ties :
           {Ties{true, false, coupled}, Ties{false, true, coupled}, Ties{true, true, coupled}}) {
        SCOPED_TRACE(name + " ties");
        expect_same(run(make, {300, 33}, true, ties), run(make, {300, 33}, false, ties));
      }
    }
  }
}

TEST(Optimizer, OneThreadEqualsManyToTheBit) {
  for (const auto& [name, make] : kinds()) {
    for (const bool tied : {false, true}) {
      SCOPED_TRACE(name);
      const Ties ties{.regularized = tied, .constrained = tied};
      parallel::set_num_threads(1);
      const std::vector<Tensor> one = run(make, {5000, 33}, true, ties);
      parallel::set_num_threads(4);
      const std::vector<Tensor> many = run(make, {5000, 33}, true, ties);
      parallel::set_num_threads(0);
      expect_same(one, many);
    }
  }
}

TEST(Optimizer, BlocksEqualTheWholeToTheBit) {
  // Coupled ties see the whole matrix at once, others block after block: here both are elementwise.
  for (const auto& [name, make] : kinds()) {
    SCOPED_TRACE(name);
    const Ties by_blocks{.regularized = true, .constrained = true, .coupled = false};
    const Ties at_once{.regularized = true, .constrained = true, .coupled = true};
    expect_same(run(make, {700, 33}, true, by_blocks), run(make, {700, 33}, true, at_once));
  }
}

TEST(Optimizer, VariableWithoutGradientStaysAsItIs) {
  for (const auto& [name, make] : kinds()) {
    SCOPED_TRACE(name);
    Variable moved("moved", random_tensor({4, 3}, 1));
    Variable still("still", random_tensor({4, 3}, 2));
    const Tensor before = copy_of(still.value());
    Variable* const variables[] = {&moved, &still};
    apply_gradients(*make(), variables, {{moved, random_tensor({4, 3}, 3)}});
    EXPECT_TRUE(same_bits(still.value(), before));
  }
}

/// 0.9 m of four times the smallest subnormal is that again, for ever, at a hundred cycles a time.
TEST(Optimizer, MomentsDoNotStayAmongSubnormals) {
  Variable dense("dense", random_tensor({4, 3}, 1));
  Adam optimizer;
  for (int step = 0; step < 1200; ++step) {
    apply_gradients(optimizer,
                    {{dense, step == 0 ? random_tensor({4, 3}, 2) : Tensor::zeros({4, 3})}});
  }
  for (const Tensor& state : optimizer.get_weights()) {
    if (state.dtype() != DType::kFloat32) continue;
    for (const float x : state.data<float>()) EXPECT_NE(std::fpclassify(x), FP_SUBNORMAL) << x;
  }
}

TEST(Optimizer, RegularizerAloneIsAGradient) {
  Variable w("w", Tensor::from(std::vector<float>{1, -2}, {2}));
  w.regularizer = std::make_shared<Squares>(false);
  Variable* const variables[] = {&w};
  SGD sgd({.learning_rate = 1});
  apply_gradients(sgd, variables, {});
  EXPECT_FLOAT_EQ(w.value().data<float>()[0], 0.9f);
  EXPECT_FLOAT_EQ(w.value().data<float>()[1], -1.8f);
}

TEST(Optimizer, UnknownVariableIsAnErrorAndNothingMoves) {
  Variable known("known", random_tensor({3}, 1));
  Variable other("dense/other", random_tensor({3}, 2));
  Variable* const built_with[] = {&known};
  Variable* const both[] = {&known, &other};
  Adam adam;
  adam.build(built_with);
  adam.build(built_with);  // again: nothing
  const Tensor before = copy_of(known.value());
  try {
    apply_gradients(adam, {{known, random_tensor({3}, 3)}, {other, random_tensor({3}, 3)}});
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("dense/other"), std::string::npos) << error.what();
  }
  EXPECT_THROW(adam.build(both), std::invalid_argument);
  EXPECT_TRUE(same_bits(known.value(), before));
  EXPECT_EQ(adam.iterations(), 0);
}

TEST(Optimizer, NoGradientAtAllIsAnError) {
  Variable w("w", random_tensor({3}, 1));
  Variable other("other", random_tensor({3}, 1));
  Variable* const variables[] = {&w};
  Adam adam;
  EXPECT_THROW(apply_gradients(adam, variables, {}), std::invalid_argument);
  EXPECT_THROW(apply_gradients(adam, variables, {{other, random_tensor({3}, 2)}}),
               std::invalid_argument);
}

/// Penalties, clipping, sums and averages are the optimizer's own affair.
TEST(Optimizer, TheGradientsOfTheCallerStayAsTheyAre) {
  for (const auto& [name, make] : kinds()) {
    for (const bool coupled : {false, true}) {
      SCOPED_TRACE(name);
      Variable w("embedding/embeddings", random_tensor({50, 3}, 1));
      Variable bias("dense/bias", random_tensor({3}, 2));
      w.regularizer = bias.regularizer = std::make_shared<Squares>(coupled);
      const SparseRows rows = random_rows({50, 3}, 0.2f, 3);
      const Tensor dense = random_tensor({3}, 4);
      Gradients gradients;
      gradients.add(w, SparseRows{rows.ids, copy_of(rows.values)});
      gradients.add(bias, copy_of(dense));
      Variable* const variables[] = {&w, &bias};
      const auto optimizer = make();
      for (int step = 0; step < 3; ++step) {
        optimizer->apply(variables, gradients);
        ASSERT_EQ(gradients.entries().size(), 2u);
        EXPECT_EQ(gradients.find(w)->rows.ids, rows.ids);
        EXPECT_TRUE(same_bits(gradients.find(w)->rows.values, rows.values));
        EXPECT_FALSE(gradients.find(w)->dense);
        EXPECT_TRUE(same_bits(gradients.find(bias)->dense, dense));
      }
    }
  }
}

TEST(Optimizer, LearningRateCanBeSetAndIsWrittenAsItStands) {
  Adam adam({.learning_rate = 0.5});
  EXPECT_EQ(adam.learning_rate(), 0.5f);
  adam.set_learning_rate(0.1);
  EXPECT_EQ(adam.learning_rate(), 0.1f);
  EXPECT_EQ(adam.get_config().at("learning_rate").as_double(), static_cast<double>(0.1f));
}

class Throws final : public constraints::Constraint {
 public:
  std::string_view class_name() const override { return "Throws"; }
  Config get_config() const override { return Config::dict(); }
  bool couples_rows() const override { return true; }
  void apply(std::span<float> w, const Shape&) const override {
    if (!w.empty()) throw std::runtime_error("mine");
  }
};

TEST(Optimizer, AStepIsWholeThoughAConstraintThrows) {
  Variable a("a", Tensor::from(std::vector<float>{1, 1}, {1, 2}));
  Variable b("b", Tensor::from(std::vector<float>{1}));
  a.constraint = std::make_shared<Throws>();
  SGD sgd({.learning_rate = 0.5});
  EXPECT_THROW(apply_gradients(sgd, {{a, Tensor::from(std::vector<float>{1, 1}, {1, 2})},
                                     {b, Tensor::from(std::vector<float>{1})}}),
               std::runtime_error);
  EXPECT_EQ(a.value().data<float>()[1], 0.5f);
  EXPECT_EQ(b.value().data<float>()[0], 0.5f);
  EXPECT_EQ(sgd.iterations(), 1);
}

TEST(Optimizer, AScheduleTakesTheNumbersPlace) {
  SGD sgd({.learning_rate = 0.5});
  EXPECT_EQ(sgd.get_weights().size(), 2u);
  sgd.set_learning_rate(
      std::make_shared<schedules::InverseTimeDecay>(schedules::InverseTimeDecayOptions{
          .initial_learning_rate = 0.25, .decay_steps = 1, .decay_rate = 1}));
  EXPECT_EQ(sgd.learning_rate(), 0.25f);
  EXPECT_EQ(sgd.get_weights().size(), 1u);
  Variable w("w", Tensor::from(std::vector<float>{1}));
  apply_gradients(sgd, {{w, Tensor::from(std::vector<float>{1})}});
  EXPECT_EQ(w.value().data<float>()[0], 0.75f);
  EXPECT_EQ(sgd.learning_rate(), 0.125f);
  EXPECT_EQ(sgd.get_config().at("learning_rate").at("class_name"), Config("InverseTimeDecay"));
  EXPECT_THROW(sgd.set_learning_rate(0.1), std::invalid_argument);
}

TEST(Optimizer, ClippedGradientsAreThoseOfAStep) {
  const Tensor a = Tensor::from(std::vector<float>{3, -4});
  const Tensor b = Tensor::from(std::vector<float>{12}, Shape{1, 1});
  const auto first = [](const std::vector<Tensor>& all, std::size_t i) {
    return all[i].data<float>()[0];
  };
  const auto by_norm = SGD({.clipnorm = 1}).clip_gradients({a, {}, b});
  EXPECT_FLOAT_EQ(first(by_norm, 0), 0.6f);
  EXPECT_FALSE(by_norm[1]);
  EXPECT_FLOAT_EQ(first(by_norm, 2), 1);
  EXPECT_EQ(by_norm[2].shape(), (Shape{1, 1}));
  EXPECT_FLOAT_EQ(first(Adam({.global_clipnorm = 1}).clip_gradients({a, b}), 1), 12.0f / 13);
  EXPECT_EQ(first(Adam({.clipvalue = 2}).clip_gradients({a, b}), 1), 2);
  EXPECT_EQ(first(Adam().clip_gradients({a, b}), 1), 12);
  EXPECT_EQ(first(Adam({.clipnorm = 20}).clip_gradients({a, b}), 0), 3);
}

TEST(Optimizer, RowsWithoutGradientAreNotVisitedWhereNothingMovesThem) {
  Variable w("w", random_tensor({1000, 8}, 1));
  const Tensor before = copy_of(w.value());
  Adagrad adagrad;
  apply_gradients(adagrad, {{w, SparseRows{{3, 999}, random_tensor({2, 8}, 2)}}});
  const auto now = w.value().data<float>();
  const auto then = before.data<float>();
  for (std::size_t i = 0; i < now.size(); ++i) {
    const std::size_t row = i / 8;
    EXPECT_EQ(now[i] != then[i], row == 3 || row == 999) << i;
  }
}

TEST(Optimizer, ExcludeFromWeightDecayOnlyBeforeBuild) {
  Variable w("dense/kernel", Tensor::from(std::vector<float>{1, 1}, {2}));
  Variable b("dense/bias", Tensor::from(std::vector<float>{1, 1}, {2}));
  Variable e("embedding/embeddings", Tensor::from(std::vector<float>{1, 1}, {2}));
  Variable* const excluded[] = {&e};
  const Tensor zero = Tensor::zeros({2});
  SGD sgd({.learning_rate = 1, .weight_decay = 0.5});
  sgd.exclude_from_weight_decay(excluded, {"bias"});
  apply_gradients(sgd, {{w, zero}, {b, zero}, {e, zero}});
  EXPECT_EQ(w.value().data<float>()[0], 0.5f);
  EXPECT_EQ(b.value().data<float>()[0], 1.0f);
  EXPECT_EQ(e.value().data<float>()[0], 1.0f);
  EXPECT_THROW(sgd.exclude_from_weight_decay(excluded), std::invalid_argument);
}

TEST(Optimizer, NormOfNanMakesEveryGradientNan) {
  Variable a("a", Tensor::from(std::vector<float>{1}, {1}));
  Variable b("b", Tensor::from(std::vector<float>{1}, {1}));
  SGD sgd({.global_clipnorm = 1});
  apply_gradients(sgd, {{a, Tensor::from(std::vector<float>{INFINITY}, {1})},
                        {b, Tensor::from(std::vector<float>{1}, {1})}});
  EXPECT_TRUE(std::isnan(b.value().data<float>()[0]));
}

}  // namespace
}  // namespace keratin::optimizers
