// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/sensitivity_metrics.h"

#include <algorithm>

#include "keratin/metrics/mean.h"
#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

namespace {

/// num_thresholds places evenly over [0, 1]; one: 0.5.
std::vector<double> even_thresholds(std::int64_t number) {
  if (number == 1) return {0.5};
  std::vector<double> result;
  for (std::int64_t i = 0; i < number; ++i) {
    result.push_back(static_cast<double>(i) / static_cast<double>(number - 1));
  }
  return result;
}

/// The name of these options once they are checked. Keras: what is refused uses up no automatic
/// name.
template <class Options>
std::string checked_name(const Options& options, std::string_view who, std::string_view what,
                         double share) {
  if (!(share >= 0 && share <= 1)) {
    invalid_argument(who, what, " must be in the range [0, 1]. Received: ", share);
  }
  check_num_thresholds(who, options.num_thresholds, 1);
  return name_or_new(options.name, who);
}

// In float32, so that 4 / 5 reaches 0.8 as it does in Keras.
float share(double part, double rest) {
  return part + rest == 0 ? 0.0f : static_cast<float>(part / (part + rest));
}

float sensitivity(const ConfusionCounts& c, std::size_t i) {
  return share(c.true_positives[i], c.false_negatives[i]);
}
float specificity_of(const ConfusionCounts& c, std::size_t i) {
  return share(c.true_negatives[i], c.false_positives[i]);
}
float precision_of(const ConfusionCounts& c, std::size_t i) {
  return share(c.true_positives[i], c.false_positives[i]);
}

/// The largest `wanted` among the thresholds where `held` is at least `value`; 0 where there is
/// none.
template <class Held, class Wanted>
Tensor best_where(const ConfusionCounts& counts, double value, Held held, Wanted wanted) {
  float best = 0;
  for (std::size_t i = 0; i < counts.thresholds(); ++i) {
    if (held(counts, i) >= static_cast<float>(value)) best = std::max(best, wanted(counts, i));
  }
  return scalar(static_cast<double>(best));
}

}  // namespace

template <class F>
void fields(F& f, SensitivityAtSpecificityOptions& o) {
  common_fields(f, o);
  f("class_id", o.class_id);
  f("num_thresholds", o.num_thresholds);
  f("specificity", o.specificity);
}

template <class F>
void fields(F& f, SpecificityAtSensitivityOptions& o) {
  common_fields(f, o);
  f("class_id", o.class_id);
  f("num_thresholds", o.num_thresholds);
  f("sensitivity", o.sensitivity);
}

template <class F>
void fields(F& f, PrecisionAtRecallOptions& o) {
  common_fields(f, o);
  f("class_id", o.class_id);
  f("num_thresholds", o.num_thresholds);
  f("recall", o.recall);
}

template <class F>
void fields(F& f, RecallAtPrecisionOptions& o) {
  common_fields(f, o);
  f("class_id", o.class_id);
  f("num_thresholds", o.num_thresholds);
  f("precision", o.precision);
}

SensitivityAtSpecificity::SensitivityAtSpecificity(Options options)
    : Configured(options, checked_name(options, kName, "specificity", options.specificity)),
      counts_(even_thresholds(options.num_thresholds), options.num_thresholds > 1) {}

void SensitivityAtSpecificity::update_state(const Tensor& y_true, const Tensor& y_pred,
                                            const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {.class_id = options_.class_id}, class_name());
}

void SensitivityAtSpecificity::reset_state() { counts_.reset(); }

Tensor SensitivityAtSpecificity::result() const {
  return best_where(counts_, options_.specificity, specificity_of, sensitivity);
}

SpecificityAtSensitivity::SpecificityAtSensitivity(Options options)
    : Configured(options, checked_name(options, kName, "sensitivity", options.sensitivity)),
      counts_(even_thresholds(options.num_thresholds), options.num_thresholds > 1) {}

void SpecificityAtSensitivity::update_state(const Tensor& y_true, const Tensor& y_pred,
                                            const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {.class_id = options_.class_id}, class_name());
}

void SpecificityAtSensitivity::reset_state() { counts_.reset(); }

Tensor SpecificityAtSensitivity::result() const {
  return best_where(counts_, options_.sensitivity, sensitivity, specificity_of);
}

PrecisionAtRecall::PrecisionAtRecall(Options options)
    : Configured(options, checked_name(options, kName, "recall", options.recall)),
      counts_(even_thresholds(options.num_thresholds), options.num_thresholds > 1) {}

void PrecisionAtRecall::update_state(const Tensor& y_true, const Tensor& y_pred,
                                     const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {.class_id = options_.class_id}, class_name());
}

void PrecisionAtRecall::reset_state() { counts_.reset(); }

Tensor PrecisionAtRecall::result() const {
  return best_where(counts_, options_.recall, sensitivity, precision_of);
}

RecallAtPrecision::RecallAtPrecision(Options options)
    : Configured(options, checked_name(options, kName, "precision", options.precision)),
      counts_(even_thresholds(options.num_thresholds), options.num_thresholds > 1) {}

void RecallAtPrecision::update_state(const Tensor& y_true, const Tensor& y_pred,
                                     const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {.class_id = options_.class_id}, class_name());
}

void RecallAtPrecision::reset_state() { counts_.reset(); }

Tensor RecallAtPrecision::result() const {
  return best_where(counts_, options_.precision, precision_of, sensitivity);
}

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::SensitivityAtSpecificity,
                          metrics::SensitivityAtSpecificityOptions, metrics::Metric>;
template class Configured<metrics::SpecificityAtSensitivity,
                          metrics::SpecificityAtSensitivityOptions, metrics::Metric>;
template class Configured<metrics::PrecisionAtRecall, metrics::PrecisionAtRecallOptions,
                          metrics::Metric>;
template class Configured<metrics::RecallAtPrecision, metrics::RecallAtPrecisionOptions,
                          metrics::Metric>;
}  // namespace keratin
