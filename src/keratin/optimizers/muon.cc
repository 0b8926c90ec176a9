// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/muon.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <memory>

#include "keratin/base/error.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/shapes.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {
namespace {

constexpr std::int64_t kMostSteps = 100;  // five do; a file may say a billion

bool takes_adam(const MuonOptions& o, const Variable& variable) {
  if (variable.shape().rank() != 2) return true;
  const std::string path = variable.path();
  std::string lower = path;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (o.exclude_embeddings && lower.find("embedding") != std::string::npos) return true;
  // Keras: regular expressions.
  return std::any_of(o.exclude_layers->begin(), o.exclude_layers->end(),
                     [&](const std::string& part) { return path.find(part) != std::string::npos; });
}

class MuonRule final : public OwnRule {
 public:
  explicit MuonRule(const MuonOptions& o) : o_(o) {}
  std::optional<double> weight_decay(const Variable& variable,
                                     std::optional<double>) const override {
    return takes_adam(o_, variable) ? o_.adam_weight_decay : o_.weight_decay;
  }

 private:
  MuonOptions o_;
};

MuonOptions with_lists(MuonOptions o) {
  if (!o.exclude_layers) o.exclude_layers.emplace();
  return o;
}

}  // namespace

template <class F>
void fields(F& f, MuonOptions& o) {
  common_fields(f, o);
  f("adam_beta_1", o.adam_beta_1);
  f("adam_beta_2", o.adam_beta_2);
  f("epsilon", o.epsilon);
  f("exclude_layers", o.exclude_layers);
  f("muon_a", o.muon_a);
  f("muon_b", o.muon_b);
  f("muon_c", o.muon_c);
  f("adam_lr_ratio", o.adam_lr_ratio);
  f("momentum", o.momentum);
  f("ns_steps", o.ns_steps);
  f("nesterov", o.nesterov);
  f("exclude_embeddings", o.exclude_embeddings);
  f("adam_weight_decay", o.adam_weight_decay);
  f("rms_rate", o.rms_rate);
}

Muon::Muon(Options options)
    : Configured(with_lists(options), kName, common_options(options),
                 std::make_unique<MuonRule>(with_lists(options))) {
  if (options_.ns_steps < 0 || options_.ns_steps > kMostSteps)
    invalid_argument("Muon", "ns_steps must be in [0, 100]. Received: ", options_.ns_steps);
}

void Muon::build_variables(std::span<Variable* const> variables) {
  momentums_.clear();
  velocities_.clear();
  for (const Variable* variable : variables) {
    momentums_.push_back(&add_variable_like(*variable, "momentum"));
    velocities_.push_back(
        takes_adam(options_, *variable) ? &add_variable_like(*variable, "velocity") : nullptr);
  }
}

void Muon::update_step(const Value& gradient, Variable& variable, float learning_rate, Pass& step) {
  if (velocities_[index_of(variable)] != nullptr)
    return adam_step(gradient, variable, learning_rate, step);
  Variable& momentum = *momentums_[index_of(variable)];
  const Value m = options_.momentum * step.value(momentum) + gradient;
  const Value x = orthogonalized(options_.nesterov ? gradient + options_.momentum * m : m);
  double rate = static_cast<double>(learning_rate);
  if (options_.rms_rate) {
    const Shape& shape = variable.shape();
    rate *= std::sqrt(static_cast<double>(std::max(shape[0], shape[1]))) * *options_.rms_rate;
  }
  step.update(momentum, m.tensor());
  step.update(variable, (step.value(variable) - rate * x).tensor());
}

/// Newton and Schulz's iteration.
Value Muon::orthogonalized(const Value& given) const {
  const bool is_tall = given.shape()[0] > given.shape()[1];
  Value x = is_tall ? ops::transpose(given) : given;
  x = x / (ops::sqrt(ops::sum(ops::square(x))) + 1e-7);
  for (std::int64_t i = 0; i < options_.ns_steps; ++i) {
    const Value s = ops::matmul_transposed(x, x);
    const Value push = options_.muon_b * s + ops::matmul(options_.muon_c * s, s);
    x = options_.muon_a * x + ops::matmul(push, x);
  }
  return is_tall ? ops::transpose(x) : x;
}

void Muon::adam_step(const Value& gradient, Variable& variable, float learning_rate,
                     Pass& step) const {
  Variable& momentum = *momentums_[index_of(variable)];
  Variable& velocity = *velocities_[index_of(variable)];
  const std::int64_t t = iterations() + 1;
  const float bias_1 = 1.0f - power(static_cast<float>(options_.adam_beta_1), t);
  const float bias_2 = 1.0f - power(static_cast<float>(options_.adam_beta_2), t);
  const double alpha = static_cast<double>(learning_rate) * options_.adam_lr_ratio *
                       static_cast<double>(std::sqrt(bias_2) / bias_1);
  Value m = step.value(momentum);
  Value v = step.value(velocity);
  m = m + (gradient - m) * (1 - options_.adam_beta_1);
  v = v + (ops::square(gradient) - v) * (1 - options_.adam_beta_2);
  step.update(momentum, m.tensor());
  step.update(velocity, v.tensor());
  step.update(variable,
              (step.value(variable) - alpha * m / (ops::sqrt(v) + options_.epsilon)).tensor());
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::Muon, optimizers::MuonOptions, optimizers::Optimizer>;
}  // namespace keratin
