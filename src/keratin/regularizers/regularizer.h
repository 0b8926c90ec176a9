// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "keratin/base/identifier.h"
#include "keratin/tensor/tensor.h"

namespace keratin::regularizers {

/// A penalty on a weight (or, as activity_regularizer, on an output), added to the loss.
/// Immutable. Threads: safe.
class Regularizer {
 public:
  virtual ~Regularizer() = default;
  virtual std::string_view class_name() const = 0;
  virtual Config get_config() const = 0;

  /// The penalty of a float32 tensor.
  float operator()(const Tensor& x) const { return penalty(x.data<float>(), x.shape()); }

  /// Throws std::invalid_argument for a shape the regularizer cannot take. Sums are kept in double
  /// in a fixed order: equal bits for any number of threads.
  virtual float penalty(std::span<const float> x, const Shape& shape) const = 0;
  /// What these elements add to the penalty of the weight they are part of, where a penalty is a
  /// sum over elements; else nothing. Does not throw.
  virtual std::optional<double> part_of_penalty(std::span<const float> /*x*/) const { return {}; }
  /// gradient += scale * d penalty / d x. The two spans do not overlap.
  virtual void add_gradient(std::span<const float> x, const Shape& shape, float scale,
                            std::span<float> gradient) const = 0;
  /// False when the gradient of a row depends on that row alone: then add_gradient may be given any
  /// block of rows (shape (n, D)) instead of the whole matrix.
  virtual bool couples_rows() const { return false; }

  // The closed list: regularizers.cc.
  static std::shared_ptr<const Regularizer> get(std::string_view name);
  static std::shared_ptr<const Regularizer> deserialize(const Config& config);
  Config serialize() const;
};

}  // namespace keratin::regularizers
