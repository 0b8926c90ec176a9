// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/convolutional/base_conv.h"

namespace keratin::layers {

/// A convolution over steps.
///   input   float32 (B, T, C), or (B, C, T) with "channels_first"; C known when it is built
///   output  float32 (B, windows, filters), or (B, filters, windows)
///   kernel  (kernel_size, C / groups, filters)
class Conv1D final : public Configured<Conv1D, ConvOptions, LayerOf<Conv1D, BaseConv>> {
 public:
  static constexpr std::string_view kName = "Conv1D";
  explicit Conv1D(ConvOptions options);
};

}  // namespace keratin::layers
