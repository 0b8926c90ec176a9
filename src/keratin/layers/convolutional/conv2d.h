// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/convolutional/base_conv.h"

namespace keratin::layers {

/// A convolution over rows and columns.
///   input   float32 (B, H, W, C), or (B, C, H, W) with "channels_first"; C known when it is built
///   output  float32 (B, windows, windows, filters), or (B, filters, windows, windows)
///   kernel  (kernel_size, kernel_size, C / groups, filters)
class Conv2D final : public Configured<Conv2D, ConvOptions, LayerOf<Conv2D, BaseConv>> {
 public:
  static constexpr std::string_view kName = "Conv2D";
  explicit Conv2D(ConvOptions options);
};

}  // namespace keratin::layers
