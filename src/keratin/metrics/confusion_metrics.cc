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
  f("name", o.name);
  dtype_field(f);
  f("thresholds", o.thresholds);
}

TruePositives::TruePositives(Options options)
    : Metric(name_or_new(options.name, "TruePositives")),
      counts_(options.thresholds.values_or(0.5, "TruePositives")),
      options_(std::move(options)) {}

Config TruePositives::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

TruePositives::Options TruePositives::options_from(const Config& config) {
  return options_of<Options>("TruePositives", config);
}

void TruePositives::update_state(const Tensor& y_true, const Tensor& y_pred,
                                 const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {}, class_name());
}

void TruePositives::reset_state() { counts_.reset(); }

Tensor TruePositives::result() const {
  return per_threshold(counts_, [&](std::size_t i) { return counts_.true_positives[i]; });
}

template <class F>
void fields(F& f, TrueNegativesOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("thresholds", o.thresholds);
}

TrueNegatives::TrueNegatives(Options options)
    : Metric(name_or_new(options.name, "TrueNegatives")),
      counts_(options.thresholds.values_or(0.5, "TrueNegatives")),
      options_(std::move(options)) {}

Config TrueNegatives::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

TrueNegatives::Options TrueNegatives::options_from(const Config& config) {
  return options_of<Options>("TrueNegatives", config);
}

void TrueNegatives::update_state(const Tensor& y_true, const Tensor& y_pred,
                                 const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {}, class_name());
}

void TrueNegatives::reset_state() { counts_.reset(); }

Tensor TrueNegatives::result() const {
  return per_threshold(counts_, [&](std::size_t i) { return counts_.true_negatives[i]; });
}

template <class F>
void fields(F& f, FalsePositivesOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("thresholds", o.thresholds);
}

FalsePositives::FalsePositives(Options options)
    : Metric(name_or_new(options.name, "FalsePositives")),
      counts_(options.thresholds.values_or(0.5, "FalsePositives")),
      options_(std::move(options)) {}

Config FalsePositives::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

FalsePositives::Options FalsePositives::options_from(const Config& config) {
  return options_of<Options>("FalsePositives", config);
}

void FalsePositives::update_state(const Tensor& y_true, const Tensor& y_pred,
                                  const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {}, class_name());
}

void FalsePositives::reset_state() { counts_.reset(); }

Tensor FalsePositives::result() const {
  return per_threshold(counts_, [&](std::size_t i) { return counts_.false_positives[i]; });
}

template <class F>
void fields(F& f, FalseNegativesOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("thresholds", o.thresholds);
}

FalseNegatives::FalseNegatives(Options options)
    : Metric(name_or_new(options.name, "FalseNegatives")),
      counts_(options.thresholds.values_or(0.5, "FalseNegatives")),
      options_(std::move(options)) {}

Config FalseNegatives::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

FalseNegatives::Options FalseNegatives::options_from(const Config& config) {
  return options_of<Options>("FalseNegatives", config);
}

void FalseNegatives::update_state(const Tensor& y_true, const Tensor& y_pred,
                                  const Tensor& sample_weight, const Tensor&) {
  counts_.update(y_true, y_pred, sample_weight, {}, class_name());
}

void FalseNegatives::reset_state() { counts_.reset(); }

Tensor FalseNegatives::result() const {
  return per_threshold(counts_, [&](std::size_t i) { return counts_.false_negatives[i]; });
}

template <class F>
void fields(F& f, PrecisionOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("thresholds", o.thresholds);
  f("top_k", o.top_k);
  f("class_id", o.class_id);
}

Precision::Precision(Options options)
    : Metric(name_or_new(options.name, "Precision")),
      counts_(
          options.thresholds.values_or(default_threshold(options.top_k.has_value()), "Precision")),
      options_(std::move(options)) {}

Config Precision::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

Precision::Options Precision::options_from(const Config& config) {
  return options_of<Options>("Precision", config);
}

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

template <class F>
void fields(F& f, RecallOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("thresholds", o.thresholds);
  f("top_k", o.top_k);
  f("class_id", o.class_id);
}

Recall::Recall(Options options)
    : Metric(name_or_new(options.name, "Recall")),
      counts_(options.thresholds.values_or(default_threshold(options.top_k.has_value()), "Recall")),
      options_(std::move(options)) {}

Config Recall::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

Recall::Options Recall::options_from(const Config& config) {
  return options_of<Options>("Recall", config);
}

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
