// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "keratin/graph/value.h"

namespace keratin::ops::nn {

/// What a batch says of its channels, float32 (C) each: mean and variance over all other axes, and
/// of how many numbers.
struct ChannelMoments {
  Tensor mean, variance, count;
};

/// Of the channels on axis `axis` of x, float32. `mask`, bool of all axes of x but the last, or
/// null: what it leaves out has no part; sums are divided by the number of the others + 1e-7, as in
/// Keras. Of no numbers they are 0. Equal bits for any number of threads.
ChannelMoments channel_moments(const Tensor& x, std::size_t axis, const Tensor& mask);

/// gamma (x - mean) / sqrt(variance + epsilon) + beta, channel by channel.
///   gamma, beta  (C), or none
///   of_x         the moments are those of x: they have a part in the way back
Value normalize_channels(const Value& x, std::size_t axis, const ChannelMoments& moments, bool of_x,
                         const Tensor& mask, const Value& gamma, const Value& beta, double epsilon);

/// What is made of each row of `width` numbers.
enum class RowNorm : std::uint8_t {
  kMoments,  ///< (x - mean) / sqrt(variance + epsilon)
  kRms       ///< x / sqrt(mean of squares + epsilon)
};

/// The rows along the last axes of x, which have `width` numbers together, one by one: times gamma
/// plus beta, (width) each or none. x is float32 with elements.
Value normalize_rows(const Value& x, std::int64_t width, RowNorm norm, const Value& gamma,
                     const Value& beta, double epsilon);

}  // namespace keratin::ops::nn
