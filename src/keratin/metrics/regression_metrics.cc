// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/regression_metrics.h"

#include <cmath>

#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

template <class F>
void fields(F& f, CosineSimilarityOptions& o) {
  common_fields(f, o);
  f("axis", o.axis);
}

MeanSquaredError::MeanSquaredError(Options options)
    : Configured(options, name_or_new(options.name, kName)), loss_({.reduction = "none"}) {}

Tensor MeanSquaredError::values(const Tensor& y_true, const Tensor& y_pred,
                                const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

MeanAbsoluteError::MeanAbsoluteError(Options options)
    : Configured(options, name_or_new(options.name, kName)), loss_({.reduction = "none"}) {}

Tensor MeanAbsoluteError::values(const Tensor& y_true, const Tensor& y_pred,
                                 const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

MeanAbsolutePercentageError::MeanAbsolutePercentageError(Options options)
    : Configured(options, name_or_new(options.name, kName)), loss_({.reduction = "none"}) {}

Tensor MeanAbsolutePercentageError::values(const Tensor& y_true, const Tensor& y_pred,
                                           const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(Options options)
    : Configured(options, name_or_new(options.name, kName)), loss_({.reduction = "none"}) {}

Tensor MeanSquaredLogarithmicError::values(const Tensor& y_true, const Tensor& y_pred,
                                           const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

LogCoshError::LogCoshError(Options options)
    : Configured(options, name_or_new(options.name, kName)), loss_({.reduction = "none"}) {}

Tensor LogCoshError::values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

CosineSimilarity::CosineSimilarity(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      loss_({.axis = options.axis, .reduction = "none"}) {}

Tensor CosineSimilarity::values(const Tensor& y_true, const Tensor& y_pred,
                                const Tensor& mask) const {
  Tensor result = loss_(y_true, y_pred, {}, mask);
  for (float& value : result.data<float>()) value = -value;
  return result;
}

RootMeanSquaredError::RootMeanSquaredError(Options options)
    : Configured(options, name_or_new(options.name, kName)) {}

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

namespace keratin {
template class Configured<metrics::MeanSquaredError, metrics::MeanSquaredErrorOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::MeanAbsoluteError, metrics::MeanAbsoluteErrorOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::MeanAbsolutePercentageError,
                          metrics::MeanAbsolutePercentageErrorOptions, metrics::MeanOfValues>;
template class Configured<metrics::MeanSquaredLogarithmicError,
                          metrics::MeanSquaredLogarithmicErrorOptions, metrics::MeanOfValues>;
template class Configured<metrics::LogCoshError, metrics::LogCoshErrorOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::CosineSimilarity, metrics::CosineSimilarityOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::RootMeanSquaredError, metrics::RootMeanSquaredErrorOptions,
                          metrics::Metric>;
}  // namespace keratin
