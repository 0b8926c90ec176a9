// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "keratin/base/shape.h"

/// How windows lie on an axis of steps: what convolution and pooling have in common. Not installed.
namespace keratin::ops::nn {

/// What is put around the steps before windows are laid.
enum class Padding : std::uint8_t {
  kValid,  ///< nothing
  kSame,   ///< so much that there is a window for each `stride` steps; the odd one behind
  kCausal  ///< in front, so that a window sees no later step than its own
};

/// [first, end); empty where end is not above first.
struct Range {
  std::int64_t first, end;
  std::int64_t count() const { return end > first ? end - first : 0; }
};

/// Window o has `size` taps, of which tap k lies on step place(o, k), or beside the steps. Sizes,
/// strides and dilations are from 1 to kLargest, so that nothing here overflows.
struct Windows {
  static constexpr std::int64_t kLargest = INT32_MAX;

  std::int64_t steps = 1;
  std::int64_t size = 1, stride = 1, dilation = 1;
  std::int64_t before = 0;  // places in front of the first step
  std::int64_t count = 1;   // windows

  std::int64_t place(std::int64_t window, std::int64_t tap) const {
    return window * stride + tap * dilation - before;
  }
  /// The windows whose tap lies on a step.
  Range windows_of(std::int64_t tap) const;
  /// The taps of a window that lie on steps.
  Range taps_of(std::int64_t window) const;
  /// The window whose tap lies on that step; -1 where there is none.
  std::int64_t window_at(std::int64_t step, std::int64_t tap) const;
};

/// The steps that each of `count` windows covers, for what asks no more of them.
struct Spans {
  Spans() = default;  // one window on one step
  /// Those of windows without dilation.
  explicit Spans(const Windows& windows)
      : steps(windows.steps), count(windows.count), windows_(windows) {}
  /// `count` windows that share out `steps` steps, at least one each, as evenly as can be: window o
  /// from floor(o steps / count) to ceil((o + 1) steps / count). Both are below 2^31.
  static Spans adaptive(std::int64_t steps, std::int64_t count);

  Range of(std::int64_t window) const;

  std::int64_t steps = 1;
  std::int64_t count = 1;

 private:
  Windows windows_;
  bool adaptive_ = false;
};

/// How many windows lie on so many steps, kNone of kNone; 0 or less where they are too few.
std::int64_t window_count(std::int64_t steps, std::int64_t size, std::int64_t stride,
                          std::int64_t dilation, Padding padding);
Windows windows_on(std::int64_t steps, std::int64_t size, std::int64_t stride,
                   std::int64_t dilation, Padding padding);

}  // namespace keratin::ops::nn
