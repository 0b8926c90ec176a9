// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/pooling.h"

namespace keratin::layers {

/// What a layer that turns the steps of (B, T, D) into one, and does nothing else, says of itself:
/// the layer before it may do both.
class StepPooling {
 public:
  virtual ~StepPooling() = default;
  virtual Pooling pooling() const = 0;
  /// Whether the output is (B, 1, D).
  virtual bool keepdims() const = 0;
};

}  // namespace keratin::layers
