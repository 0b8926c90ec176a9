// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/missed_steps.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/sampled.h"
#include <gtest/gtest.h>

#include "keratin/constraints/constraints.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/regularizers/regularizers.h"
#include "keratin/table/row_storage.h"

// Every optimizer with every option, on a table of which a step touches a few rows, against dense
// loops written here: in double, which is the truth, and in float, which is how Keras does it.
// Deferring must not be further from the truth than 1.5 times the dense float loop.

namespace keratin::optimizers {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t kRows = 200, kSteps = 120, kNap = 100;
#else
constexpr std::int64_t kRows = 5000, kSteps = 1500, kNap = 1400;
#endif
constexpr std::int64_t kWidth = 17;
constexpr std::int64_t kElements = kRows * kWidth;
constexpr std::int64_t kIdsPerStep = 48;

// -- the batches
// -------------------------------------------------------------------------------------

struct Batch {
  std::vector<std::int64_t> ids;  // ascending, each once
  std::vector<float> values;      // (n, D), repeats summed
};

/// Zipf ids, gradients over six decades; rows 1000 to 1009 (or the last ten) meet only the first
/// steps and those after a nap.
const std::vector<Batch>& batches() {
  static const std::vector<Batch> all = [] {
    std::mt19937 engine(11);
    const auto uniform = [&] { return static_cast<double>(engine()) / 4294967296.0; };
    const std::int64_t sleepers = std::min<std::int64_t>(1000, kRows - 10);
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

std::vector<float> first_weights() {
  std::mt19937 engine(5);
  std::vector<float> w(kElements);
  for (float& x : w) x = static_cast<float>(engine()) / 4294967296.0f - 0.5f;
  return w;
}

// -- the dense loops
// ---------------------------------------------------------------------------------

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

/// One element of one step: weight, gradient, three slots, the step's number and rate.
template <class R>
struct Scalars {
  R rate;
  std::int64_t step;
};
template <class R>
using Dense = std::function<void(R* w, const R* g, R* a, R* b, R* c, const Scalars<R>& s)>;

template <class R, class F>
Dense<R> each(F f) {
  return [f](R* w, const R* g, R* a, R* b, R* c, const Scalars<R>& s) mutable {
    const auto element = f(s);
    for (std::int64_t i = 0; i < kElements; ++i) element(w[i], g[i], a[i], b[i], c[i]);
  };
}

template <class R>
struct Loop {
  const Options& o;
  Dense<R> rule;
  std::vector<R> w, a, b, c, g, sum, average;
  std::int64_t calls = 0;

  Loop(const Options& options, Dense<R> dense, double first_a)
      : o(options), rule(std::move(dense)) {
    const std::vector<float> first = first_weights();
    w.assign(first.begin(), first.end());
    for (auto* slot : {&b, &c, &g, &sum, &average}) slot->assign(kElements, R(0));
    a.assign(kElements, static_cast<R>(first_a));
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
  void scale_by_norm(bool rows, Norm wanted) {
    const std::int64_t groups = rows ? kRows : kWidth;
    for (std::int64_t k = 0; k < groups; ++k) {
      const std::int64_t first = rows ? k * kWidth : k;
      const std::int64_t stride = rows ? 1 : kWidth;
      const std::int64_t n = rows ? kWidth : kRows;
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
    const bool rows = o.constraint.back() == '1';
    const std::string kind = o.constraint.substr(0, o.constraint.size() - 1);
    if (kind == "unit") return scale_by_norm(rows, [](R) { return R(1); });
    if (kind == "max") return scale_by_norm(rows, [](R n) { return std::min(n, R(1)); });
    scale_by_norm(rows, [](R n) {
      return static_cast<R>(0.5) * std::clamp(n, R(0.5), R(1)) + static_cast<R>(0.5) * n;
    });
  }

  void apply(const Batch& batch, float learning_rate) {
    const R rate = static_cast<R>(learning_rate);
    std::fill(g.begin(), g.end(), R(0));
    for (std::size_t i = 0; i < batch.ids.size(); ++i)
      for (std::int64_t d = 0; d < kWidth; ++d)
        g[batch.ids[i] * kWidth + d] = static_cast<R>(batch.values[i * kWidth + d]);
    for (std::int64_t i = 0; i < kElements && (o.l1 > 0 || o.l2 > 0); ++i) {
      const R sign = w[i] >= 0 ? R(1) : R(-1);  // Keras on JAX: 1 at zero (regularizers.json)
      g[i] += static_cast<R>(o.l1) * sign + static_cast<R>(2 * o.l2) * w[i];
    }
    const std::int64_t steps = calls / o.accumulation;
    bool moves = true;
    if (o.accumulation > 1) {
      for (std::int64_t i = 0; i < kElements; ++i) sum[i] += g[i];
      moves = (calls + 1) % o.accumulation == 0;
      if (moves) {
        for (std::int64_t i = 0; i < kElements; ++i) g[i] = sum[i] / static_cast<R>(o.accumulation);
        std::fill(sum.begin(), sum.end(), R(0));
      }
    }
    if (moves) {
      clip();
      if (o.weight_decay > 0)
        for (R& x : w) x -= x * static_cast<R>(o.weight_decay) * rate;
      rule(w.data(), g.data(), a.data(), b.data(), c.data(), {rate, steps + 1});
    }
    if (o.use_ema) {
      const R momentum = steps != 0 ? static_cast<R>(0.99) : R(0);
      for (std::int64_t i = 0; i < kElements; ++i)
        average[i] = momentum * average[i] + (1 - momentum) * w[i];
      if (o.overwrite > 0 && (steps + 1) % o.overwrite == 0) w = average;
    }
    constrain();
    ++calls;
  }
};

template <class R>
R power(double base, std::int64_t n) {
  return static_cast<R>(
      std::pow(static_cast<double>(static_cast<R>(base)), static_cast<double>(n)));
}

/// A rule: the name of its class, its own options, and its formula.
struct Rules {
  std::string name;
  std::string class_name;
  std::vector<std::pair<std::string, Config>> config;
  double first_a = 0;
  double rate = 0.01;
  Dense<double> truth;
  Dense<float> dense;
};

template <class R>
R c(double x) {
  return static_cast<R>(x);
}

template <class R>
Dense<R> momentum(bool nesterov) {
  return each<R>([=](const Scalars<R>& s) {
    return [=](R& w, R g, R& m, R&, R&) {
      m = m * c<R>(0.9) - g * s.rate;
      w += nesterov ? m * c<R>(0.9) - g * s.rate : m;
    };
  });
}
template <class R>
Dense<R> rmsprop(bool has_momentum, bool centered) {
  return each<R>([=](const Scalars<R>& s) {
    return [=](R& w, R g, R& v, R& m, R& mean) {
      v = c<R>(0.9) * v + c<R>(1 - 0.9) * (g * g);
      R d = v + c<R>(1e-7);
      if (centered) {
        mean = c<R>(0.9) * mean + c<R>(1 - 0.9) * g;
        d = v - mean * mean + c<R>(1e-7);
      }
      const R step = s.rate * g / std::sqrt(d);
      if (has_momentum) {
        m = c<R>(0.8) * m + step;
        w -= m;
      } else {
        w -= step;
      }
    };
  });
}
template <class R>
Dense<R> adam(bool amsgrad) {
  return each<R>([=](const Scalars<R>& s) {
    const R alpha = s.rate * std::sqrt(1 - power<R>(0.999, s.step)) / (1 - power<R>(0.9, s.step));
    return [=](R& w, R g, R& m, R& v, R& top) {
      m += (g - m) * c<R>(1 - 0.9);
      v += (g * g - v) * c<R>(1 - 0.999);
      top = std::max(top, v);
      w -= m * alpha / (std::sqrt(amsgrad ? top : v) + c<R>(1e-7));
    };
  });
}
template <class R>
Dense<R> adagrad() {
  return each<R>([](const Scalars<R>& s) {
    return [=](R& w, R g, R& a, R&, R&) {
      a += g * g;
      w -= s.rate * g / std::sqrt(a + c<R>(1e-7));
    };
  });
}
template <class R>
Dense<R> adadelta() {
  return each<R>([](const Scalars<R>& s) {
    return [=](R& w, R g, R& a, R& d, R&) {
      a = c<R>(0.95) * a + c<R>(1 - 0.95) * (g * g);
      const R step = -std::sqrt(d + c<R>(1e-7)) * g / std::sqrt(a + c<R>(1e-7));
      d = c<R>(0.95) * d + c<R>(1 - 0.95) * (step * step);
      w += s.rate * step;
    };
  });
}
template <class R>
Dense<R> adamax() {
  return each<R>([](const Scalars<R>& s) {
    const R rest = 1 - power<R>(0.9, s.step);
    return [=](R& w, R g, R& m, R& u, R&) {
      m += (g - m) * c<R>(1 - 0.9);
      u = std::max(c<R>(0.999) * u, std::abs(g));
      w -= s.rate * m / (rest * (u + c<R>(1e-7)));
    };
  });
}
template <class R>
Dense<R> nadam() {
  return each<R>([product = R(1)](const Scalars<R>& s) mutable {
    // Scalars of a step are taken in double, and rounded once.
    const double u = 0.9 * (1 - 0.5 * power<double>(0.96, s.step));
    const double next = 0.9 * (1 - 0.5 * power<double>(0.96, s.step + 1));
    product = c<R>(product * u);
    const R before = c<R>(1 - double(product)), after = c<R>(1 - product * next);
    const R rest = c<R>(1 - power<double>(0.999, s.step));
    return [=](R& w, R g, R& m, R& v, R&) {
      m += (g - m) * c<R>(1 - 0.9);
      v += (g * g - v) * c<R>(1 - 0.999);
      const R mean = c<R>(next) * m / after + c<R>(1 - u) * g / before;
      w -= mean * s.rate / (std::sqrt(v / rest) + c<R>(1e-7));
    };
  });
}
template <class R>
Dense<R> ftrl(double shrinkage) {
  return each<R>([=](const Scalars<R>& s) {
    return [=](R& w, R g, R& a, R& z, R&) {
      const R grown = a + g * g;
      z += g + c<R>(2 * shrinkage) * w - (std::sqrt(grown) - std::sqrt(a)) / s.rate * w;
      const R quadratic = std::sqrt(grown) / s.rate + c<R>(2 * 0.02);
      w = (std::clamp(z, -c<R>(1e-3), c<R>(1e-3)) - z) / quadratic;
      a = grown;
    };
  });
}
template <class R>
Dense<R> lion() {
  return each<R>([](const Scalars<R>& s) {
    return [=](R& w, R g, R& m, R&, R&) {
      const R x = m * c<R>(0.9) + g * (1 - c<R>(0.9));
      w -= s.rate * (x > 0 ? R(1) : x < 0 ? R(-1) : R(0));
      m = m * c<R>(0.99) + g * (1 - c<R>(0.99));
    };
  });
}
template <class R>
Dense<R> sgd() {
  return each<R>(
      [](const Scalars<R>& s) { return [=](R& w, R g, R&, R&, R&) { w -= g * s.rate; }; });
}

std::vector<Rules> rules() {
  const auto rule = [](std::string name, std::string class_name,
                       std::vector<std::pair<std::string, Config>> config, Dense<double> truth,
                       Dense<float> dense, double rate = 0.01, double first_a = 0) {
    return Rules{std::move(name),  std::move(class_name), std::move(config), first_a, rate,
                 std::move(truth), std::move(dense)};
  };
  return {
      rule("SGD", "SGD", {}, sgd<double>(), sgd<float>()),
      rule("Momentum", "SGD", {{"momentum", 0.9}}, momentum<double>(false), momentum<float>(false)),
      rule("Nesterov", "SGD", {{"momentum", 0.9}, {"nesterov", true}}, momentum<double>(true),
           momentum<float>(true)),
      rule("RMSprop", "RMSprop", {}, rmsprop<double>(false, false), rmsprop<float>(false, false)),
      rule("RMSpropMomentum", "RMSprop", {{"momentum", 0.8}}, rmsprop<double>(true, false),
           rmsprop<float>(true, false)),
      rule("RMSpropCentered", "RMSprop", {{"centered", true}}, rmsprop<double>(false, true),
           rmsprop<float>(false, true)),
      rule("RMSpropCenteredMomentum", "RMSprop", {{"momentum", 0.8}, {"centered", true}},
           rmsprop<double>(true, true), rmsprop<float>(true, true)),
      rule("Adam", "Adam", {}, adam<double>(false), adam<float>(false)),
      rule("AdamW", "AdamW", {}, adam<double>(false), adam<float>(false)),
      rule("Amsgrad", "Adam", {{"amsgrad", true}}, adam<double>(true), adam<float>(true)),
      rule("Adagrad", "Adagrad", {}, adagrad<double>(), adagrad<float>(), 0.01, 0.1),
      rule("Adadelta", "Adadelta", {}, adadelta<double>(), adadelta<float>(), 1.0),
      rule("Adamax", "Adamax", {}, adamax<double>(), adamax<float>()),
      rule("Nadam", "Nadam", {}, nadam<double>(), nadam<float>()),
      rule("Ftrl", "Ftrl",
           {{"l1_regularization_strength", 1e-3}, {"l2_regularization_strength", 0.02}},
           ftrl<double>(0), ftrl<float>(0), 0.01, 0.1),
      rule("FtrlShrinkage", "Ftrl",
           {{"l1_regularization_strength", 1e-3},
            {"l2_regularization_strength", 0.02},
            {"l2_shrinkage_regularization_strength", 0.1}},
           ftrl<double>(0.1), ftrl<float>(0.1), 0.01, 0.1),
      rule("Lion", "Lion", {}, lion<double>(), lion<float>(), 0.001),
  };
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

// -- ours
// --------------------------------------------------------------------------------------------

Config dict(std::initializer_list<std::pair<std::string, Config>> entries) {
  Config config = Config::dict();
  for (const auto& [key, value] : entries) config[key] = value;
  return config;
}
Config object(std::string class_name, Config config) {
  return dict({{"class_name", Config(std::move(class_name))}, {"config", std::move(config)}});
}

std::shared_ptr<Optimizer> make_optimizer(const Rules& rule, const Options& o) {
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
  return Optimizer::deserialize(object(rule.class_name, config));
}

std::shared_ptr<Variable> make_table(const Options& o) {
  const auto storage =
      std::make_shared<table::RowStorage>(Tensor::from(first_weights(), Shape{kRows, kWidth}));
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

bool has_closed_form(const Rules& rule, const Options& o) {
  return rule.name != "Nadam" && !rule.name.starts_with("Ftrl") && !o.use_ema &&
         o.constraint.empty() && o.l1 == 0 && o.l2 == 0;
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

class Deferred : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Deferred, IsAsNearToTheTruthAsTheDenseLoop) {
  const Rules rule = rules()[GetParam() / options().size()];
  Options o = options()[GetParam() % options().size()];
  if (rule.name == "AdamW" && o.weight_decay == 0) o.weight_decay = 0.004;  // it has no other way
  const auto optimizer = make_optimizer(rule, o);
  const auto variable = make_table(o);
  Loop<double> truth(o, rule.truth, rule.first_a);
  Loop<float> dense(o, rule.dense, rule.first_a);
  Variable* const variables[] = {variable.get()};
  // The same as a plain weight, every row of which is visited at every step.
  const auto swept = make_optimizer(rule, o);
  Variable plain("embedding/embeddings", Tensor::from(first_weights(), Shape{kRows, kWidth}));
  plain.regularizer = variable->regularizer;
  plain.constraint = variable->constraint;
  Variable* const plain_variables[] = {&plain};
  const bool same_bits = !has_closed_form(rule, o);

  for (std::int64_t t = 0; t < kSteps; ++t) {
    const Batch& batch = batches()[static_cast<std::size_t>(t)];
    if (!o.schedule)
      optimizer->set_learning_rate(rule.rate * (1 + 0.5 * std::sin(0.01 * static_cast<double>(t))));
    const float rate = optimizer->learning_rate();
    variable->add_gradient(SparseRows{
        batch.ids,
        Tensor::from(batch.values, {static_cast<std::int64_t>(batch.ids.size()), kWidth})});
    optimizer->apply(variables);
    if (same_bits) {
      if (!o.schedule) swept->set_learning_rate(rate);
      plain.add_gradient(variable->row_gradient());
      swept->apply(plain_variables);
      plain.clear_gradient();
    }
    variable->clear_gradient();
    truth.apply(batch, rate);
    dense.apply(batch, rate);
  }
  const Tensor value = variable->value();
  const Distance ours = distance(std::as_const(value).data<float>(), truth.w);
  Distance theirs = distance(std::span<const float>(dense.w), truth.w);
  if (same_bits) {
    // What is replayed or swept is the dense loop of this library, which sums norms in another
    // order than the loop above and so has another largest error.
    const Tensor all = plain.value();
    const auto bits = std::as_const(all).data<float>();
    EXPECT_TRUE(std::equal(bits.begin(), bits.end(), std::as_const(value).data<float>().begin()));
    const Distance library = distance(bits, truth.w);
    theirs.largest = std::max(theirs.largest, library.largest);
  }
  RecordProperty("rms_over_dense", std::to_string(ours.rms / theirs.rms));
  RecordProperty("rms", std::to_string(ours.rms * 1e9) + "e-9");
  EXPECT_LE(ours.rms, 1.5 * theirs.rms);
  EXPECT_LE(ours.largest, 1.5 * theirs.largest);
}

INSTANTIATE_TEST_SUITE_P(Every, Deferred,
                         ::testing::ValuesIn(testing::sampled_grid(rules().size(), options().size(),
                                                                   10)),
                         [](const auto& info) {
                           return rules()[info.param / options().size()].name + "_" +
                                  options()[info.param % options().size()].name;
                         });

}  // namespace
}  // namespace keratin::optimizers
