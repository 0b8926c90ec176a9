// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/missed_steps.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "support/apply_gradients.h"
#include "support/dense_training.h"
#include "support/sampled.h"
#include "support/sanitized.h"
#include <gtest/gtest.h>

// Every optimizer with every option, on a table of which a step touches a few rows, against dense
// loops in double and in float (support/dense_rules.h). Deferring must not be further from the
// truth than 1.5 times the dense float loop.

namespace keratin::optimizers {
namespace {

using ::keratin::testing::apply_gradients;
using ::keratin::testing::sampled_grid;
using namespace ::keratin::testing::dense;

constexpr std::int64_t kRows = testing::kSanitized ? 200 : 1000;
constexpr std::int64_t kSteps = testing::kSanitized ? 120 : 1500;
constexpr std::int64_t kNap = testing::kSanitized ? 100 : 1400;
constexpr std::int64_t kIdsPerStep = 48;

/// Zipf ids, gradients over six decades; the ten rows before the last ten meet only the first steps
/// and those after a nap.
const std::vector<Batch>& batches() {
  static const std::vector<Batch> all = [] {
    std::mt19937 engine(11);
    const auto uniform = [&] { return static_cast<double>(engine()) / 4294967296.0; };
    const std::int64_t sleepers = kRows - 20;
    std::vector<Batch> result(static_cast<std::size_t>(kSteps));
    for (std::size_t t = 0; t < result.size(); ++t) {
      std::map<std::int64_t, std::vector<float>> rows;
      const auto touch = [&](std::int64_t id) {
        auto& row = rows[id];
        row.resize(kWidth);
        const double scale = std::pow(10.0, -6.0 * uniform());
        for (float& g : row) g += static_cast<float>((uniform() - 0.5) * scale);
      };
      for (std::int64_t i = 0; i < kIdsPerStep; ++i) {
        // The inverse of the continuous Zipf law 1 / x on [1, V + 1).
        const double x = std::pow(static_cast<double>(kRows) + 1, uniform());
        const std::int64_t id = std::min(kRows - 1, static_cast<std::int64_t>(x) - 1);
        if (id < sleepers || id >= sleepers + 10) touch(id);
      }
      const auto step = static_cast<std::int64_t>(t);
      if (step < 5 || step % kNap < 3)
        for (std::int64_t k = 0; k < 10; ++k) touch(sleepers + k);
      for (auto& [id, row] : rows) {
        result[t].ids.push_back(id);
        result[t].values.insert(result[t].values.end(), row.begin(), row.end());
      }
    }
    return result;
  }();
  return all;
}

std::vector<Options> options() {
  return {
      {.name = "Plain"},
      {.name = "WeightDecay", .weight_decay = 0.05},
      {.name = "Ema", .use_ema = true},
      {.name = "EmaOverwrite", .use_ema = true, .overwrite = 100},
      {.name = "Clipnorm", .clipnorm = 0.5},
      {.name = "Clipvalue", .clipvalue = 0.01},
      {.name = "GlobalClipnorm", .global_clipnorm = 0.5},
      {.name = "Accumulation", .weight_decay = 0.05, .accumulation = 3},
      {.name = "EmaAccumulation", .use_ema = true, .accumulation = 3, .constraint = "max1"},
      {.name = "Schedule", .weight_decay = 0.05, .schedule = true},
      {.name = "L1", .l1 = 1e-4},
      {.name = "L2", .l2 = 1e-4},
      {.name = "L1L2Clipnorm", .clipnorm = 0.5, .l1 = 1e-4, .l2 = 1e-4},
      {.name = "MaxNormAxis0", .constraint = "max0"},
      {.name = "MaxNormAxis1", .constraint = "max1"},
      {.name = "UnitNormAxis0", .constraint = "unit0"},
      {.name = "UnitNormAxis1", .constraint = "unit1"},
      {.name = "MinMaxNormAxis0", .constraint = "minmax0"},
      {.name = "MinMaxNormAxis1", .constraint = "minmax1"},
      {.name = "NonNeg", .constraint = "non_neg"},
  };
}

/// Whether the weights are those of a plain weight to the bit: where every step visits every row,
/// and where a row's slots stand still and its weights are made from them.
bool has_same_bits(const Rules& rule, const Options& o) {
  if (o.l1 > 0 || o.l2 > 0 || o.constraint.ends_with('0')) return true;
  return rule.name == "Ftrl" && !o.use_ema;
}

class Deferred : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Deferred, IsAsNearToTheTruthAsTheDenseLoop) {
  const Rules rule = rules()[GetParam() / options().size()];
  const Options o = for_rule(rule, options()[GetParam() % options().size()]);
  const auto optimizer = make_optimizer(rule, o);
  const auto variable = make_table(o, kRows);
  Loop<double> truth(o, rule.truth, rule.first_a, kRows);
  Loop<float> dense(o, rule.dense, rule.first_a, kRows);
  // The same as a plain weight, every row of which is visited at every step.
  const auto swept = make_optimizer(rule, o);
  Variable plain("embedding/embeddings", Tensor::from(first_weights(kRows), Shape{kRows, kWidth}));
  plain.regularizer = variable->regularizer;
  plain.constraint = variable->constraint;
  const bool same_bits = has_same_bits(rule, o);
  // The dense loop of this library sums norms in another order than the loop here and so has
  // another largest error.
  const bool is_witness = same_bits || variable->constraint != nullptr;

  for (std::int64_t t = 0; t < kSteps; ++t) {
    const Batch& batch = batches()[static_cast<std::size_t>(t)];
    if (!o.schedule)
      optimizer->set_learning_rate(rule.rate * (1 + 0.5 * std::sin(0.01 * static_cast<double>(t))));
    const float rate = optimizer->learning_rate();
    const SparseRows rows = batch.rows();
    apply_gradients(*optimizer, {{*variable, rows}});
    if (is_witness) {
      if (!o.schedule) swept->set_learning_rate(rate);
      apply_gradients(*swept, {{plain, rows}});
    }
    truth.apply(batch, rate);
    dense.apply(batch, rate);
  }
  const Tensor value = variable->value();
  const Distance ours = distance(std::as_const(value).data<float>(), truth.w);
  Distance theirs = distance(std::span<const float>(dense.w), truth.w);
  if (is_witness) {
    const Tensor all = plain.value();
    const auto bits = std::as_const(all).data<float>();
    EXPECT_TRUE(!same_bits ||
                std::equal(bits.begin(), bits.end(), std::as_const(value).data<float>().begin()));
    const Distance library = distance(bits, truth.w);
    theirs.largest = std::max(theirs.largest, library.largest);
    // Where the table has its bits, it is as near as the dense loop. With a penalty whose slope
    // jumps (L1 at 0) a norm that is rounded otherwise takes an element to the other side, far from
    // the loop here.
    if (same_bits) theirs.rms = std::max(theirs.rms, library.rms);
  }
  RecordProperty("rms_over_dense", std::to_string(ours.rms / theirs.rms));
  RecordProperty("rms", std::to_string(ours.rms * 1e9) + "e-9");
  EXPECT_LE(ours.rms, 1.5 * theirs.rms);
  EXPECT_LE(ours.largest, 1.5 * theirs.largest);
}

INSTANTIATE_TEST_SUITE_P(Every, Deferred,
                         ::testing::ValuesIn(sampled_grid(rules().size(), options().size(), 17)),
                         [](const auto& info) {
                           return rules()[info.param / options().size()].name + "_" +
                                  options()[info.param % options().size()].name;
                         });

}  // namespace
}  // namespace keratin::optimizers
