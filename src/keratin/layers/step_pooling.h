// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/pooling.h"

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

}  // namespace keratin::layers
