// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/per_axis.h"
#include "keratin/ops/nn/windows.h"
#include "keratin/ops/shapes.h"

/// What layers that lay windows on steps have in common. Not installed.
namespace keratin::layers {

/// Keras: in any case.
inline std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

inline std::string checked_data_format(std::string_view who, const std::string& data_format) {
  const std::string format = lower(data_format);
  if (format != "channels_last" && format != "channels_first") {
    invalid_argument(who, "data_format must be 'channels_last' or 'channels_first'. Received: '",
                     data_format, "'");
  }
  return format;
}

inline ops::nn::Padding padding_of(std::string_view padding) {
  return padding == "same"     ? ops::nn::Padding::kSame
         : padding == "causal" ? ops::nn::Padding::kCausal
                               : ops::nn::Padding::kValid;
}

inline std::string checked_padding(std::string_view who, const std::string& given,
                                   bool allow_causal) {
  const std::string padding = lower(given);
  if (padding != "valid" && padding != "same" && !(allow_causal && padding == "causal")) {
    invalid_argument(who, "padding must be 'valid'",
                     allow_causal ? ", 'same' or 'causal'" : " or 'same'", ". Received: '", given,
                     "'");
  }
  return padding;
}

/// The axis of the channels of inputs of `rank` axes.
inline std::size_t channels_axis(std::string_view data_format, std::size_t rank) {
  return data_format == "channels_first" ? 1 : rank - 1;
}

/// The sizes of windows, their strides and dilations, along `size.size()` axes.
struct WindowSizes {
  PerAxis size, strides, dilation;
  ops::nn::Padding padding;

  std::int64_t count(std::size_t axis, std::int64_t steps) const {
    return ops::nn::window_count(steps, size[axis], strides[axis], dilation[axis], padding);
  }
  /// On the axes between the first and the last of a shape.
  std::array<ops::nn::Windows, 2> on(const Shape& shape) const {
    const auto windows = [&](std::size_t axis) {
      return ops::nn::windows_on(shape[axis + 1], size[axis], strides[axis], dilation[axis],
                                 padding);
    };
    if (size.size() == 1) return {ops::nn::Windows(), windows(0)};
    return {windows(0), windows(1)};
  }
  /// The shape with the number of windows in place of the steps. Throws std::invalid_argument where
  /// there is none though there are steps, or no padding.
  Shape output_shape(const Layer& layer, const Shape& shape, std::size_t first_axis) const {
    if (!size) wrong_moment(layer.class_name(), "the layer was moved from.");
    Shape result = shape;
    for (std::size_t axis = 0; axis < size.size(); ++axis) {
      const std::int64_t steps = shape[first_axis + axis];
      const std::int64_t windows = count(axis, steps);
      if (windows == 0 && padding == ops::nn::Padding::kValid) {
        invalid_argument(layer.class_name(), "layer '", layer.name(), "': no window of ",
                         (size[axis] - 1) * dilation[axis] + 1, " steps lies on inputs of shape ",
                         shape);
      }
      result[first_axis + axis] = windows;
    }
    return result;
  }
};

/// (batch, channels, ...) as (batch, ..., channels), and back.
inline Value channels_to_end(const Value& x) { return ops::moveaxis(x, 1, -1); }
inline Value channels_to_front(const Value& x) { return ops::moveaxis(x, -1, 1); }

}  // namespace keratin::layers
