// SPDX-License-Identifier: Apache-2.0
#include "keratin/constraints/non_neg.h"

#include <cstdint>

#include "keratin/base/elements.h"
#include "keratin/base/fields.h"
#include "keratin/parallel/parallel.h"

namespace keratin::constraints {

template <class F>
void fields(F&, NonNegOptions&) {}

NonNeg::NonNeg(NonNegOptions options) : Configured(options) {}

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

namespace keratin {
template class Configured<constraints::NonNeg, constraints::NonNegOptions, constraints::Constraint>;
}  // namespace keratin
