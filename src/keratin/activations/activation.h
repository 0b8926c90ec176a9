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
  /// True when no option differs from Keras's default: the name alone says all.
  virtual bool has_default_options() const = 0;
  /// True for the identity, which a layer may skip.
  bool is_linear() const { return name() == "linear"; }

  /// A new float32 tensor of shape compute_output_shape(x.shape()). Other element types are cast.
  Tensor operator()(const Tensor& x) const;
  /// dL/dx from x, y = f(x) and dL/dy, a new tensor of x's shape. All are float32. Throws
  /// std::invalid_argument when the shapes do not belong together.
  Tensor gradient(const Tensor& x, const Tensor& y, const Tensor& y_gradient) const;

  /// Throws std::invalid_argument for a shape the function cannot take.
  virtual Shape compute_output_shape(const Shape& shape) const { return shape; }
  /// `shape` is x's, fully known; y has the size of compute_output_shape(shape) and does not
  /// overlap x.
  virtual void forward(std::span<const float> x, const Shape& shape, std::span<float> y) const = 0;
  /// Writes dL/dx. x_gradient does not overlap the others. Where a function has a corner the
  /// derivative is the one of Keras on JAX (relu: 0 at 0, leaky_relu: 1 at 0).
  virtual void backward(std::span<const float> x, std::span<const float> y,
                        std::span<const float> y_gradient, const Shape& shape,
                        std::span<float> x_gradient) const = 0;

  // The closed list: activations.cc.
  static std::shared_ptr<const Activation> get(std::string_view name);
  /// Also of {"class_name": "function", "config": "relu"}, and of null, which is linear.
  static std::shared_ptr<const Activation> deserialize(const Config& config);
  /// Keras: the name alone. With options that differ from the defaults, which Keras cannot write,
  /// {"class_name", "config"}.
  Config serialize() const;
};

}  // namespace keratin::activations
