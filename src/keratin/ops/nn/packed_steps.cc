// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/packed_steps.h"

#include <algorithm>
#include <numeric>

namespace keratin::ops::nn {
namespace {

// As many rows as the product of a step has at once in registers: kernels/matmul.
constexpr std::int64_t kMostSamples = 6;

}  // namespace

PackedSteps::PackedSteps(std::int64_t batch, std::int64_t steps, const Tensor& mask, bool backwards)
    : batch_(batch), steps_(steps), leading_(static_cast<std::size_t>(batch), 0) {
  const bool* const counts = mask ? mask.data<bool>().data() : nullptr;
  const auto source_of = [&](std::int64_t b, std::int64_t place) {
    return b * steps + (backwards ? steps - 1 - place : place);
  };
  // The places of the steps of each sample that count, one sample's behind another's.
  std::vector<std::int64_t> places, first(static_cast<std::size_t>(batch) + 1, 0);
  places.reserve(static_cast<std::size_t>(batch * steps));
  for (std::int64_t b = 0; b < batch; ++b) {
    const auto sample = static_cast<std::size_t>(b);
    for (std::int64_t place = 0; place < steps; ++place) {
      if (counts == nullptr || counts[source_of(b, place)]) places.push_back(place);
    }
    first[sample + 1] = static_cast<std::int64_t>(places.size());
    leading_[sample] = first[sample] == first[sample + 1]
                           ? steps
                           : places[static_cast<std::size_t>(first[sample])];
  }
  const auto length = [&](std::int64_t b) {
    const auto sample = static_cast<std::size_t>(b);
    return first[sample + 1] - first[sample];
  };
  std::vector<std::int64_t> order(static_cast<std::size_t>(batch));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return length(a) > length(b); });

  sources_.reserve(places.size()), places_.reserve(places.size()), shown_.reserve(places.size());
  const std::int64_t groups = (batch + kMostSamples - 1) / kMostSamples;
  for (std::int64_t g = 0; g < groups; ++g) {
    Group group{
        {order.begin() + g * batch / groups, order.begin() + (g + 1) * batch / groups}, {}, rows()};
    auto running = static_cast<std::int64_t>(group.samples.size());
    for (std::int64_t s = 0;; ++s) {
      while (running > 0 && length(group.samples[static_cast<std::size_t>(running - 1)]) <= s)
        --running;
      if (running == 0) break;
      group.steps.push_back({rows(), running});
      for (std::int64_t r = 0; r < running; ++r) {
        const std::int64_t b = group.samples[static_cast<std::size_t>(r)];
        const std::int64_t at = first[static_cast<std::size_t>(b)] + s;
        const std::int64_t place = places[static_cast<std::size_t>(at)];
        const std::int64_t next = at + 1 < first[static_cast<std::size_t>(b) + 1]
                                      ? places[static_cast<std::size_t>(at + 1)]
                                      : steps;
        sources_.push_back(source_of(b, place));
        places_.push_back(b * steps + place);
        shown_.push_back(next - place);
      }
    }
    groups_.push_back(std::move(group));
  }
  as_it_lies_ = true;
  for (std::int64_t r = 0; as_it_lies_ && r < rows(); ++r) as_it_lies_ = source(r) == r;
}

}  // namespace keratin::ops::nn
