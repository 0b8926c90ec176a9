// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/constant_initializers.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/initializers/initializer_fields.h"
#include "keratin/tensor/array_config.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::initializers {
template <class F>
void fields(F& f, ZerosOptions&) {
  f.ignore("dtype");  // Keras 2
}

template <class F>
void fields(F& f, OnesOptions&) {
  f.ignore("dtype");  // Keras 2
}

Config to_config(const ConstantValue& value) {
  return value.array ? config_of_array(value.array) : Config(value.number);
}
void from_config(const Config& config, ConstantValue& value) {
  if (is_array_config(config)) {
    value = array_from_config(config, DType::kFloat32);
  } else if (config.is_list() || config.is_number_array()) {
    value = array_from_lists(config, DType::kFloat32);
  } else {
    value = config.as_double();
  }
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
void Constant::fill(const Shape& shape, std::int64_t first, std::span<float> out) const {
  if (!options_.value.array) {
    std::fill(out.begin(), out.end(), static_cast<float>(options_.value.number));
    return;
  }
  const Shape& from = options_.value.array.shape();
  const std::span<const float> values = options_.value.array.data<float>();
  const std::size_t rank = shape.rank(), missing = rank - std::min(rank, from.rank());
  std::vector<std::size_t> strides(rank, 0);  // in the array, 0 where it is repeated
  std::size_t stride = 1;
  bool fits = from.rank() <= rank;
  for (std::size_t axis = rank; fits && axis-- > missing;) {
    const std::int64_t dim = from[axis - missing];
    fits = dim == shape[axis] || dim == 1;
    if (dim != 1) strides[axis] = stride;
    stride *= static_cast<std::size_t>(dim);
  }
  if (!fits) {
    invalid_argument(kName, "an array of shape ", from,
                     " cannot be broadcast to a weight of shape ", shape, ".");
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::size_t left = static_cast<std::size_t>(first) + i, at = 0;
    for (std::size_t axis = rank; axis-- > 0;) {
      const auto dim = static_cast<std::size_t>(shape[axis]);
      at += left % dim * strides[axis];
      left /= dim;
    }
    out[i] = values[at];
  }
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
