// SPDX-License-Identifier: Apache-2.0
// A table through all that may happen to it, beside a plain weight that every step visits whole.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/apply_gradients.h"
#include <gtest/gtest.h>

#include "keratin/constraints/constraints.h"
#include "keratin/initializers/initializers.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/parallel/parallel.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {
namespace {

using ::keratin::testing::apply_gradients;

using Entries = std::vector<std::pair<std::string, Config>>;

std::shared_ptr<Optimizer> make_optimizer(const std::string& name, const Entries& entries) {
  Config config = Config::dict();
  for (const auto& [key, value] : entries) config[key] = value;
  Config named = Config::dict();
  named["class_name"] = name;
  named["config"] = config;
  return Optimizer::deserialize(named);
}

std::shared_ptr<const initializers::Initializer> first_values() {
  return std::make_shared<initializers::RandomUniform>(
      initializers::RandomUniformOptions{.minval = -0.5, .maxval = 0.5, .seed = 3});
}

std::shared_ptr<Variable> make_table(const Shape& shape, bool on_demand) {
  auto rows = on_demand ? std::make_shared<table::RowStorage>(shape, first_values())
                        : std::make_shared<table::RowStorage>((*first_values())(shape));
  return std::make_shared<Variable>("embedding/embeddings", std::move(rows));
}

/// The same steps of a table and of a plain weight.
class Pair {
 public:
  Pair(const Shape& shape, bool on_demand)
      : shape_(shape),
        table(make_table(shape, on_demand)),
        plain(std::make_shared<Variable>("embedding/embeddings", (*first_values())(shape))) {}

  struct Optimizers {
    std::shared_ptr<Optimizer> of_table, of_plain;
  };
  static Optimizers optimizers(const std::string& name, const Entries& entries) {
    return {make_optimizer(name, entries), make_optimizer(name, entries)};
  }

  /// A step with a gradient for `count` rows, which may meet.
  void step(const Optimizers& optimizers, std::int64_t count) {
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 0; i < count; ++i)
      ids.push_back(static_cast<std::int64_t>(engine_()) % shape_[0]);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    Tensor values = Tensor::zeros({static_cast<std::int64_t>(ids.size()), shape_[1]});
    for (float& g : values.data<float>()) g = static_cast<float>(engine_()) / 4294967296.0f - 0.5f;
    step_with(optimizers, {ids, values});
  }

  void step_with(const Optimizers& optimizers, const SparseRows& rows) {
    apply_gradients(*optimizers.of_table, {{*table, rows}});
    apply_gradients(*optimizers.of_plain, {{*plain, rows}});
    ++steps_;
  }

  void assign(const Tensor& value) {
    table->assign(value);
    plain->assign(value);
  }

  /// A step of the dense loop rounds each weight by half of its last bit, and the step it takes,
  /// which is smaller, as well; deferring rounds less often.
  void expect_equal() const {
    const Tensor a = table->value(), b = plain->value();
    const auto x = a.data<float>(), y = b.data<float>();
    float largest = 1;
    for (const float w : y) largest = std::isfinite(w) ? std::max(largest, std::abs(w)) : largest;
    const float bound = static_cast<float>(steps_) * std::ldexp(largest, -23);
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (std::isnan(y[i])) {
        ASSERT_TRUE(std::isnan(x[i])) << i;
      } else {
        ASSERT_NEAR(x[i], y[i], bound) << i;
      }
    }
  }

 private:
  Shape shape_;
  std::mt19937 engine_{7};
  std::int64_t steps_ = 0;

 public:
  std::shared_ptr<Variable> table, plain;
};

struct Named {
  std::string optimizer;
  Entries entries;
};

std::vector<Named> rules() {
  return {{"SGD", {}},
          {"SGD", {{"momentum", 0.9}}},
          {"SGD", {{"momentum", 0.9}, {"nesterov", true}}},
          {"RMSprop", {{"momentum", 0.8}, {"centered", true}}},
          {"Adam", {}},
          {"Adam", {{"amsgrad", true}}},
          {"AdamW", {}},
          {"Adadelta", {}},
          {"Adagrad", {}},
          {"Adamax", {}},
          {"Nadam", {}},
          {"Ftrl", {}},
          {"Lion", {}}};
}

TEST(TableSteps, OptionsAtTheEdge) {
  std::vector<Named> cases;
  for (const char* name : {"Adam", "AdamW", "Adamax", "Nadam"}) {
    for (const double beta : {0.0, 0.5, -0.5, 0.99, 0.999, 1 - 1e-7}) {
      cases.push_back({name, {{"beta_1", beta}}});
      cases.push_back({name, {{"beta_2", beta}}});
    }
  }
  for (const double beta : {0.0, 0.1, 0.5, 0.6, 1.0}) cases.push_back({"Lion", {{"beta_2", beta}}});
  for (const double rho : {0.0, 0.5, 1.0}) {
    cases.push_back({"RMSprop", {{"rho", rho}, {"momentum", 0.5}}});
    cases.push_back({"RMSprop", {{"momentum", rho}}});
  }
  // Keras: 0 / 0 where there has been no gradient.
  for (const char* name : {"Adam", "Adamax", "Nadam", "Adadelta", "Adagrad"})
    cases.push_back({name, {{"epsilon", 0.0}}});
  // Powers and shares that are turned over, and all but.
  for (const char* name : {"SGD", "Adam", "RMSprop", "Lion"}) {
    cases.push_back({name, {{"learning_rate", 3.33333325}, {"weight_decay", 0.3}}});
    cases.push_back({name, {{"learning_rate", 2.0}, {"weight_decay", 0.9}}});
  }
  for (const Named& c : cases) {
    SCOPED_TRACE(c.optimizer + " " + c.entries[0].first + " " +
                 std::to_string(c.entries[0].second.as_double()));
    Pair pair({500, 7}, false);
    const auto optimizers = Pair::optimizers(c.optimizer, c.entries);
    for (int t = 0; t < 40; ++t) pair.step(optimizers, 9);
    pair.expect_equal();
  }
}

TEST(TableSteps, ManyRowsAndFewInTurnRatesOfZeroAndNewWeights) {
  for (const bool on_demand : {false, true}) {
    for (const Named& c : rules()) {
      SCOPED_TRACE(c.optimizer + (on_demand ? " on demand" : ""));
      Pair pair({300, 7}, on_demand);
      Entries entries = c.entries;
      entries.emplace_back("weight_decay", 0.05);
      const auto optimizers = Pair::optimizers(c.optimizer, entries);
      for (int t = 0; t < 120; ++t) {
        // Ftrl divides by the rate.
        const double rate = t % 7 == 3 && c.optimizer != "Ftrl" ? 0.0 : 0.01 + 1e-4 * t;
        optimizers.of_table->set_learning_rate(rate);
        optimizers.of_plain->set_learning_rate(rate);
        pair.step(optimizers, t % 5 == 0 ? 250 : 4);
        if (t == 60) {
          Tensor half = copy_of(pair.plain->value());
          for (float& w : half.data<float>()) w = 0.5f * w + 0.1f;
          pair.assign(half);
        }
      }
      pair.expect_equal();
    }
  }
}

TEST(TableSteps, TwoOptimizersInTurn) {
  for (const Named& first : rules()) {
    for (const Named& second : {Named{"Adam", {}}, Named{"Nadam", {}}, Named{"SGD", {}}}) {
      SCOPED_TRACE(first.optimizer + " " + second.optimizer);
      Pair pair({200, 5}, false);
      const auto a = Pair::optimizers(first.optimizer, first.entries);
      const auto b = Pair::optimizers(second.optimizer, second.entries);
      for (int t = 0; t < 60; ++t) pair.step(t / 10 % 2 == 0 ? a : b, 4);
      pair.expect_equal();
    }
  }
}

/// Longer than the record of missed steps; the truth in double.
TEST(TableSteps, ARowThatSleepsForSeventyThousandSteps) {
  constexpr int kSteps = 70000;
  constexpr double kRate = 0.01, kMomentum = 0.9, kDecay = 1e-3;
  const auto table = make_table({100, 1}, false);
  const Tensor start = copy_of(table->value());
  const auto sgd = make_optimizer(
      "SGD", {{"learning_rate", kRate}, {"momentum", kMomentum}, {"weight_decay", kDecay}});
  double w = static_cast<double>(std::as_const(start).data<float>()[7]);
  double m = 0;
  for (int t = 0; t < kSteps; ++t) {
    const std::int64_t id = t < 3 ? 7 : 20 + t % 50;
    apply_gradients(*sgd,
                    {{*table, SparseRows{{id}, Tensor::from(std::vector<float>{0.25f}, {1, 1})}}});
    w *= 1 - static_cast<double>(static_cast<float>(kDecay)) * static_cast<double>(0.01f);
    m = m * static_cast<double>(0.9f) - (id == 7 ? 0.25 * static_cast<double>(0.01f) : 0);
    w += m;
  }
  const Tensor value = table->value();
  // Three steps, and a catch-up before each, at the end of the record and at the end: each rounds
  // the weight and its move.
  EXPECT_NEAR(static_cast<double>(std::as_const(value).data<float>()[7]), w, 16 * 0x1p-24 * 0.5);
}

TEST(TableSteps, OneThreadEqualsManyToTheBit) {
  for (const Named& c : rules()) {
    for (const bool on_demand : {false, true}) {
      SCOPED_TRACE(c.optimizer + (on_demand ? " on demand" : ""));
      std::vector<Tensor> results;
      for (const int threads : {1, 4}) {
        parallel::set_num_threads(threads);
        Pair pair({20000, 33}, on_demand);
        const auto optimizers = Pair::optimizers(c.optimizer, c.entries);
        for (int t = 0; t < 4; ++t) pair.step(optimizers, 4000);  // some tasks' worth
        results.push_back(copy_of(pair.table->value()));
      }
      parallel::set_num_threads(0);
      EXPECT_EQ(std::memcmp(TensorAccess::raw(results[0]), TensorAccess::raw(results[1]),
                            TensorAccess::bytes(results[0])),
                0);
    }
  }
}

/// As in Keras: a NaN in the norm, the rate or the scale of the loss is a NaN in every row, also of
/// those that have no gradient; what is not finite in a row's own gradient stays there.
TEST(TableSteps, WhatIsNotFiniteReachesTheRowsThatItReachesInKeras) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  struct Case {
    Entries entries;
    float gradient;
    double rate;
    bool all;
  };
  const std::vector<Case> cases = {
      {{{"global_clipnorm", 1.0}}, kNan, 0.01, true},
      {{{"global_clipnorm", 1.0}}, kInfinity, 0.01, true},
      {{{"clipnorm", 1.0}}, kNan, 0.01, true},
      {{{"loss_scale_factor", 0.0}}, 1, 0.01, true},
      {{}, 1, kInfinity, true},
      {{}, 1, kNan, true},
      {{}, kNan, 0.01, false},
      {{}, kInfinity, 0.01, false},
      {{{"clipvalue", 1.0}}, kInfinity, 0.01, false},
      {{{"clipnorm", 1.0}}, kInfinity, 0.01, false},
  };
  for (const Named& rule : rules()) {
    for (const Case& c : cases) {
      SCOPED_TRACE(rule.optimizer + " gradient " + std::to_string(c.gradient) + " rate " +
                   std::to_string(c.rate) + (c.entries.empty() ? "" : " " + c.entries[0].first));
      Entries entries = rule.entries;
      entries.insert(entries.end(), c.entries.begin(), c.entries.end());
      Pair pair({64, 3}, false);
      const auto optimizers = Pair::optimizers(rule.optimizer, entries);
      const auto on_demand = make_table({64, 3}, true);
      const auto of_demand = make_optimizer(rule.optimizer, entries);
      for (Optimizer* o : {optimizers.of_table.get(), optimizers.of_plain.get(), of_demand.get()})
        o->set_learning_rate(c.rate);
      pair.step_with(optimizers, {{5, 9}, Tensor::from(std::vector<float>(6, c.gradient), {2, 3})});
      const Tensor a = pair.table->value(), b = pair.plain->value();
      std::int64_t nans = 0;
      for (std::size_t i = 0; i < 64 * 3; ++i) {
        const float x = a.data<float>()[i], y = b.data<float>()[i];
        EXPECT_TRUE(x == y || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) < 1e-6f)
            << i << ' ' << x << ' ' << y;
        nans += std::isnan(y) ? 1 : 0;
      }
      EXPECT_LE(nans, c.all ? 64 * 3 : 6);

      // Rows that are not drawn cannot all be NaN.
      const SparseRows rows{{5, 9}, Tensor::from(std::vector<float>(6, c.gradient), {2, 3})};
      if (c.all) {
        EXPECT_THROW(apply_gradients(*of_demand, {{*on_demand, rows}}), std::invalid_argument);
        EXPECT_FALSE(std::isnan(std::as_const(*on_demand).value().data<float>()[15]));
      } else {
        apply_gradients(*of_demand, {{*on_demand, rows}});
      }
    }
  }
}

std::string refusal(const std::shared_ptr<Optimizer>& optimizer, Variable& table) {
  try {
    apply_gradients(*optimizer, {{table, SparseRows{{1}, Tensor::zeros({1, table.shape()[1]})}}});
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(TableSteps, WhatCannotBeDoneOnDemandIsSaidAndChangesNothing) {
  const auto table = make_table({50, 3}, true);
  EXPECT_NE(refusal(make_optimizer("SGD", {{"use_ema", true}}), *table).find("use_ema"),
            std::string::npos);
  for (const char* name : {"Lamb", "Adafactor", "Muon", "ScheduleFreeAdamW"}) {
    EXPECT_NE(refusal(make_optimizer(name, {}), *table).find("takes the variable whole"),
              std::string::npos);
  }
  EXPECT_NE(refusal(make_optimizer("SGD", {}), *make_table({50, 2049}, true)).find("wider than"),
            std::string::npos);

  const auto adam = make_optimizer("Adam", {{"weight_decay", 0.5}, {"learning_rate", 0.01}});
  EXPECT_EQ(refusal(adam, *table), "");
  const Tensor before = copy_of(table->value());
  adam->set_learning_rate(3);
  EXPECT_NE(refusal(adam, *table).find("weight_decay * learning_rate must be below 1"),
            std::string::npos);
  const Tensor after = table->value();
  EXPECT_EQ(
      std::memcmp(TensorAccess::raw(after), TensorAccess::raw(before), TensorAccess::bytes(before)),
      0);
}

TEST(TableSteps, AConstraintThatCannotTakeTheShapeChangesNothing) {
  for (const bool on_demand : {false, true}) {
    const auto table = make_table({50, 3}, on_demand);
    table->constraint =
        std::make_shared<constraints::MaxNorm>(constraints::MaxNormOptions{.axis = 2});
    const Tensor before = copy_of(table->value());
    EXPECT_NE(refusal(make_optimizer("Adam", {}), *table).find("axis 2"), std::string::npos);
    const Tensor after = table->value();
    EXPECT_EQ(std::memcmp(TensorAccess::raw(after), TensorAccess::raw(before),
                          TensorAccess::bytes(before)),
              0);
  }
}

std::vector<std::int64_t> some_ids(std::int64_t first) { return {first, first + 3, first + 7}; }

/// A step on three rows of the table.
void step(Optimizer& optimizer, Variable& table, std::int64_t first) {
  std::vector<float> gradient(9);
  for (std::size_t i = 0; i < gradient.size(); ++i)
    gradient[i] = 0.1f * static_cast<float>(first) - 0.3f * static_cast<float>(i);
  apply_gradients(optimizer,
                  {{table, SparseRows{some_ids(first), Tensor::from(gradient, {3, 3})}}});
}

TEST(TableSteps, ACopyOfRowsOnDemandGoesOnAsTheTableDoes) {
  for (const char* name : {"SGD", "Adam", "RMSprop", "Adagrad", "Nadam", "Lion"}) {
    SCOPED_TRACE(name);
    const auto table = make_table({1'000'000'000, 3}, true);
    const auto other = make_table({1'000'000'000, 3}, true);
    const auto of_table = make_optimizer(name, {{"learning_rate", 0.01}});
    const auto of_other = make_optimizer(name, {{"learning_rate", 0.01}});
    for (const std::int64_t first : {900'000'000, 5, 8}) step(*of_table, *table, first);

    auto& rows = static_cast<table::RowStorage&>(*table->storage());
    auto& copies = static_cast<table::RowStorage&>(*other->storage());
    const UsedRows used = rows.used();
    EXPECT_EQ(used.ids,
              (std::vector<std::int64_t>{900'000'000, 900'000'003, 900'000'007, 5, 8, 12, 11, 15}));
    copies.use(used);
    Variable* const variables[] = {other.get()};
    of_other->build(variables);
    of_other->set_weights(of_table->get_weights());
    for (const std::int64_t first : {5, 100, 900'000'000}) {
      step(*of_table, *table, first);
      step(*of_other, *other, first);
    }
    const UsedRows a = rows.used();
    const UsedRows b = copies.used();
    EXPECT_EQ(a.ids, b.ids);
    EXPECT_EQ(std::memcmp(TensorAccess::raw(a.values), TensorAccess::raw(b.values),
                          TensorAccess::bytes(a.values)),
              0);
  }
}

TEST(TableSteps, StateOfRowsThatWereNeverDrawnIsNotToBeHad) {
  const auto table = make_table({50, 3}, true);
  const auto adamw = make_optimizer("AdamW", {});
  step(*adamw, *table, 1);
  EXPECT_THROW(adamw->get_weights(), std::invalid_argument);
  step(*adamw, *table, 2);
}

TEST(TableSteps, ParametersAreCountedWithoutTheTable) {
  constexpr std::int64_t kRows = 1'000'000'000;
  const auto table = make_table({kRows, 64}, true);
  const auto adam = make_optimizer("Adam", {});
  EXPECT_EQ(refusal(adam, *table), "");
  EXPECT_EQ(adam->count_params(), 2 * kRows * 64 + 2);
}

}  // namespace
}  // namespace keratin::optimizers
