// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/confusion_metrics.h"

#include "keratin/metrics/mean.h"
#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

namespace {

double ratio(double part, double rest) { return part + rest == 0 ? 0 : part / (part + rest); }

/// One number a threshold; shape () for one threshold.
template <class Number>
Tensor per_threshold(const ConfusionCounts& counts, Number number) {
  const std::size_t n = counts.thresholds();
  Tensor result = uninitialized(n == 1 ? Shape{} : Shape{static_cast<std::int64_t>(n)});
  for (std::size_t i = 0; i < n; ++i) result.data<float>()[i] = static_cast<float>(number(i));
  return result;
}

/// Keras: with top_k every chosen prediction is positive unless thresholds are given.
double default_threshold(bool top_k) { return top_k ? -1e10 : 0.5; }

}  // namespace

template <class F>
void fields(F& f, TruePositivesOptions& o) {
  common_fields(f, o);
  f("thresholds", o.thresholds);
}

template <class F>
void fields(F& f, TrueNegativesOptions& o) {
  common_fields(f, o);
  f("thresholds", o.thresholds);
}

template <class F>
void fields(F& f, FalsePositivesOptions& o) {
  common_fields(f, o);
  f("thresholds", o.thresholds);
}

template <class F>
void fields(F& f, FalseNegativesOptions& o) {
  common_fields(f, o);
  f("thresholds", o.thresholds);
}

template <class F>
void fields(F& f, PrecisionOptions& o) {
  common_fields(f, o);
  f("thresholds", o.thresholds);
  f("top_k", o.top_k);
  f("class_id", o.class_id);
}

template <class F>
void fields(F& f, RecallOptions& o) {
  common_fields(f, o);
  f("thresholds", o.thresholds);
  f("top_k", o.top_k);
  f("class_id", o.class_id);
}

TruePositives::TruePositives(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      counts_(options.thresholds.values_or(0.5, "TruePositives")) {}

void TruePositives::update_state(const Tensor& y_true, const Tensor& y_pred,
                                 const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {}, class_name());
}

void TruePositives::reset_state() { counts_.reset(); }

Tensor TruePositives::result() const {
  return per_threshold(counts_, [&](std::size_t i) { return counts_.true_positives[i]; });
}

TrueNegatives::TrueNegatives(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      counts_(options.thresholds.values_or(0.5, "TrueNegatives")) {}

void TrueNegatives::update_state(const Tensor& y_true, const Tensor& y_pred,
                                 const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {}, class_name());
}

void TrueNegatives::reset_state() { counts_.reset(); }

Tensor TrueNegatives::result() const {
  return per_threshold(counts_, [&](std::size_t i) { return counts_.true_negatives[i]; });
}

FalsePositives::FalsePositives(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      counts_(options.thresholds.values_or(0.5, "FalsePositives")) {}

void FalsePositives::update_state(const Tensor& y_true, const Tensor& y_pred,
                                  const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {}, class_name());
}

void FalsePositives::reset_state() { counts_.reset(); }

Tensor FalsePositives::result() const {
  return per_threshold(counts_, [&](std::size_t i) { return counts_.false_positives[i]; });
}

FalseNegatives::FalseNegatives(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      counts_(options.thresholds.values_or(0.5, "FalseNegatives")) {}

void FalseNegatives::update_state(const Tensor& y_true, const Tensor& y_pred,
                                  const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {}, class_name());
}

void FalseNegatives::reset_state() { counts_.reset(); }

Tensor FalseNegatives::result() const {
  return per_threshold(counts_, [&](std::size_t i) { return counts_.false_negatives[i]; });
}

Precision::Precision(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      counts_(options.thresholds.values_or(default_threshold(options.top_k.has_value()),
                                           "Precision")) {}

void Precision::update_state(const Tensor& y_true, const Tensor& y_pred,
                             const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight,
                 {.top_k = options_.top_k, .class_id = options_.class_id}, class_name());
}

void Precision::reset_state() { counts_.reset(); }

Tensor Precision::result() const {
  return per_threshold(counts_, [&](std::size_t i) {
    return ratio(counts_.true_positives[i], counts_.false_positives[i]);
  });
}

Recall::Recall(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      counts_(
          options.thresholds.values_or(default_threshold(options.top_k.has_value()), "Recall")) {}

void Recall::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                          const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight,
                 {.top_k = options_.top_k, .class_id = options_.class_id}, class_name());
}

void Recall::reset_state() { counts_.reset(); }

Tensor Recall::result() const {
  return per_threshold(counts_, [&](std::size_t i) {
    return ratio(counts_.true_positives[i], counts_.false_negatives[i]);
  });
}

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::TruePositives, metrics::TruePositivesOptions, metrics::Metric>;
template class Configured<metrics::TrueNegatives, metrics::TrueNegativesOptions, metrics::Metric>;
template class Configured<metrics::FalsePositives, metrics::FalsePositivesOptions, metrics::Metric>;
template class Configured<metrics::FalseNegatives, metrics::FalseNegativesOptions, metrics::Metric>;
template class Configured<metrics::Precision, metrics::PrecisionOptions, metrics::Metric>;
template class Configured<metrics::Recall, metrics::RecallOptions, metrics::Metric>;
}  // namespace keratin
