// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/custom_loss.h"

#include <numeric>
#include <stdexcept>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/losses/loss_fields.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::losses {

CustomLoss::CustomLoss(Function function, Options options)
    : Loss(options.name, options.reduction, "CustomLoss"),
      function_(std::move(function)),
      options_(std::move(options)) {
  if (!function_) invalid_argument("CustomLoss", "the function is missing.");
}

Config CustomLoss::get_config() const { return config_of(*this, options_); }

CustomLoss::Values CustomLoss::values_of(const Tensor& y_true, const Tensor& y_pred,
                                         bool wants_gradient) const {
  Values result = function_(y_true, y_pred, wants_gradient);
  if (!result.values) invalid_argument(name(), "the loss gave no values.");
  result.values = cast(result.values, DType::kFloat32);
  return result;
}

Tensor CustomLoss::operator()(const Tensor& y_true, const Tensor& y_pred,
                              const Tensor& sample_weight, const Tensor& mask) const {
  return reduce(values_of(y_true, y_pred, false).values, sample_weight, mask ? mask : y_pred.mask(),
                nullptr);
}

Loss::WithGradient CustomLoss::value_and_gradient(const Tensor& y_true, const Tensor& y_pred,
                                                  const Tensor& sample_weight,
                                                  const Tensor& mask) const {
  const Values values = values_of(y_true, y_pred, true);
  Tensor slope;
  const Tensor loss = reduce(values.values, sample_weight, mask ? mask : y_pred.mask(), &slope);
  const auto losses = loss.data<float>();
  WithGradient result;
  result.loss = static_cast<float>(std::accumulate(losses.begin(), losses.end(), 0.0));
  if (!values.pullback) invalid_argument(name(), "the loss gave no gradient.");
  result.gradient = cast(values.pullback(slope), DType::kFloat32);
  if (!result.gradient || result.gradient.shape() != y_pred.shape()) {
    invalid_argument(
        name(), "the gradient of the loss must have y_pred's shape ", y_pred.shape(),
        ". Received: ", result.gradient ? to_string(result.gradient.shape()) : "nothing");
  }
  return result;
}

}  // namespace keratin::losses
