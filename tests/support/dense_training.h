// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/dense_rules.h"

#include "keratin/constraints/constraints.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/regularizers/regularizers.h"
#include "keratin/table/row_storage.h"

/// Trainings of a table: dense loops written here, which visit every row at every step, and the
/// same options for our optimizers. A test holds one against the other.
namespace keratin::testing::dense {

constexpr std::int64_t kWidth = 17;

struct Options {
  std::string name;
  double weight_decay = 0;
  bool use_ema = false;
  std::int64_t overwrite = 0;
  double clipnorm = 0, clipvalue = 0, global_clipnorm = 0;
  std::int64_t accumulation = 1;
  bool schedule = false;
  double l1 = 0, l2 = 0;
  std::string constraint = {};  // "max0", "max1", "unit0", "unit1", "minmax0", "minmax1", "non_neg"
};

struct Batch {
  std::vector<std::int64_t> ids;  // ascending, each once
  std::vector<float> values;      // (n, D), repeats summed

  SparseRows rows() const {
    return {ids, Tensor::from(values, {static_cast<std::int64_t>(ids.size()), kWidth})};
  }
};

inline std::vector<float> first_weights(std::int64_t rows) {
  std::mt19937 engine(5);
  std::vector<float> w(static_cast<std::size_t>(rows * kWidth));
  for (float& x : w) x = static_cast<float>(engine()) / 4294967296.0f - 0.5f;
  return w;
}

template <class R>
struct Loop {
  const Options& o;
  Dense<R> rule;
  std::vector<R> w, a, b, c, g, sum, average;
  std::int64_t rows, elements;
  std::int64_t calls = 0;

  Loop(const Options& options, Dense<R> dense, double first_a, std::int64_t rows_of_table)
      : o(options), rule(std::move(dense)), rows(rows_of_table), elements(rows_of_table * kWidth) {
    const std::vector<float> first = first_weights(rows);
    w.assign(first.begin(), first.end());
    for (auto* slot : {&b, &c, &g, &sum, &average}) slot->assign(first.size(), R(0));
    a.assign(first.size(), static_cast<R>(first_a));
  }

  void clip() {
    const auto norm = [&] {
      double squares = 0;
      for (const R x : g) squares += static_cast<double>(x) * static_cast<double>(x);
      return static_cast<R>(std::sqrt(squares));
    };
    if (o.clipnorm > 0 || o.global_clipnorm > 0) {  // one variable: the same
      const R limit = static_cast<R>(o.clipnorm + o.global_clipnorm);
      const R n = norm();
      if (n > limit)
        for (R& x : g) x = x * limit / n;
    }
    const R limit = static_cast<R>(o.clipvalue);
    if (limit > 0)
      for (R& x : g) x = std::clamp(x, -limit, limit);
  }

  template <class Norm>
  void scale_by_norm(bool of_rows, Norm wanted) {
    const std::int64_t groups = of_rows ? rows : kWidth;
    for (std::int64_t k = 0; k < groups; ++k) {
      const std::int64_t first = of_rows ? k * kWidth : k;
      const std::int64_t stride = of_rows ? 1 : kWidth;
      const std::int64_t n = of_rows ? kWidth : rows;
      R squares = 0;
      for (std::int64_t i = 0; i < n; ++i) squares += w[first + i * stride] * w[first + i * stride];
      const R norm = std::sqrt(squares);
      const R factor = wanted(norm) / (static_cast<R>(1e-7) + norm);
      for (std::int64_t i = 0; i < n; ++i) w[first + i * stride] *= factor;
    }
  }

  void constrain() {
    if (o.constraint.empty()) return;
    if (o.constraint == "non_neg") {
      for (R& x : w) x = std::max(x, R(0));
      return;
    }
    const bool of_rows = o.constraint.back() == '1';
    const std::string kind = o.constraint.substr(0, o.constraint.size() - 1);
    if (kind == "unit") return scale_by_norm(of_rows, [](R) { return R(1); });
    if (kind == "max") return scale_by_norm(of_rows, [](R n) { return std::min(n, R(1)); });
    scale_by_norm(of_rows, [](R n) {
      return static_cast<R>(0.5) * std::clamp(n, R(0.5), R(1)) + static_cast<R>(0.5) * n;
    });
  }

  void apply(const Batch& batch, float learning_rate) {
    const R rate = static_cast<R>(learning_rate);
    std::fill(g.begin(), g.end(), R(0));
    for (std::size_t i = 0; i < batch.ids.size(); ++i)
      for (std::int64_t d = 0; d < kWidth; ++d)
        g[batch.ids[i] * kWidth + d] = static_cast<R>(batch.values[i * kWidth + d]);
    for (std::int64_t i = 0; i < elements && (o.l1 > 0 || o.l2 > 0); ++i) {
      const R sign = w[i] >= 0 ? R(1) : R(-1);  // Keras on JAX: 1 at zero (regularizers.json)
      g[i] += static_cast<R>(o.l1) * sign + static_cast<R>(2 * o.l2) * w[i];
    }
    const std::int64_t steps = calls / o.accumulation;
    bool moves = true;
    if (o.accumulation > 1) {
      for (std::int64_t i = 0; i < elements; ++i) sum[i] += g[i];
      moves = (calls + 1) % o.accumulation == 0;
      if (moves) {
        for (std::int64_t i = 0; i < elements; ++i) g[i] = sum[i] / static_cast<R>(o.accumulation);
        std::fill(sum.begin(), sum.end(), R(0));
      }
    }
    if (moves) {
      clip();
      if (o.weight_decay > 0)
        for (R& x : w) x -= x * static_cast<R>(o.weight_decay) * rate;
      rule(w.data(), g.data(), a.data(), b.data(), c.data(), {rate, steps + 1}, elements);
    }
    if (o.use_ema) {
      const R momentum = steps != 0 ? static_cast<R>(0.99) : R(0);
      for (std::int64_t i = 0; i < elements; ++i)
        average[i] = momentum * average[i] + (1 - momentum) * w[i];
      if (o.overwrite > 0 && (steps + 1) % o.overwrite == 0) w = average;
    }
    constrain();
    ++calls;
  }
};

inline Config dict(std::initializer_list<std::pair<std::string, Config>> entries) {
  Config config = Config::dict();
  for (const auto& [key, value] : entries) config[key] = value;
  return config;
}
inline Config object(std::string class_name, Config config) {
  return dict({{"class_name", Config(std::move(class_name))}, {"config", std::move(config)}});
}

inline std::shared_ptr<optimizers::Optimizer> make_optimizer(const Rules& rule, const Options& o) {
  Config config = Config::dict();
  for (const auto& [key, value] : rule.config) config[key] = value;
  config["learning_rate"] = rule.rate;
  if (o.schedule)
    config["learning_rate"] = object(
        "ExponentialDecay",
        dict({{"initial_learning_rate", rule.rate}, {"decay_steps", 200}, {"decay_rate", 0.7}}));
  if (o.weight_decay > 0) config["weight_decay"] = o.weight_decay;
  if (o.use_ema) config["use_ema"] = true;
  if (o.overwrite > 0) config["ema_overwrite_frequency"] = o.overwrite;
  if (o.clipnorm > 0) config["clipnorm"] = o.clipnorm;
  if (o.clipvalue > 0) config["clipvalue"] = o.clipvalue;
  if (o.global_clipnorm > 0) config["global_clipnorm"] = o.global_clipnorm;
  if (o.accumulation > 1) config["gradient_accumulation_steps"] = o.accumulation;
  return optimizers::Optimizer::deserialize(object(rule.class_name, config));
}

inline std::shared_ptr<Variable> make_table(const Options& o, std::int64_t rows) {
  const auto storage =
      std::make_shared<table::RowStorage>(Tensor::from(first_weights(rows), Shape{rows, kWidth}));
  auto variable = std::make_shared<Variable>("embedding/embeddings", storage);
  if (o.l1 > 0 || o.l2 > 0)
    variable->regularizer =
        regularizers::Regularizer::deserialize(object("L1L2", dict({{"l1", o.l1}, {"l2", o.l2}})));
  if (o.constraint.empty()) return variable;
  if (o.constraint == "non_neg") {
    variable->constraint = constraints::Constraint::get("non_neg");
    return variable;
  }
  Config config = dict({{"axis", o.constraint.back() - '0'}});
  std::string name = "UnitNorm";
  if (o.constraint.starts_with("max")) {
    name = "MaxNorm";
    config["max_value"] = 1.0;
  } else if (o.constraint.starts_with("minmax")) {
    name = "MinMaxNorm";
    config["min_value"] = 0.5;
    config["max_value"] = 1.0;
    config["rate"] = 0.5;
  }
  variable->constraint = constraints::Constraint::deserialize(object(name, config));
  return variable;
}

inline Options for_rule(const Rules& rule, Options o) {
  if (rule.name == "AdamW" && o.weight_decay == 0) o.weight_decay = 0.004;  // it has no other way
  return o;
}

struct Distance {
  double largest = 0;
  double rms = 0;
};
template <class T>
Distance distance(std::span<const T> w, const std::vector<double>& truth) {
  Distance d;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double e = std::abs(static_cast<double>(w[i]) - truth[i]);
    d.largest = std::max(d.largest, std::isnan(e) ? HUGE_VAL : e);
    d.rms += e * e;
  }
  d.rms = std::sqrt(d.rms / static_cast<double>(truth.size()));
  return d;
}

}  // namespace keratin::testing::dense
