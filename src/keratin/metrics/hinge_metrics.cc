// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/hinge_metrics.h"

#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

Hinge::Hinge(Options options)
    : Configured(options, name_or_new(options.name, kName)), loss_({.reduction = "none"}) {}

Tensor Hinge::values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

SquaredHinge::SquaredHinge(Options options)
    : Configured(options, name_or_new(options.name, kName)), loss_({.reduction = "none"}) {}

Tensor SquaredHinge::values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

CategoricalHinge::CategoricalHinge(Options options)
    : Configured(options, name_or_new(options.name, kName)), loss_({.reduction = "none"}) {}

Tensor CategoricalHinge::values(const Tensor& y_true, const Tensor& y_pred,
                                const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::Hinge, metrics::HingeOptions, metrics::MeanOfValues>;
template class Configured<metrics::SquaredHinge, metrics::SquaredHingeOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::CategoricalHinge, metrics::CategoricalHingeOptions,
                          metrics::MeanOfValues>;
}  // namespace keratin
