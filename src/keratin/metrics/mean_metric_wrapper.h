// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "keratin/metrics/mean.h"

namespace keratin::metrics {

struct MeanMetricWrapperOptions {
  std::string name = "";
};

/// The mean of a function that the user writes. The closed list does not hold it: serialize() says
/// what it is, deserialize() cannot make it again.
class MeanMetricWrapper final : public MeanOfValues {
 public:
  /// One value a sample (any shape that sample weights go with), from the tensors as they came.
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  using Options = MeanMetricWrapperOptions;

  explicit MeanMetricWrapper(Function fn, Options options = {});
  std::string_view class_name() const override { return "MeanMetricWrapper"; }
  Config get_config() const override;
  /// Throws what the function throws, and std::invalid_argument where it gives nothing.
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

 private:
  Function fn_;
};

}  // namespace keratin::metrics
