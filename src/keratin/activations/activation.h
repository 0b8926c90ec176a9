// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "keratin/base/identifier.h"
#include "keratin/tensor/tensor.h"

namespace keratin::activations {

/// A function between layers. Immutable. Threads: safe.
class Activation {
 public:
  virtual ~Activation() = default;
  /// Keras's function name: "relu", "log_softmax".
  virtual std::string_view name() const = 0;
  virtual Config get_config() const = 0;

  /// A new float32 tensor of shape compute_output_shape(x.shape()).
  Tensor operator()(const Tensor& x) const;
  /// dL/dx from x, y = f(x) and dL/dy, a new tensor of x's shape.
  Tensor gradient(const Tensor& x, const Tensor& y, const Tensor& y_gradient) const;

  /// True for the identity, so that a layer can leave the call out.
  virtual bool is_linear() const { return false; }
  virtual Shape compute_output_shape(const Shape& shape) const { return shape; }
  /// `shape` is x's. y does not overlap x.
  virtual void forward(std::span<const float> x, const Shape& shape, std::span<float> y) const = 0;
  virtual void backward(std::span<const float> x, std::span<const float> y, std::span<const float> y_gradient,
                        const Shape& shape, std::span<float> x_gradient) const = 0;

  // The closed list: activations.cc.
  static std::shared_ptr<const Activation> get(std::string_view name);
  static std::shared_ptr<const Activation> deserialize(const Config& config);
  /// The name alone when all options are the defaults, as Keras; else {"class_name", "config"}.
  Config serialize() const;
};

}  // namespace keratin::activations
