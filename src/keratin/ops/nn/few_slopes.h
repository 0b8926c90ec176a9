// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keratin/ops/nn/windows.h"
#include "keratin/tensor/tensor.h"

/// The way back of a convolution where the slopes of nearly all windows are 0, as behind a maximum
/// over all steps: of some hundred windows each unit has one. Not installed.
namespace keratin::ops::nn {

/// The numbers other than 0 of slopes (batch, windows, units), of windows that lie in one piece of
/// memory of steps (batch, steps, channels) each.
class FewSlopes {
 public:
  /// Nothing where they are more than is worth it. `windows` without dilation.
  static std::optional<FewSlopes> of(const Tensor& slopes, const Windows& windows,
                                     std::int64_t channels);

  /// Of the kernel, (taps, channels, units); nothing where a step is not finite, which times 0 is
  /// NaN.
  std::optional<Tensor> of_kernel(const Tensor& steps) const;
  /// Of the steps; nothing where the kernel is not finite.
  std::optional<Tensor> of_steps(const Tensor& kernel) const;

 private:
  struct Slope {
    std::int64_t sample, window, unit;  // where
    float slope;
  };
  FewSlopes(const Windows& windows, std::int64_t batch, std::int64_t channels, std::int64_t units)
      : windows_(windows), batch_(batch), channels_(channels), units_(units) {}

  Windows windows_;
  std::int64_t batch_, channels_, units_;
  std::vector<Slope> slopes_;         // sample after sample, window after window
  std::vector<std::size_t> samples_;  // where each begins, and the end
};

}  // namespace keratin::ops::nn
