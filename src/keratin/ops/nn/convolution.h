// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "keratin/graph/value.h"
#include "keratin/ops/nn/windows.h"

namespace keratin::ops::nn {

/// How the windows of a convolution lie on its two axes. With one axis of steps, `rows` is as made.
struct ConvolutionWindows {
  Windows rows = {};
  Windows columns;
  std::int64_t groups = 1;
};

/// y[b, i, j] = bias + the sum over taps of x[b, place(i, k), place(j, l)] kernel[k, l]: what
/// machine learning calls a convolution, and mathematics a correlation.
///   x       float32 (B, W, C), or (B, H, W, C), with elements
///   kernel  (L, C / groups, units), or (K, L, C / groups, units); group g has units
///           [g units / groups, ...) of channels [g C / groups, ...)
///   bias    (units), or none
///   gives   (B, windows, units), or (B, windows, windows, units)
/// The shapes must fit: the layer has looked. Where a window lies in one piece of memory it is a
/// row of a matrix product: nothing is copied. Equal bits for any number of threads.
Value convolution(const Value& x, const Value& kernel, const Value& bias,
                  const ConvolutionWindows& windows);

/// The way back of convolution() as a function of its own: what is at window i goes to the steps
/// under it.
///   x       float32 (B, windows, C), or (B, windows, windows, C), with elements
///   kernel  (L, units, C), or (K, L, units, C)
///   gives   (B, W, units), or (B, H, W, units), of the steps in `windows`
Value convolution_transpose(const Value& x, const Value& kernel, const Value& bias,
                            const ConvolutionWindows& windows);

}  // namespace keratin::ops::nn
