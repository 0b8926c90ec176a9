// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/base/seed.h"
#include "keratin/random/seed_generator.h"
#include "keratin/tensor/tensor.h"

/// Keras's `keras.random`: the same seed gives the tensors of Keras on JAX. Without a seed every
/// call gives others. Shapes must be known; else std::invalid_argument. Threads: every function is
/// safe.
namespace keratin::random {

struct RandintOptions {
  DType dtype = DType::kInt32;
  SeedLike seed = {};
};

/// Integers in [minval, maxval). The remainder of twice as many random bits as the type has (32 at
/// least), so the bias is below (maxval - minval) 2^-64. int64 and uint64 are as JAX's with 64-bit
/// types on. Throws std::invalid_argument when minval >= maxval, for a dtype that is no integer,
/// and for a range that does not fit it. (Keras on JAX gives minval everywhere, and cuts the
/// range.)
Tensor randint(const Shape& shape, std::int64_t minval, std::int64_t maxval,
               RandintOptions options = {});

struct UniformOptions {
  double minval = 0.0;
  double maxval = 1.0;
  SeedLike seed = {};
};

/// float32 in [minval, maxval).
Tensor uniform(const Shape& shape, UniformOptions options = {});

struct NormalOptions {
  double mean = 0.0;
  double stddev = 1.0;
  SeedLike seed = {};
};

/// float32, normal.
Tensor normal(const Shape& shape, NormalOptions options = {});

/// float32, normal, cut at two standard deviations.
Tensor truncated_normal(const Shape& shape, NormalOptions options = {});

/// The numbers 0 to n - 1 in random order: what `keras.random.shuffle(arange(n), seed=seed)` gives
/// on JAX. Sorts by random 32-bit keys, stably, as many times as it takes for equal keys not to
/// matter (ceil(3 log n / log 2^32)). O(n). Throws std::invalid_argument when n is negative.
std::vector<std::int64_t> permutation(std::int64_t n, SeedLike seed = {});

}  // namespace keratin::random
