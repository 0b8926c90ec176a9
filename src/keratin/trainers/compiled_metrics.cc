// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/compiled_metrics.h"

#include <algorithm>

#include "keratin/base/error.h"

namespace keratin::trainers {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// `name`, or name_1, name_2 ...: the first that is free.
std::string numbered(const std::vector<std::string>& taken, const std::string& name) {
  std::string candidate = name;
  for (int i = 1; contains(taken, candidate); ++i) candidate = str(name, "_", i);
  return candidate;
}

}  // namespace

std::vector<std::string> log_names(const CompileOptions& options) {
  std::vector<std::string> taken = {"loss"};
  for (const MetricChoice& choice : options.metrics)
    taken.push_back(numbered(taken, choice.name()));
  for (const MetricChoice& choice : options.weighted_metrics) {
    const bool is_free = !contains(taken, choice.name());
    taken.push_back(is_free ? choice.name() : numbered(taken, "weighted_" + choice.name()));
  }
  taken.erase(taken.begin());
  return taken;
}

CompiledMetrics::CompiledMetrics(const CompileOptions& options, const Shape& y_true,
                                 const Shape& y_pred)
    : weighted_from_(options.metrics.size()), names_(log_names(options)) {
  for (const MetricChoice& choice : options.metrics)
    metrics_.push_back(choice.resolve(y_true, y_pred));
  for (const MetricChoice& choice : options.weighted_metrics) {
    metrics_.push_back(choice.resolve(y_true, y_pred));
  }
}

const metrics::Metric* CompiledMetrics::find(std::string_view name) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return metrics_[i].get();
  }
  return nullptr;
}

void CompiledMetrics::update(const Batch& batch, const Tensor& y_pred, const Tensor& mask) {
  // Keras: sample weights reach the weighted metrics only; the mask reaches all.
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    metrics_[i]->update_state(batch.y, y_pred, i < weighted_from_ ? Tensor() : batch.sample_weight,
                              mask);
  }
}

void CompiledMetrics::reset() {
  for (const auto& metric : metrics_) metric->reset_state();
}

void CompiledMetrics::add_to(Logs& logs) const {
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const Tensor result = metrics_[i]->result();
    const auto values = result.data<float>();
    if (result.shape().rank() == 0) {
      logs.append(names_[i], static_cast<double>(values[0]));
      continue;
    }
    for (std::size_t k = 0; k < values.size(); ++k) {
      logs.append(str(names_[i], "[", k, "]"), static_cast<double>(values[k]));
    }
  }
}

}  // namespace keratin::trainers
