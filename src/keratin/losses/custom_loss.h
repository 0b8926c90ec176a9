// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/losses/loss.h"

namespace keratin::losses {

struct CustomLossOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "";
};

/// A loss that the user writes. Keras: a function, or a subclass of Loss that has `call`.
///
/// Reduction, sample weight and mask are Loss's. The closed list does not hold it: serialize() says
/// what it is, deserialize() cannot make it again. Threads: as the function.
class CustomLoss final : public Loss {
 public:
  /// What the function gives: one value a sample (any shape that sample weights go with, float32),
  /// and, where `wants_gradient`, what turns d loss / d values into d loss / d y_pred.
  struct Values {
    Tensor values;
    std::function<Tensor(const Tensor& values_gradient)> pullback = {};
  };
  /// The tensors come as they were given to the loss; nothing is cast or squeezed.
  using Function =
      std::function<Values(const Tensor& y_true, const Tensor& y_pred, bool wants_gradient)>;
  using Options = CustomLossOptions;

  explicit CustomLoss(Function function, Options options = {});
  std::string_view class_name() const override { return "CustomLoss"; }
  Config get_config() const override;

  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) const override;
  /// Throws what the function throws, and std::invalid_argument for a gradient of another shape.
  WithGradient value_and_gradient(const Tensor& y_true, const Tensor& y_pred,
                                  const Tensor& sample_weight = {},
                                  const Tensor& mask = {}) const override;

 private:
  Values values_of(const Tensor& y_true, const Tensor& y_pred, bool wants_gradient) const;

  Function function_;
  Options options_;
};

}  // namespace keratin::losses
