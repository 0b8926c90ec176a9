// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/identifier.h"
#include "keratin/losses/loss.h"
#include "keratin/metrics/metric.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/trainers/joint_losses.h"
#include "keratin/trainers/per_output.h"

namespace keratin::trainers {

/// The option `loss`: a name, an object, or none. "crossentropy" and "ce" are chosen by the shapes
/// of the first batch, as in Keras: binary where the last axis of y_pred is 1, sparse categorical
/// where y_true has fewer axes or a last axis of 1, else categorical. An unknown name throws
/// std::invalid_argument at once.
class LossChoice {
 public:
  LossChoice() = default;
  LossChoice(const char* name) : LossChoice(std::string(name)) {}
  LossChoice(const std::string& name);
  template <class Object>
    requires std::convertible_to<Object, Identifier<const losses::Loss>>
  LossChoice(Object object) : loss_(std::move(object)) {}

  bool empty() const { return !loss_ && name_.empty(); }
  /// Null when empty.
  std::shared_ptr<const losses::Loss> resolve(const Shape& y_true, const Shape& y_pred) const;
  /// The name where it was given by name.
  friend Config to_config(const LossChoice& choice);

 private:
  Identifier<const losses::Loss> loss_;  // none where the shapes choose
  std::string name_;                     // where it was given by name
};

/// An entry of `metrics`: a name or an object. "accuracy" and "acc" (in any case) are chosen by the
/// shapes of the first batch, as `LossChoice` chooses. A metric given by name takes that name.
/// An unknown name throws std::invalid_argument at once.
class MetricChoice {
 public:
  MetricChoice(const char* name) : MetricChoice(std::string(name)) {}
  MetricChoice(const std::string& name);
  template <class Object>
    requires std::convertible_to<Object, Identifier<metrics::Metric>>
  MetricChoice(Object object) : metric_(std::move(object)) {}

  /// The name of its number in the logs, before equal names are told apart.
  const std::string& name() const { return metric_ ? metric_->name() : name_; }
  /// An object as it was given; for a name a metric of its own at each call.
  std::shared_ptr<metrics::Metric> resolve(const Shape& y_true, const Shape& y_pred) const;
  /// The name where it was given by name.
  friend Config to_config(const MetricChoice& choice);

 private:
  Identifier<metrics::Metric> metric_;
  std::string name_;  // where it was given by name
};

using LossChoices = PerOutput<LossChoice>;

/// The options `metrics` and `weighted_metrics`: {"accuracy", "auc"}, or for several outputs
/// {{"seen", {"accuracy", "auc"}}}; a list has an entry an output then.
class MetricChoices : public PerOutput<std::vector<MetricChoice>> {
 public:
  MetricChoices() = default;
  MetricChoices(std::vector<MetricChoice> flat);
  MetricChoices(std::initializer_list<MetricChoice> flat)
      : MetricChoices(std::vector<MetricChoice>(flat)) {}
  MetricChoices(std::vector<std::vector<MetricChoice>> of_outputs)
      : PerOutput(std::move(of_outputs)) {}
  MetricChoices(std::vector<Named> named) : PerOutput(std::move(named)) {}
  MetricChoices(std::initializer_list<Named> named) : PerOutput(named) {}
};

struct CompileOptions {
  Identifier<optimizers::Optimizer> optimizer = "rmsprop";
  LossChoices loss = {};                // of an output that has none: LossChoice()
  PerOutput<double> loss_weights = {};  // what the losses are multiplied with, by default 1
  MetricChoices metrics = {};           // see no sample_weight
  MetricChoices weighted_metrics = {};  // see sample_weight and class_weight
  /// In the place of `loss` and `loss_weights`, which must be left out then.
  std::shared_ptr<const JointLosses> joint_losses = {};
};

/// As Keras's `get_compile_config`. Throws std::invalid_argument for joint_losses, a function.
Config to_config(const CompileOptions& options);

/// What was said of one output.
struct OutputChoices {
  std::string name;  // empty where the model has one output
  LossChoice loss;
  double loss_weight = 1;
  std::vector<MetricChoice> metrics;
  std::vector<MetricChoice> weighted_metrics;
  bool in_joint = false;  // whether one of the joint losses is of it

  bool has_loss() const { return in_joint || !loss.empty(); }
};

/// An entry an output of those names; none for one without a name. Throws std::invalid_argument
/// where an option names an output that is not there, or has another number of entries.
std::vector<OutputChoices> choices_of(const CompileOptions& options,
                                      const std::vector<std::string>& outputs);

}  // namespace keratin::trainers
