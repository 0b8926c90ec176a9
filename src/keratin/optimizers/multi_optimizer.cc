// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/multi_optimizer.h"

#include <algorithm>
#include <regex>
#include <unordered_set>

#include "keratin/base/error.h"
#include "keratin/optimizers/common_options.h"

namespace keratin::optimizers {
namespace {

constexpr std::string_view kMulti = MultiOptimizer::kName;
constexpr std::size_t kLongest = 1000;  // of an expression and of a path: a file may have more

std::regex expression(const std::string& pattern) {
  if (pattern.size() > kLongest) {
    invalid_argument(kMulti,
                     "an expression must have 1000 characters at most. Received: ", pattern.size());
  }
  auto how = std::regex::ECMAScript;
#ifdef __GLIBCXX__
  how |= std::regex_constants::__polynomial;  // else one of a stranger's may take forever
#endif
  try {
    return std::regex(pattern, how);
  } catch (const std::regex_error& error) {
    invalid_argument(kMulti, "'", pattern, "' is no regular expression: ", error.what());
  }
}

/// Each once, those of the map before the default.
std::vector<std::shared_ptr<Optimizer>> optimizers_of(const OptimizerMap& map) {
  if (!map.default_optimizer)
    invalid_argument(kMulti, "optimizer_map must have a default optimizer. Received: None");
  std::vector<std::shared_ptr<Optimizer>> all;
  const auto add = [&](const Identifier<Optimizer>& one) {
    if (!one) invalid_argument(kMulti, "an optimizer of the map must be given. Received: None");
    if (dynamic_cast<const SharedOut*>(one.get()) != nullptr)
      invalid_argument(kMulti, "an optimizer of the map cannot be a ", one->class_name(), ".");
    if (std::ranges::find(all, one.shared()) == all.end()) all.push_back(one.shared());
  };
  std::unordered_set<std::string> keys;
  for (const auto& [key, optimizer] : map.optimizers) {
    expression(key);
    if (!keys.insert(key).second) invalid_argument(kMulti, "'", key, "' stands in the map twice.");
    add(optimizer);
  }
  add(map.default_optimizer);
  return all;
}

[[noreturn]] void no_rate() {
  wrong_moment(kMulti, "there is no learning rate of all: ask the optimizers.");
}

}  // namespace

Config to_config(const OptimizerMap& map) {
  Config named = Config::dict();
  for (const auto& [key, optimizer] : map.optimizers) named[key] = to_config(optimizer);
  Config parts = Config::dict();
  parts["default_optimizer"] = to_config(map.default_optimizer);
  parts["optimizer_map"] = std::move(named);
  Config config = Config::dict();
  config["module"] = "keras.optimizers";
  config["class_name"] = "OptimizerMap";
  config["config"] = std::move(parts);
  config["registered_name"] = Config();
  return config;
}

void from_config(const Config& config, OptimizerMap& map) {
  const Config& parts = config.at("config");
  from_config(parts.at("default_optimizer"), map.default_optimizer);
  map.optimizers.clear();
  for (const auto& [key, optimizer] : parts.at("optimizer_map").as_dict())
    from_config(optimizer, map.optimizers.emplace_back(key, nullptr).second);
}

template <class F>
void fields(F& f, MultiOptimizerOptions& o) {
  f("optimizer_map", o.optimizer_map);
  f("loss_scale_factor", o.loss_scale_factor);
  f("name", o.name);
}

MultiOptimizer::MultiOptimizer(const Options& options)
    : Configured(options, kName, OptimizerOptions{.learning_rate = 0.0, .name = options.name},
                 optimizers_of(options.optimizer_map)) {
  set_loss_scale_factor(options.loss_scale_factor);
}

std::size_t MultiOptimizer::place_of(const Variable& variable) const {
  const OptimizerMap& map = options_.optimizer_map;
  const std::string path = variable.path();
  const Identifier<Optimizer>* found = nullptr;
  for (const auto& [key, optimizer] : map.optimizers) {
    if (key == path) found = &optimizer;
  }
  for (std::size_t i = 0; found == nullptr && i < map.optimizers.size(); ++i) {
    const auto matches = [&](const auto& entry) {
      return path.size() <= kLongest && std::regex_match(path, expression(entry.first));
    };
    if (!matches(map.optimizers[i])) continue;
    if (std::any_of(map.optimizers.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                    map.optimizers.end(), matches))
      invalid_argument(kMulti, "several expressions of the map match the variable '", path, "'.");
    found = &map.optimizers[i].second;
  }
  if (found == nullptr) found = &map.default_optimizer;
  const auto place = std::ranges::find(optimizers(), found->shared());
  return static_cast<std::size_t>(place - optimizers().begin());
}

void MultiOptimizer::apply(std::span<Variable* const> variables, const Gradients& gradients) {
  if (variables.empty()) return;
  SharedOut::apply(variables, gradients);
  set_iterations(iterations() + 1);
}

bool MultiOptimizer::keeps_averages() const {
  return std::ranges::any_of(optimizers(), [](const auto& one) { return one->keeps_averages(); });
}

void MultiOptimizer::exchange(void (Optimizer::*averages)()) {
  if (!keeps_averages()) {
    invalid_argument(kMulti, "none of its optimizers keeps averages to swap: that takes use_ema. ",
                     "Received: use_ema=false");
  }
  for (const auto& optimizer : optimizers()) {
    if (optimizer->keeps_averages()) (optimizer.get()->*averages)();
  }
}

float MultiOptimizer::loss_scale_factor() const {
  return optimizers().front()->loss_scale_factor();  // of all the same
}

void MultiOptimizer::set_loss_scale_factor(std::optional<double> factor) {
  for (const auto& optimizer : optimizers()) optimizer->set_loss_scale_factor(factor);
}

float MultiOptimizer::learning_rate() const { no_rate(); }
void MultiOptimizer::set_learning_rate(double) { no_rate(); }
void MultiOptimizer::set_learning_rate(std::shared_ptr<const schedules::LearningRateSchedule>) {
  no_rate();
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::MultiOptimizer, optimizers::MultiOptimizerOptions,
                          optimizers::SharedOut>;
}  // namespace keratin
