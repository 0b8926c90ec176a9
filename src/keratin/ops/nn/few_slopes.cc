// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/few_slopes.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops::nn {
namespace {

constexpr std::int64_t kOneOf = 8;                        // slopes; of fewer all are taken together
constexpr std::int64_t kWorthIt = std::int64_t{1} << 16;  // products of two numbers, worth a thread

/// Whether 0 times each is 0.
bool all_finite(std::span<const float> numbers) {
  constexpr std::size_t kTogether = 16;
  std::array<float, kTogether> sums{};
  std::size_t i = 0;
  for (; i + kTogether <= numbers.size(); i += kTogether) {
    for (std::size_t j = 0; j < kTogether; ++j) sums[j] += numbers[i + j] * 0.0F;
  }
  for (; i < numbers.size(); ++i) sums[0] += numbers[i] * 0.0F;
  return std::ranges::all_of(sums, [](float sum) { return sum == 0; });
}

bool any_of(std::span<const float> slopes) {
  bool any = false;
  for (const float slope : slopes) any |= slope != 0;
  return any;
}

}  // namespace

std::optional<FewSlopes> FewSlopes::of(const Tensor& slopes, const Windows& windows,
                                       std::int64_t channels) {
  const std::int64_t units = slopes.shape().back(), batch = slopes.shape()[0];
  if (slopes.size() == 0) return std::nullopt;
  FewSlopes few(windows, batch, channels, units);
  const auto most = static_cast<std::size_t>(windows.count * units / kOneOf);  // of a sample
  const float* row = elements(slopes);
  for (std::int64_t b = 0; b < batch; ++b) {
    few.samples_.push_back(few.slopes_.size());
    for (std::int64_t o = 0; o < windows.count; ++o, row += units) {
      if (!any_of({row, static_cast<std::size_t>(units)})) continue;
      for (std::int64_t u = 0; u < units; ++u) {
        if (row[u] != 0) few.slopes_.push_back({b, o, u, row[u]});
      }
      if (few.slopes_.size() - few.samples_.back() > most) return std::nullopt;
    }
  }
  few.samples_.push_back(few.slopes_.size());
  return few;
}

std::optional<Tensor> FewSlopes::of_kernel(const Tensor& steps) const {
  const float* x = elements(steps);
  if (!all_finite({x, static_cast<std::size_t>(steps.size())})) return std::nullopt;
  // By units, each in the order of samples and windows.
  std::vector<std::size_t> begins(static_cast<std::size_t>(units_) + 1);
  for (const Slope& one : slopes_) ++begins[static_cast<std::size_t>(one.unit) + 1];
  for (std::size_t u = 1; u < begins.size(); ++u) begins[u] += begins[u - 1];
  std::vector<Slope> by_unit(slopes_.size());
  std::vector<std::size_t> at(begins.begin(), begins.end() - 1);
  for (const Slope& one : slopes_) by_unit[at[static_cast<std::size_t>(one.unit)]++] = one;

  const std::int64_t window = windows_.size * channels_;
  Tensor slope = uninitialized({windows_.size, channels_, units_});
  float* out = slope.data<float>().data();
  const std::int64_t work = (static_cast<std::int64_t>(slopes_.size()) / units_ + 1) * window;
  parallel::for_chunks(units_, std::max<std::int64_t>(1, kWorthIt / work),
                       [&](std::int64_t first, std::int64_t end) {
                         std::vector<float> sums(static_cast<std::size_t>(window));
                         for (std::int64_t u = first; u < end; ++u) {
                           std::ranges::fill(sums, 0.0F);
                           for (std::size_t i = begins[static_cast<std::size_t>(u)];
                                i < begins[static_cast<std::size_t>(u) + 1]; ++i) {
                             const Slope& one = by_unit[i];
                             const Range taps = windows_.taps_of(one.window);
                             if (taps.count() == 0) continue;
                             const float* from = x + (one.sample * windows_.steps +
                                                      windows_.place(one.window, taps.first)) *
                                                         channels_;
                             float* to = sums.data() + taps.first * channels_;
                             for (std::int64_t j = 0; j < taps.count() * channels_; ++j)
                               to[j] += one.slope * from[j];
                           }
                           for (std::int64_t j = 0; j < window; ++j)
                             out[j * units_ + u] = sums[static_cast<std::size_t>(j)];
                         }
                       });
  return slope;
}

std::optional<Tensor> FewSlopes::of_steps(const Tensor& kernel) const {
  const std::int64_t window = windows_.size * channels_;
  const float* k = elements(kernel);
  if (!all_finite({k, static_cast<std::size_t>(kernel.size())})) return std::nullopt;
  std::vector<float> by_unit(
      static_cast<std::size_t>(kernel.size()));  // a window of each lies together
  for (std::int64_t j = 0; j < window; ++j) {
    for (std::int64_t u = 0; u < units_; ++u)
      by_unit[static_cast<std::size_t>(u * window + j)] = k[j * units_ + u];
  }
  Tensor slope = Tensor::zeros({batch_, windows_.steps, channels_});
  float* out = slope.data<float>().data();
  const std::int64_t work = (static_cast<std::int64_t>(slopes_.size()) / batch_ + 1) * window;
  parallel::for_chunks(
      batch_, std::max<std::int64_t>(1, kWorthIt / work),
      [&](std::int64_t first, std::int64_t end) {
        for (std::size_t i = samples_[static_cast<std::size_t>(first)];
             i < samples_[static_cast<std::size_t>(end)]; ++i) {
          const Slope& one = slopes_[i];
          const Range taps = windows_.taps_of(one.window);
          if (taps.count() == 0) continue;
          const float* from = by_unit.data() + one.unit * window + taps.first * channels_;
          float* to = out + (one.sample * windows_.steps + windows_.place(one.window, taps.first)) *
                                channels_;
          for (std::int64_t j = 0; j < taps.count() * channels_; ++j) to[j] += one.slope * from[j];
        }
      });
  return slope;
}

}  // namespace keratin::ops::nn
