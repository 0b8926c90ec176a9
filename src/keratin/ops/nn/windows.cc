// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/windows.h"

#include <algorithm>

namespace keratin::ops::nn {
namespace {

std::int64_t rounded_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// From the first tap of a window to its last.
std::int64_t span_of(std::int64_t size, std::int64_t dilation) { return (size - 1) * dilation; }

}  // namespace

Range Windows::windows_of(std::int64_t tap) const {
  const std::int64_t at = place(0, tap);
  return {at >= 0 ? 0 : rounded_up(-at, stride),
          at >= steps ? 0 : std::min(count, (steps - at - 1) / stride + 1)};
}

Range Windows::taps_of(std::int64_t window) const {
  const std::int64_t at = place(window, 0);
  return {at >= 0 ? 0 : rounded_up(-at, dilation),
          at >= steps ? 0 : std::min(size, (steps - at - 1) / dilation + 1)};
}

std::int64_t Windows::window_at(std::int64_t step, std::int64_t tap) const {
  const std::int64_t at = step - place(0, tap);
  return at < 0 || at % stride != 0 || at / stride >= count ? -1 : at / stride;
}

std::int64_t window_count(std::int64_t steps, std::int64_t size, std::int64_t stride,
                          std::int64_t dilation, Padding padding) {
  if (steps == kNone) return kNone;
  if (padding == Padding::kValid) steps -= span_of(size, dilation);
  return steps <= 0 ? 0 : (steps - 1) / stride + 1;
}

Windows windows_on(std::int64_t steps, std::int64_t size, std::int64_t stride,
                   std::int64_t dilation, Padding padding) {
  Windows w{
      steps,  size,
      stride, dilation,
      0,      std::max<std::int64_t>(0, window_count(steps, size, stride, dilation, padding))};
  const std::int64_t span = span_of(size, dilation);
  if (padding == Padding::kCausal) w.before = span;
  if (padding == Padding::kSame)
    w.before = std::max<std::int64_t>(0, (w.count - 1) * stride + span + 1 - steps) / 2;
  return w;
}

Spans Spans::adaptive(std::int64_t steps, std::int64_t count) {
  Spans spans;
  spans.steps = steps;
  spans.count = count;
  spans.adaptive_ = true;
  return spans;
}

Range Spans::of(std::int64_t window) const {
  if (adaptive_) return {window * steps / count, ((window + 1) * steps + count - 1) / count};
  const Range taps = windows_.taps_of(window);
  return {windows_.place(window, taps.first), windows_.place(window, taps.end)};
}

}  // namespace keratin::ops::nn
