// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/compile_choices.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"

namespace keratin::trainers {

bool JointLosses::is_of(std::size_t output) const {
  return std::any_of(losses.begin(), losses.end(), [&](const One& one) {
    return std::find(one.outputs.begin(), one.outputs.end(), output) != one.outputs.end();
  });
}

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_crossentropy(std::string_view name) {
  const std::string low = lower(name);
  return low == "crossentropy" || low == "ce";
}

bool is_accuracy(std::string_view name) {
  const std::string low = lower(name);
  return low == "accuracy" || low == "acc";
}

/// "binary_", "sparse_categorical_" or "categorical_". Keras: `is_binary_or_sparse_categorical`.
std::string kind_of(const Shape& y_true, const Shape& y_pred) {
  if (y_pred.rank() == 0) return "binary_";
  if (y_pred.back() == 1) return "binary_";
  if (y_true.rank() < y_pred.rank() || y_true.back() == 1) return "sparse_categorical_";
  return "categorical_";
}

}  // namespace

LossChoice::LossChoice(const std::string& name) : name_(name) {
  if (!is_crossentropy(name)) loss_ = name;
}

std::shared_ptr<const losses::Loss> LossChoice::resolve(const Shape& y_true,
                                                        const Shape& y_pred) const {
  if (loss_ || name_.empty()) return loss_.shared();
  return losses::Loss::get(kind_of(y_true, y_pred) + "crossentropy");
}

Config to_config(const LossChoice& choice) {
  return choice.name_.empty() ? to_config(choice.loss_) : Config(choice.name_);
}

MetricChoice::MetricChoice(const std::string& name) : name_(name) {
  if (!is_accuracy(name)) metrics::Metric::require_known(name);  // here, not in fit
}

std::shared_ptr<metrics::Metric> MetricChoice::resolve(const Shape& y_true,
                                                       const Shape& y_pred) const {
  if (metric_) return metric_.shared();
  if (name_.empty())
    invalid_argument("compile", "an entry of metrics is None: give a name or an object.");
  std::shared_ptr<metrics::Metric> metric =
      metrics::Metric::get(is_accuracy(name_) ? kind_of(y_true, y_pred) + "accuracy" : name_);
  metric->set_name(name_);
  return metric;
}

Config to_config(const MetricChoice& choice) {
  return choice.metric_ ? choice.metric_->serialize() : Config(choice.name_);
}

MetricChoices::MetricChoices(std::vector<MetricChoice> flat) {
  if (!flat.empty()) PerOutput::operator=(PerOutput(std::move(flat)));
}

namespace {

/// Keras: a flat list of several outputs' metrics has one for each.
std::vector<std::vector<MetricChoice>> metrics_of(std::string_view option,
                                                  const MetricChoices& metrics,
                                                  const std::vector<std::string>& outputs) {
  std::vector<std::vector<MetricChoice>> result = metrics.of_outputs(option, outputs, false);
  if (!metrics.is_one() || result.size() == 1) return result;
  const std::vector<MetricChoice> flat = std::move(result[0]);
  if (flat.size() != outputs.size()) {
    invalid_argument("compile", option, " of ", outputs.size(),
                     " outputs must be named by them, or a list with an entry for each. Received: ",
                     flat.size(), flat.size() == 1 ? " entry." : " entries.");
  }
  for (std::size_t i = 0; i < flat.size(); ++i) result[i] = {flat[i]};
  return result;
}

void check_joint(const CompileOptions& options, const std::vector<std::string>& outputs) {
  const JointLosses& joint = *options.joint_losses;
  if (!options.loss.empty() || !options.loss_weights.empty())
    invalid_argument("compile", "loss and loss_weights must be left out beside joint_losses.");
  if (joint.losses.empty() || !joint.of_batch)
    invalid_argument("compile", "joint_losses must have a loss, and a function that gives it.");
  const std::size_t count = std::max<std::size_t>(outputs.size(), 1);
  for (const JointLosses::One& one : joint.losses) {
    for (const std::size_t output : one.outputs) {
      if (output >= count) {
        invalid_argument("compile", "joint_losses: loss '", one.name, "' is of output ", output,
                         " of a model of ", count, ".");
      }
    }
  }
}

}  // namespace

Config to_config(const CompileOptions& options) {
  if (options.joint_losses) {
    invalid_argument("get_compile_config",
                     "joint_losses has a function, which no config holds: leave out what the model "
                     "was compiled with (include_optimizer = false).");
  }
  Config config = Config::dict();
  config["optimizer"] = to_config(options.optimizer);
  config["loss"] = to_config(options.loss);
  config["loss_weights"] = to_config(options.loss_weights);
  config["metrics"] = to_config(options.metrics);
  config["weighted_metrics"] = to_config(options.weighted_metrics);
  return config;
}

std::vector<OutputChoices> choices_of(const CompileOptions& options,
                                      const std::vector<std::string>& outputs) {
  if (options.joint_losses) check_joint(options, outputs);
  const auto losses = options.loss.of_outputs("loss", outputs, true);
  const auto weights = options.loss_weights.of_outputs("loss_weights", outputs, true);
  auto metrics = metrics_of("metrics", options.metrics, outputs);
  auto weighted = metrics_of("weighted_metrics", options.weighted_metrics, outputs);
  std::vector<OutputChoices> result(losses.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (outputs.size() > 1) result[i].name = outputs[i];
    result[i].loss = losses[i];
    if (!options.loss_weights.empty()) result[i].loss_weight = weights[i];
    result[i].metrics = std::move(metrics[i]);
    result[i].weighted_metrics = std::move(weighted[i]);
    result[i].in_joint = options.joint_losses && options.joint_losses->is_of(i);
  }
  return result;
}

}  // namespace keratin::trainers
