// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/probabilistic_metrics.h"

#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

template <class F>
void fields(F& f, BinaryCrossentropyOptions& o) {
  common_fields(f, o);
  f("from_logits", o.from_logits);
  f("label_smoothing", o.label_smoothing);
}

template <class F>
void fields(F& f, CategoricalCrossentropyOptions& o) {
  common_fields(f, o);
  f("from_logits", o.from_logits);
  f("label_smoothing", o.label_smoothing);
  f("axis", o.axis);
}

template <class F>
void fields(F& f, SparseCategoricalCrossentropyOptions& o) {
  common_fields(f, o);
  f("from_logits", o.from_logits);
  f("ignore_class", o.ignore_class);
  f("axis", o.axis);
}

KLDivergence::KLDivergence(Options options)
    : Configured(options, name_or_new(options.name, kName)), loss_({.reduction = "none"}) {}

Tensor KLDivergence::values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

Poisson::Poisson(Options options)
    : Configured(options, name_or_new(options.name, kName)), loss_({.reduction = "none"}) {}

Tensor Poisson::values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

BinaryCrossentropy::BinaryCrossentropy(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      loss_({.from_logits = options.from_logits,
             .label_smoothing = options.label_smoothing,
             .reduction = "none"}) {}

Tensor BinaryCrossentropy::values(const Tensor& y_true, const Tensor& y_pred,
                                  const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

CategoricalCrossentropy::CategoricalCrossentropy(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      loss_({.from_logits = options.from_logits,
             .label_smoothing = options.label_smoothing,
             .axis = options.axis,
             .reduction = "none"}) {}

Tensor CategoricalCrossentropy::values(const Tensor& y_true, const Tensor& y_pred,
                                       const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(Options options)
    : Configured(options, name_or_new(options.name, kName)),
      loss_({.from_logits = options.from_logits,
             .ignore_class = options.ignore_class,
             .reduction = "none",
             .axis = options.axis}) {}

Tensor SparseCategoricalCrossentropy::values(const Tensor& y_true, const Tensor& y_pred,
                                             const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

Tensor SparseCategoricalCrossentropy::values_mask(const Tensor& y_true, const Shape& values) const {
  return static_cast<const losses::Loss&>(loss_).values_mask(y_true, values);
}

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::KLDivergence, metrics::KLDivergenceOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::Poisson, metrics::PoissonOptions, metrics::MeanOfValues>;
template class Configured<metrics::BinaryCrossentropy, metrics::BinaryCrossentropyOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::CategoricalCrossentropy, metrics::CategoricalCrossentropyOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::SparseCategoricalCrossentropy,
                          metrics::SparseCategoricalCrossentropyOptions, metrics::MeanOfValues>;
}  // namespace keratin
