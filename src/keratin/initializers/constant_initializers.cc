// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/constant_initializers.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/initializers/initializer_fields.h"

namespace keratin::initializers {
template <class F>
void fields(F& f, ZerosOptions&) {
  f.ignore("dtype");  // Keras 2
}

template <class F>
void fields(F& f, OnesOptions&) {
  f.ignore("dtype");  // Keras 2
}

template <class F>
void fields(F& f, ConstantOptions& o) {
  f("value", o.value);
  f.ignore("dtype");  // Keras 2
}

template <class F>
void fields(F& f, IdentityOptions& o) {
  f("gain", o.gain);
  f.ignore("dtype");  // Keras 2
}

Zeros::Zeros(ZerosOptions options) : Configured(options) {}
void Zeros::fill(const Shape&, std::int64_t, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0f);
}

Ones::Ones(OnesOptions options) : Configured(options) {}
void Ones::fill(const Shape&, std::int64_t, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 1.0f);
}

Constant::Constant(ConstantOptions options) : Configured(options) {}
void Constant::fill(const Shape&, std::int64_t, std::span<float> out) const {
  std::fill(out.begin(), out.end(), static_cast<float>(options_.value));
}

Identity::Identity(IdentityOptions options) : Configured(options) {}
void Identity::fill(const Shape& shape, std::int64_t first, std::span<float> out) const {
  if (shape.rank() != 2) {
    invalid_argument(
        "Identity", "the identity matrix can only be used for 2D matrices. Received: shape=", shape,
        " of rank ", shape.rank(), ".");
  }
  std::fill(out.begin(), out.end(), 0.0f);
  const std::int64_t columns = shape[1];
  const std::int64_t end = first + static_cast<std::int64_t>(out.size());
  if (columns == 0) return;
  for (std::int64_t row = first / columns; row < std::min(shape[0], columns); ++row) {
    const std::int64_t at = row * columns + row;
    if (at >= end) break;
    if (at >= first) out[static_cast<std::size_t>(at - first)] = static_cast<float>(options_.gain);
  }
}

}  // namespace keratin::initializers

namespace keratin {
template class Configured<initializers::Zeros, initializers::ZerosOptions,
                          initializers::Initializer>;
template class Configured<initializers::Ones, initializers::OnesOptions, initializers::Initializer>;
template class Configured<initializers::Constant, initializers::ConstantOptions,
                          initializers::Initializer>;
template class Configured<initializers::Identity, initializers::IdentityOptions,
                          initializers::Initializer>;
}  // namespace keratin
