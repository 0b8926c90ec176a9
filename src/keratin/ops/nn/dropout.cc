// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/dropout.h"

#include <vector>

#include "keratin/base/seed.h"
#include "keratin/base/threefry.h"
#include "keratin/graph/op.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops::nn {
namespace {

/// What every element of `shape` is multiplied with: 0, or 1 / (1 - rate). Kept where JAX's
/// bernoulli(key, 1 - rate) over `noise_shape` is true; its float32 uniforms are the upper 23 bits.
Tensor draw_factors(const Shape& shape, const Shape& noise_shape, double rate, std::int64_t seed,
                    std::int64_t step) {
  Tensor factors = uninitialized(shape);
  const auto out = factors.data<float>();
  random::Key key = random::key_from_seed(seed);
  key.b += static_cast<std::uint32_t>(step);  // Keras: SeedGenerator adds [0, 1] at every call
  std::vector<std::uint32_t> bits(static_cast<std::size_t>(noise_shape.size()));
  random::fill_bits(key, 0, bits);
  const auto keep = static_cast<float>(1.0 - rate);
  const float scale = rate < 1 ? 1.0F / keep : 0.0F;

  // Strides of the noise, 0 where it is broadcast; `place` counts through the elements of shape.
  const std::size_t rank = shape.rank();
  std::vector<std::int64_t> stride(rank), place(rank);
  std::int64_t size = 1;
  for (std::size_t axis = rank; axis-- > 0;) {
    stride[axis] = noise_shape[axis] == 1 ? 0 : size;
    size *= noise_shape[axis];
  }
  std::int64_t at = 0;
  for (float& factor : out) {
    const float uniform = static_cast<float>(bits[static_cast<std::size_t>(at)] >> 9) * 0x1p-23F;
    factor = uniform < keep ? scale : 0.0F;
    for (std::size_t axis = rank; axis-- > 0;) {
      at += stride[axis];
      if (++place[axis] < shape[axis]) break;
      at -= stride[axis] * shape[axis];
      place[axis] = 0;
    }
  }
  return factors;
}

Tensor product(const Tensor& x, const Tensor& factors) {
  Tensor result = uninitialized(x.shape());
  const auto a = x.data<float>();
  const auto b = factors.data<float>();
  const auto out = result.data<float>();
  // A dropped element is 0 even where x is infinite or NaN, as Keras's select makes it.
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = b[i] == 0.0F ? 0.0F : a[i] * b[i];
  return result;
}

}  // namespace

Value dropout(const Value& x, double rate, const Shape& noise_shape, std::int64_t seed,
              std::int64_t draw) {
  return compute({&x}, [&](const Arguments& in) {
    const Tensor factors = draw_factors(in[0].shape(), noise_shape, rate, seed, draw);
    Result result{product(in[0], factors)};
    if (in.wants_any()) {
      result.pullback = [factors](Slopes& slopes) { slopes.add(0, product(slopes.of(), factors)); };
    }
    return result;
  });
}

}  // namespace keratin::ops::nn
