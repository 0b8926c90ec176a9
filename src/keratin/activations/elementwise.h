// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/activations/activation.h"

namespace keratin::activations {

/// An activation that maps each element alone: `Relu({.max_value = 6})`. `FunctionOptions` names
/// the function; the formulas are in piecewise.cc and smooth.cc. The result has x's shape; NaN
/// gives NaN.
template <class FunctionOptions>
class Elementwise final : public Activation {
 public:
  using Options = FunctionOptions;

  /// Throws std::invalid_argument for options that the function cannot take.
  explicit Elementwise(Options options = {});
  static Options options_from(const Config& config);

  std::string_view name() const override;
  Config get_config() const override;
  bool has_default_options() const override;
  void forward(std::span<const float> x, const Shape& shape, std::span<float> y) const override;
  void backward(std::span<const float> x, std::span<const float> y,
                std::span<const float> y_gradient, const Shape& shape,
                std::span<float> x_gradient) const override;

 private:
  Options options_;
};

}  // namespace keratin::activations
