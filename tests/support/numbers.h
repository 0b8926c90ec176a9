// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/random/random.h"
#include "keratin/tensor/tensor.h"

/// Numbers for a test, and back to what the standard library compares.
namespace keratin::testing {

/// Normal ones, the same for a seed.
inline Tensor numbers(const Shape& shape, std::int64_t seed) {
  return random::normal(shape, {.seed = seed});
}

/// The elements of a tensor of float32.
inline std::vector<float> floats(const Tensor& tensor) {
  const auto data = tensor.data<float>();
  return {data.begin(), data.end()};
}

}  // namespace keratin::testing
