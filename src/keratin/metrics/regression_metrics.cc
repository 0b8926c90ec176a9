// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/regression_metrics.h"

#include <cmath>

#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

template <class F>
void fields(F& f, MeanSquaredErrorOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

MeanSquaredError::MeanSquaredError(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "MeanSquaredError")),
      loss_({.reduction = "none"}) {}

Config MeanSquaredError::get_config() const { return config_of(Options{.name = name()}); }

MeanSquaredError::Options MeanSquaredError::options_from(const Config& config) {
  return options_of<Options>("MeanSquaredError", config);
}

Tensor MeanSquaredError::values(const Tensor& y_true, const Tensor& y_pred,
                                const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

template <class F>
void fields(F& f, MeanAbsoluteErrorOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

MeanAbsoluteError::MeanAbsoluteError(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "MeanAbsoluteError")),
      loss_({.reduction = "none"}) {}

Config MeanAbsoluteError::get_config() const { return config_of(Options{.name = name()}); }

MeanAbsoluteError::Options MeanAbsoluteError::options_from(const Config& config) {
  return options_of<Options>("MeanAbsoluteError", config);
}

Tensor MeanAbsoluteError::values(const Tensor& y_true, const Tensor& y_pred,
                                 const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

template <class F>
void fields(F& f, MeanAbsolutePercentageErrorOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

MeanAbsolutePercentageError::MeanAbsolutePercentageError(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "MeanAbsolutePercentageError")),
      loss_({.reduction = "none"}) {}

Config MeanAbsolutePercentageError::get_config() const {
  return config_of(Options{.name = name()});
}

MeanAbsolutePercentageError::Options MeanAbsolutePercentageError::options_from(
    const Config& config) {
  return options_of<Options>("MeanAbsolutePercentageError", config);
}

Tensor MeanAbsolutePercentageError::values(const Tensor& y_true, const Tensor& y_pred,
                                           const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

template <class F>
void fields(F& f, MeanSquaredLogarithmicErrorOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "MeanSquaredLogarithmicError")),
      loss_({.reduction = "none"}) {}

Config MeanSquaredLogarithmicError::get_config() const {
  return config_of(Options{.name = name()});
}

MeanSquaredLogarithmicError::Options MeanSquaredLogarithmicError::options_from(
    const Config& config) {
  return options_of<Options>("MeanSquaredLogarithmicError", config);
}

Tensor MeanSquaredLogarithmicError::values(const Tensor& y_true, const Tensor& y_pred,
                                           const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

template <class F>
void fields(F& f, LogCoshErrorOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

LogCoshError::LogCoshError(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "LogCoshError")),
      loss_({.reduction = "none"}) {}

Config LogCoshError::get_config() const { return config_of(Options{.name = name()}); }

LogCoshError::Options LogCoshError::options_from(const Config& config) {
  return options_of<Options>("LogCoshError", config);
}

Tensor LogCoshError::values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

template <class F>
void fields(F& f, CosineSimilarityOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("axis", o.axis);
}

CosineSimilarity::CosineSimilarity(Options options)
    : MeanOfValues(name_or_new(options.name, "CosineSimilarity")),
      loss_({.axis = options.axis, .reduction = "none"}),
      options_(std::move(options)) {}

Config CosineSimilarity::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

CosineSimilarity::Options CosineSimilarity::options_from(const Config& config) {
  return options_of<Options>("CosineSimilarity", config);
}

Tensor CosineSimilarity::values(const Tensor& y_true, const Tensor& y_pred,
                                const Tensor& mask) const {
  Tensor result = loss_(y_true, y_pred, {}, mask);
  for (float& value : result.data<float>()) value = -value;
  return result;
}

template <class F>
void fields(F& f, RootMeanSquaredErrorOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

RootMeanSquaredError::RootMeanSquaredError(Options options)
    : Metric(name_or_new(std::move(options.name), "RootMeanSquaredError")) {}

Config RootMeanSquaredError::get_config() const { return config_of(Options{.name = name()}); }

RootMeanSquaredError::Options RootMeanSquaredError::options_from(const Config& config) {
  return options_of<Options>("RootMeanSquaredError", config);
}

void RootMeanSquaredError::update_state(const Tensor& y_true, const Tensor& y_pred,
                                        const Tensor& sample_weight, const Tensor&) {
  const Pair pair = pair_of(y_true, y_pred, class_name());
  Tensor squares = uninitialized(pair.shape);
  const auto truth = pair.y_true.data<float>();
  const auto pred = pair.y_pred.data<float>();
  const auto out = squares.data<float>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = (pred[i] - truth[i]) * (pred[i] - truth[i]);
  sum_.add(squares, sample_weight, {}, {}, class_name());
}

Tensor RootMeanSquaredError::result() const { return scalar(std::sqrt(sum_.mean())); }

void RootMeanSquaredError::reset_state() { sum_ = {}; }

}  // namespace keratin::metrics
