// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/resting_rows.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "support/apply_gradients.h"
#include "support/dense_training.h"
#include "support/sampled.h"
#include "support/sanitized.h"
#include <gtest/gtest.h>

// A small table of which some rows sleep for long after their last gradient, and others never had
// one, against dense loops in double and in float (support/dense_rules.h).

namespace keratin::optimizers {
namespace {

using ::keratin::testing::apply_gradients;
using ::keratin::testing::sampled_grid;
using namespace ::keratin::testing::dense;

constexpr int kNaps[] = {testing::kSanitized ? 150 : 1500, testing::kSanitized ? 200 : 5000};
constexpr int kLongNap = testing::kSanitized ? 400 : 70000;

/// What moves a row, or what follows it, while it has no gradient.
std::vector<Options> options_of_sleep() {
  return {
      {.name = "Plain"},
      {.name = "Decay", .weight_decay = 0.01},
      {.name = "Ema", .use_ema = true},
      {.name = "EmaDecay", .weight_decay = 0.01, .use_ema = true},
      {.name = "EmaOverwrite", .use_ema = true, .overwrite = 100},
      {.name = "EmaOverwriteDecay", .weight_decay = 0.01, .use_ema = true, .overwrite = 7},
      {.name = "AccumulationEma", .weight_decay = 0.01, .use_ema = true, .accumulation = 3},
      {.name = "ScheduleEma", .use_ema = true, .schedule = true},
      {.name = "Max", .constraint = "max1"},
      {.name = "MaxDecay", .weight_decay = 0.01, .constraint = "max1"},
      {.name = "MaxEma", .use_ema = true, .constraint = "max1"},
      {.name = "MaxEmaOverwrite",
       .weight_decay = 0.01,
       .use_ema = true,
       .overwrite = 50,
       .constraint = "max1"},
      {.name = "UnitDecay", .weight_decay = 0.01, .constraint = "unit1"},
      {.name = "UnitEma", .weight_decay = 0.01, .use_ema = true, .constraint = "unit1"},
      {.name = "MinMax", .constraint = "minmax1"},
      {.name = "MinMaxDecayEma", .weight_decay = 0.01, .use_ema = true, .constraint = "minmax1"},
      {.name = "NonNeg", .constraint = "non_neg"},
      {.name = "NonNegDecay", .weight_decay = 0.01, .constraint = "non_neg"},
      {.name = "NonNegEmaOverwrite", .use_ema = true, .overwrite = 50, .constraint = "non_neg"},
  };
}

/// A small table in which rows 0 to 3 have gradients in the first steps, row 4 in all, and the
/// others never.
class Sleep {
 public:
  static constexpr std::int64_t kRowsOfTable = 8;

  Sleep(const Rules& rule, const Options& options)
      : rule_(rule),
        o_(for_rule(rule, options)),
        table(make_table(o_, kRowsOfTable)),
        optimizer(make_optimizer(rule, o_)),
        plain("embedding/embeddings",
              Tensor::from(first_weights(kRowsOfTable), {kRowsOfTable, kWidth})),
        swept(make_optimizer(rule, o_)),
        truth(o_, rule.truth, rule.first_a, kRowsOfTable),
        dense(o_, rule.dense, rule.first_a, kRowsOfTable) {
    plain.constraint = table->constraint;
  }

  void step() {
    Batch batch{{4}, std::vector<float>(kWidth)};
    if (step_ < 5) batch = {{step_ % 4, 4}, std::vector<float>(2 * kWidth)};
    for (float& g : batch.values) g = static_cast<float>(engine_()) / 4294967296.0f - 0.5f;
    const float rate = optimizer->learning_rate();
    const SparseRows rows = batch.rows();
    apply_gradients(*optimizer, {{*table, rows}});
    if (plain.constraint) apply_gradients(*swept, {{plain, rows}});
    truth.apply(batch, rate);
    dense.apply(batch, rate);
    ++step_;
  }

  /// The sleeping rows, as a reader gets them.
  std::vector<float> rows() const {
    const std::vector<std::int64_t> ids = {0, 1, 2, 3, 5, 6, 7};
    std::vector<float> out(ids.size() * kWidth);
    storage().read(ids.data(), static_cast<std::int64_t>(ids.size()), out.data());
    return out;
  }
  const table::RowStorage& storage() const {
    return static_cast<const table::RowStorage&>(*table->storage());
  }

  /// As near to the truth as the dense loop, or to a few roundings. With a constraint also the
  /// dense loop of this library counts, which sums norms in another order.
  void expect_near() const {
    const std::vector<float> ours = rows();
    const auto sleeping = [](const auto& w) {
      std::vector<double> result(w.begin(), w.begin() + 4 * kWidth);
      result.insert(result.end(), w.begin() + 5 * kWidth, w.end());
      return result;
    };
    const std::vector<double> wanted = sleeping(truth.w);
    const std::vector<double> theirs = sleeping(dense.w);
    const Distance a = distance(std::span<const float>(ours), wanted);
    Distance b = distance(std::span<const double>(theirs), wanted);
    if (plain.constraint) {
      const Tensor value = plain.value();
      const std::vector<double> library = sleeping(std::as_const(value).data<float>());
      const Distance c = distance(std::span<const double>(library), wanted);
      b = {std::max(b.largest, c.largest), std::max(b.rms, c.rms)};
    }
    double largest = 0.5;  // of the first weights
    for (const double w : wanted) largest = std::max(largest, std::abs(w));
    EXPECT_LE(a.largest, 1.5 * b.largest + 4 * 0x1p-24 * largest) << step_;
    EXPECT_LE(a.rms, 1.5 * b.rms + 0x1p-24 * largest) << step_;
  }

 private:
  Rules rule_;
  Options o_;
  std::mt19937 engine_{3};
  std::int64_t step_ = 0;

 public:
  std::shared_ptr<Variable> table;
  std::shared_ptr<Optimizer> optimizer;
  Variable plain;  // where there is a constraint
  std::shared_ptr<Optimizer> swept;
  Loop<double> truth;
  Loop<float> dense;
};

class Sleeping : public ::testing::TestWithParam<std::size_t> {
 protected:
  Rules rule() const { return rules()[GetParam() / options_of_sleep().size()]; }
  Options options() const { return options_of_sleep()[GetParam() % options_of_sleep().size()]; }
};

/// And readers change nothing: neither what others read, nor a bit of what is trained.
TEST_P(Sleeping, RowsAreAsNearToTheTruthAsTheDenseLoop) {
  const Rules rule = this->rule();
  const Options o = options();
  Sleep sleep(rule, o);
  Sleep read_often(rule, o);
  for (int t = 1; t <= kNaps[1]; ++t) {
    sleep.step();
    if (t <= kNaps[0]) read_often.step();
    if (t < kNaps[0] && t % 37 == 0) read_often.rows();
    if (t != kNaps[0] && t != kNaps[1]) continue;
    sleep.expect_near();
    if (t == kNaps[0]) {
      EXPECT_EQ(sleep.rows(), read_often.rows());
    }
    EXPECT_EQ(sleep.rows(), sleep.rows());
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Sleeping,
                         ::testing::ValuesIn(sampled_grid(rules().size(), options_of_sleep().size(),
                                                          6)),
                         [](const auto& info) {
                           return rules()[info.param / options_of_sleep().size()].name + "_" +
                                  options_of_sleep()[info.param % options_of_sleep().size()].name;
                         });

/// Longer than the record of missed steps.
class LongAsleep : public Sleeping {};

TEST_P(LongAsleep, RowsAreAsNearToTheTruthAsTheDenseLoop) {
  if (rule().name.starts_with("Ftrl") && options().schedule)
    GTEST_SKIP() << "the rate sinks to 0, by which Ftrl divides: NaN in the truth, too";
  Sleep sleep(rule(), options());
  for (int t = 0; t < kLongNap; ++t) sleep.step();
  sleep.expect_near();
}

INSTANTIATE_TEST_SUITE_P(Every, LongAsleep,
                         ::testing::ValuesIn(sampled_grid(rules().size(), options_of_sleep().size(),
                                                          17)),
                         [](const auto& info) {
                           return rules()[info.param / options_of_sleep().size()].name + "_" +
                                  options_of_sleep()[info.param % options_of_sleep().size()].name;
                         });

}  // namespace
}  // namespace keratin::optimizers
