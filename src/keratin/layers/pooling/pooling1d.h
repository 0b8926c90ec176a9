// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/pooling/base_pooling.h"

namespace keratin::layers {

/// The largest value of each window of steps: (B, T, D) -> (B, windows, D), or with
/// "channels_first" (B, D, T) -> (B, D, windows). Of equal ones the first has the gradient, as in
/// JAX.
class MaxPooling1D final
    : public Configured<MaxPooling1D, PoolingOptions, LayerOf<MaxPooling1D, BasePooling>> {
 public:
  static constexpr std::string_view kName = "MaxPooling1D";
  explicit MaxPooling1D(PoolingOptions options = {});
};

/// The mean of each window of steps; of those that are there, where padding has a part in it.
class AveragePooling1D final
    : public Configured<AveragePooling1D, PoolingOptions, LayerOf<AveragePooling1D, BasePooling>> {
 public:
  static constexpr std::string_view kName = "AveragePooling1D";
  explicit AveragePooling1D(PoolingOptions options = {});
};

}  // namespace keratin::layers
