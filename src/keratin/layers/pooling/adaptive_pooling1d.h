// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/pooling/base_adaptive_pooling.h"

namespace keratin::layers {

/// The mean of each of so many windows of steps:
/// (B, T, D) -> (B, output_size, D), or with "channels_first" of (B, D, T).
class AdaptiveAveragePooling1D final
    : public Configured<AdaptiveAveragePooling1D, AdaptivePoolingOptions,
                        LayerOf<AdaptiveAveragePooling1D, BaseAdaptivePooling>> {
 public:
  static constexpr std::string_view kName = "AdaptiveAveragePooling1D";
  explicit AdaptiveAveragePooling1D(AdaptivePoolingOptions options = {});
};

/// The largest value of each of so many windows of steps, shapes as the mean. Of equal ones
/// the first has the gradient, as in JAX.
class AdaptiveMaxPooling1D final
    : public Configured<AdaptiveMaxPooling1D, AdaptivePoolingOptions,
                        LayerOf<AdaptiveMaxPooling1D, BaseAdaptivePooling>> {
 public:
  static constexpr std::string_view kName = "AdaptiveMaxPooling1D";
  explicit AdaptiveMaxPooling1D(AdaptivePoolingOptions options = {});
};

}  // namespace keratin::layers
