// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "keratin/base/identifier.h"
#include "keratin/tensor/tensor.h"

namespace keratin::initializers {

/// Draws the first values of a weight. Objects are immutable: the same object gives the same values
/// for the same shape every time, as in Keras 3. Threads: safe.
class Initializer {
 public:
  virtual ~Initializer() = default;
  virtual std::string_view class_name() const = 0;
  virtual Config get_config() const = 0;

  /// A new float32 tensor, drawn on the library's threads. Throws std::invalid_argument for a shape
  /// that is not known or that this initializer does not take.
  Tensor operator()(const Shape& shape) const;

  /// Writes elements [first, first + out.size()) of the row-major tensor of `shape`: any part can
  /// be drawn alone, in any order, and is what the whole draw gives there.
  virtual void fill(const Shape& shape, std::int64_t first, std::span<float> out) const = 0;
  /// False when fill() draws the whole tensor to give a part of it.
  virtual bool draws_parts() const { return true; }

  // The closed list: initializers.cc.
  static std::shared_ptr<const Initializer> get(std::string_view name);
  static std::shared_ptr<const Initializer> deserialize(const Config& config);
  Config serialize() const;

 protected:
  /// fill(shape, 0, out) over zeros, by parts, in parallel; for a draw that is made whole anyhow,
  /// at once.
  virtual void fill_all(const Shape& shape, std::span<float> out) const;
};

}  // namespace keratin::initializers
