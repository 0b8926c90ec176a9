// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/pooling/base_adaptive_pooling.h"

namespace keratin::layers {

/// The mean of each of so many windows of rows and columns:
/// (B, H, W, D) -> (B, output_size, D), a number for rows and one for columns, or with
/// "channels_first" of (B, D, H, W).
class AdaptiveAveragePooling2D final
    : public Configured<AdaptiveAveragePooling2D, AdaptivePoolingOptions,
                        LayerOf<AdaptiveAveragePooling2D, BaseAdaptivePooling>> {
 public:
  static constexpr std::string_view kName = "AdaptiveAveragePooling2D";
  explicit AdaptiveAveragePooling2D(AdaptivePoolingOptions options = {});
};

/// The largest value of each of so many windows of rows and columns, shapes as the mean. Of equal
/// ones the first has the gradient, as in JAX.
class AdaptiveMaxPooling2D final
    : public Configured<AdaptiveMaxPooling2D, AdaptivePoolingOptions,
                        LayerOf<AdaptiveMaxPooling2D, BaseAdaptivePooling>> {
 public:
  static constexpr std::string_view kName = "AdaptiveMaxPooling2D";
  explicit AdaptiveMaxPooling2D(AdaptivePoolingOptions options = {});
};

}  // namespace keratin::layers
