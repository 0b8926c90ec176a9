// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/pooling/base_pooling.h"

namespace keratin::layers {

/// The largest value of each window of rows and columns: (B, H, W, D) -> (B, windows, windows, D),
/// or with "channels_first" of (B, D, H, W). Of equal ones the first has the gradient, as in JAX.
class MaxPooling2D final
    : public Configured<MaxPooling2D, PoolingOptions, LayerOf<MaxPooling2D, BasePooling>> {
 public:
  static constexpr std::string_view kName = "MaxPooling2D";
  explicit MaxPooling2D(PoolingOptions options = {});
};

/// The mean of each window of rows and columns; of the places that are there, where padding has a
/// part in it.
class AveragePooling2D final
    : public Configured<AveragePooling2D, PoolingOptions, LayerOf<AveragePooling2D, BasePooling>> {
 public:
  static constexpr std::string_view kName = "AveragePooling2D";
  explicit AveragePooling2D(PoolingOptions options = {});
};

}  // namespace keratin::layers
