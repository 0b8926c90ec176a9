// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "keratin/base/threefry.h"

/// Floats drawn by position: element i of a tensor depends on the key and i alone, so any range
/// can be drawn alone, and concurrently. The values are those of `jax.random` in float32 on a CPU
/// with fused multiply-add, on every machine. Threads: every function is pure.
namespace keratin::random {

/// Elements [first, first + out.size()) of `jax.random.uniform(key, shape, minval, maxval)`, equal
/// to the bit: in [minval, maxval) up to rounding. A maxval below minval gives minval everywhere.
/// A Dropout layer keeps element i where the draw in [0, 1) is below the rate of keeping
/// (Keras on JAX: `bernoulli`).
void fill_uniform(Key key, std::uint64_t first, float minval, float maxval, std::span<float> out);

/// Elements [first, first + out.size()) of `jax.random.normal(key, shape) * stddev + mean`: sqrt(2)
/// erf_inv(u) with u uniform in (-1, 1). Giles, Approximating the erfinv function (GPU Computing
/// Gems, 2012), evaluated step by step as XLA does; mean and stddev are rounded to float32 first.
void fill_normal(Key key, std::uint64_t first, float mean, float stddev, std::span<float> out);

/// The same for `jax.random.truncated_normal(key, -2, 2, shape) * stddev + mean`: the normal
/// distribution cut at two standard deviations, by inversion.
void fill_truncated_normal(Key key, std::uint64_t first, float mean, float stddev,
                           std::span<float> out);

}  // namespace keratin::random
