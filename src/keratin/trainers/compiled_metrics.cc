// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/compiled_metrics.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/metrics/metrics.h"

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

std::vector<std::string> metric_names(const std::vector<OutputChoices>& outputs) {
  std::vector<std::string> weighted;
  std::vector<std::string> taken = {"loss"};
  const auto prefix = [](const OutputChoices& output) {
    return output.name.empty() ? std::string() : output.name + "_";
  };
  for (const OutputChoices& output : outputs) {
    for (const MetricChoice& choice : output.metrics)
      taken.push_back(numbered(taken, prefix(output) + choice.name()));
  }
  for (const OutputChoices& output : outputs) {
    for (const MetricChoice& choice : output.weighted_metrics) {
      const std::string name = prefix(output) + choice.name();
      taken.push_back(contains(taken, name)
                          ? numbered(taken, prefix(output) + "weighted_" + choice.name())
                          : name);
    }
  }
  taken.erase(taken.begin());
  return taken;
}

CompiledMetrics::CompiledMetrics(const std::vector<OutputChoices>& outputs, const Tensors& y_true,
                                 const Values& y_pred) {
  const std::vector<std::string> names = metric_names(outputs);
  for (const bool weighted : {false, true}) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      for (const MetricChoice& choice :
           weighted ? outputs[i].weighted_metrics : outputs[i].metrics) {
        metrics_.push_back({choice.resolve(y_true[i].shape(), y_pred[i].shape()), i, weighted,
                            names[metrics_.size()]});
      }
    }
  }
}

const metrics::Metric* CompiledMetrics::find(std::string_view name) const {
  for (const OfOutput& of : metrics_) {
    if (of.name == name) return of.metric.get();
  }
  return nullptr;
}

void CompiledMetrics::update(const Batch& batch, const Values& y_pred) {
  // Keras: sample weights reach the weighted metrics only; the mask reaches all.
  for (const OfOutput& of : metrics_) {
    const Value& output = y_pred[of.output];
    of.metric->update_state(
        batch.y[of.output], output.tensor(),
        of.weighted && !batch.sample_weight.empty() ? batch.sample_weight[of.output] : Tensor(),
        output.has_mask() ? output.mask().tensor() : Tensor());
  }
}

void CompiledMetrics::reset() {
  for (const OfOutput& of : metrics_) of.metric->reset_state();
}

RunState CompiledMetrics::run_state() const {
  RunState state;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const std::vector<Tensor> variables = metrics_[i].metric->get_variables();
    for (std::size_t j = 0; j < variables.size(); ++j) state.set(str(i, "/", j), variables[j]);
  }
  return state;
}

void CompiledMetrics::set_run_state(const RunState& state) {
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const RunState of_metric = state.part(str(i));
    std::vector<Tensor> variables;
    while (const Tensor* const variable = of_metric.find(str(variables.size())))
      variables.push_back(*variable);
    metrics_[i].metric->set_variables(variables);
  }
}

RunState LossTracker::run_state() const {
  RunState state;
  state.set_number("total", total_);
  state.set_integer("samples", samples_);
  return state;
}

void LossTracker::set_run_state(const RunState& state) {
  total_ = state.number("total");
  samples_ = state.integer("samples");
}

bool CompiledMetrics::any_own() const {
  return std::ranges::any_of(metrics_, [](const OfOutput& of) {
    return !is_listed(metrics::entries(), of.metric->class_name());
  });
}

CompiledMetrics::State CompiledMetrics::state() const {
  State state;
  for (const OfOutput& of : metrics_) state.push_back(of.metric->get_variables());
  return state;
}

void CompiledMetrics::set_state(const State& state) {
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    metrics::Metric& metric = *metrics_[i].metric;
    if (state[i].empty() || state[i].size() != metric.get_variables().size()) {
      metric.reset_state();
    } else {
      metric.set_variables(state[i]);
    }
  }
}

void CompiledMetrics::add_to(Logs& logs) const {
  for (const OfOutput& of : metrics_) {
    const Tensor result = of.metric->result();
    const auto values = result.data<float>();
    if (result.shape().rank() == 0) {
      logs.append(of.name, static_cast<double>(values[0]));
      continue;
    }
    for (std::size_t k = 0; k < values.size(); ++k) {
      logs.append(str(of.name, "[", k, "]"), static_cast<double>(values[k]));
    }
  }
}

}  // namespace keratin::trainers
