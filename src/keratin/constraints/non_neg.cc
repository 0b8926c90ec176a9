// SPDX-License-Identifier: Apache-2.0
#include "keratin/constraints/non_neg.h"

#include <cstdint>

#include "keratin/base/elements.h"
#include "keratin/parallel/parallel.h"

namespace keratin::constraints {

NonNeg::NonNeg(NonNegOptions) {}

NonNegOptions NonNeg::options_from(const Config& config) {
  ConfigReader("NonNeg", config).finish();
  return {};
}

void NonNeg::apply(std::span<float> w, const Shape& shape) const {
  check_elements("NonNeg", shape, {w.size()});
  parallel::for_chunks(static_cast<std::int64_t>(w.size()), std::int64_t{1} << 15,
                       [&](auto begin, auto end) {
                         float* values = w.data();
                         for (std::int64_t i = begin; i < end; ++i)
                           values[i] = values[i] <= 0 ? 0.0f : values[i];
                       });
}

}  // namespace keratin::constraints
