// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/compiling.h"

#include <string>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/named_list.h"

namespace keratin::saving {
namespace {

using trainers::LossChoice;
using trainers::MetricChoice;

bool is_one(const Config& config) {
  return !config.is_list() && (!config.is_dict() || config.find("class_name") != nullptr);
}

/// The name in "mse" and in Keras 3's {"class_name": "function", "config": "mse"}; null for others.
const std::string* name_in(const Config& config) {
  if (config.is_string()) return &config.as_string();
  const Config* const kind = config.find("class_name");
  const bool is_function = kind != nullptr && *kind == Config("function");
  return is_function ? &config.at("config").as_string() : nullptr;
}

/// The user's object of that class, made by a function of type Maker; null where there is none.
template <class Maker>
typename Maker::result_type custom_from(const Config& config, const CustomObjects& custom) {
  for (const std::string_view name : names_of_class(config)) {
    const auto found = custom.find(name);
    const Maker* const make = found == custom.end() ? nullptr : std::get_if<Maker>(&found->second);
    if (make == nullptr) continue;
    const Config* const inner = config.find("config");
    return at_place("config", [&] {
      auto object = (*make)(inner == nullptr ? Config() : *inner);
      if (!object) invalid_argument(found->first, "the custom object gave nothing.");
      return object;
    });
  }
  return nullptr;
}

LossChoice loss_from(const Config& config, const CustomObjects& custom) {
  if (config.is_null()) return {};
  if (const std::string* const name = name_in(config)) return LossChoice(*name);
  if (auto own = custom_from<LossMaker>(config, custom)) return LossChoice(std::move(own));
  return LossChoice(losses::Loss::deserialize(config));
}

double weight_from(const Config& config) { return config.is_null() ? 1 : config.as_double(); }

/// One, a list or a dict of what `entry_from` reads.
template <class T, class EntryFrom>
trainers::PerOutput<T> per_output(const Config& config, EntryFrom entry_from) {
  if (config.is_null()) return {};
  if (is_one(config)) return T(entry_from(config));
  if (config.is_list()) {
    std::vector<T> list;
    for (const Config& item : config.as_list())
      at_place(list.size(), [&] { list.push_back(entry_from(item)); });
    return list;
  }
  std::vector<std::pair<std::string, T>> named;
  for (const auto& [key, value] : config.as_dict())
    at_place(key, [&, &key = key, &value = value] { named.emplace_back(key, entry_from(value)); });
  return named;
}

MetricChoice metric_from(const Config& config, const CustomObjects& custom) {
  if (const std::string* const name = name_in(config)) return MetricChoice(*name);
  if (auto own = custom_from<MetricMaker>(config, custom)) return MetricChoice(std::move(own));
  return MetricChoice(metrics::Metric::deserialize(config));
}

std::vector<MetricChoice> of_one_output(const Config& config, const CustomObjects& custom) {
  std::vector<MetricChoice> metrics;
  if (config.is_null()) return metrics;
  if (is_one(config)) return {metric_from(config, custom)};
  for (const Config& item : config.as_list())
    at_place(metrics.size(), [&] { metrics.push_back(metric_from(item, custom)); });
  return metrics;
}

trainers::MetricChoices metrics_from(const Config& config, const CustomObjects& custom) {
  if (config.is_null()) return {};
  if (config.is_dict() && !is_one(config)) {
    std::vector<std::pair<std::string, std::vector<MetricChoice>>> named;
    for (const auto& [key, value] : config.as_dict()) {
      at_place(key, [&, &key = key, &value = value] {
        named.emplace_back(key, of_one_output(value, custom));
      });
    }
    return named;
  }
  if (!config.is_list()) return of_one_output(config, custom);
  bool of_outputs = false;
  for (const Config& item : config.as_list()) of_outputs = of_outputs || item.is_list();
  if (!of_outputs) return of_one_output(config, custom);
  std::vector<std::vector<MetricChoice>> lists;
  for (const Config& item : config.as_list())
    at_place(lists.size(), [&] { lists.push_back(of_one_output(item, custom)); });
  return lists;
}

template <class Read>
auto read_at(const Config& config, std::string_view key, Read read) {
  static const Config kNone;
  const Config* const found = config.find(key);
  return at_place(key, [&] { return read(found == nullptr ? kNone : *found); });
}

}  // namespace

trainers::CompileOptions compile_options_from(const Config& config, const CustomObjects& custom) {
  trainers::CompileOptions options;
  const auto loss = [&](const Config& given) { return loss_from(given, custom); };
  const auto metrics = [&](const Config& given) { return metrics_from(given, custom); };
  read_at(config, "optimizer", [&](const Config& given) {
    if (given.is_null()) return 0;
    auto own = custom_from<OptimizerMaker>(given, custom);
    options.optimizer = own ? std::move(own) : optimizers::Optimizer::deserialize(given);
    return 0;
  });
  options.loss = read_at(config, "loss",
                         [&](const Config& given) { return per_output<LossChoice>(given, loss); });
  options.loss_weights = read_at(config, "loss_weights", [](const Config& given) {
    return per_output<double>(given, weight_from);
  });
  options.metrics = read_at(config, "metrics", metrics);
  options.weighted_metrics = read_at(config, "weighted_metrics", metrics);
  return options;
}

}  // namespace keratin::saving
