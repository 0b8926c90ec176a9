// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/mean_metric_wrapper.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/metrics/metric_options.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::metrics {

MeanMetricWrapper::MeanMetricWrapper(Function fn, Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "MeanMetricWrapper")), fn_(std::move(fn)) {
  if (!fn_) invalid_argument("MeanMetricWrapper", "the function is missing.");
}

Config MeanMetricWrapper::get_config() const { return config_of(*this, Options()); }

Tensor MeanMetricWrapper::values(const Tensor& y_true, const Tensor& y_pred, const Tensor&) const {
  const Tensor found = fn_(y_true, y_pred);
  if (!found) invalid_argument(name(), "the function gave no values.");
  return cast(found, DType::kFloat32);
}

}  // namespace keratin::metrics
