// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "keratin/base/pooling.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

/// What a layer that turns the steps of (B, T, D), or of (B, D, T), into one, and does nothing
/// else, says of itself: the layer before it may do both.
class StepPooling {
 public:
  virtual ~StepPooling() = default;
  virtual Pooling pooling() const = 0;
  /// Whether the output is (B, 1, D), or (B, D, 1).
  virtual bool keepdims() const = 0;
  /// Whether the input is (B, D, T).
  virtual bool channels_first() const = 0;
};

/// What a layer that looks rows up says of itself: it can give their pooling without the vectors
/// in between.
class PoolsRows {
 public:
  virtual ~PoolsRows() = default;
  /// inputs (B, T), T > 0, that were prepared: of `shape`, (B, D) or (B, 1, D), to the bit what
  /// pooling its vectors gives; a null value where these must be there first. `masked`: whether
  /// the pooling heeds its mask.
  virtual Value pooled(const Inputs& inputs, Pooling pooling, bool masked, const Shape& shape,
                       Pass& pass) const = 0;
};

/// The two as one; null where somebody wants to see the vectors.
std::shared_ptr<const Operation> pooled_lookup(std::shared_ptr<const Layer> lookup,
                                               const Operation& next, bool masked);

}  // namespace keratin::layers
