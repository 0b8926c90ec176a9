// SPDX-License-Identifier: Apache-2.0
#include "keratin/random/random.h"

#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include "keratin/base/distributions.h"
#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::random {
namespace {

constexpr std::int64_t kChunk = 1 << 16;

/// Calls fill(key, first, part) for the parts of a new float32 tensor. A seed is used up when there
/// is one.
template <class Fill>
Tensor drawn(const Shape& shape, const SeedLike& seed, Fill fill) {
  Tensor tensor = uninitialized(shape);
  const Key key = seed.draw();
  const std::span<float> out = tensor.data<float>();
  parallel::for_chunks(tensor.size(), kChunk, [&](std::int64_t begin, std::int64_t end) {
    fill(key, static_cast<std::uint64_t>(begin),
         out.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
  });
  return tensor;
}

/// `x % span`, where 0 stands for the whole range of the type.
template <class Word>
Word remainder(Word x, Word span) {
  return span == 0 ? x : static_cast<Word>(x % span);
}

/// Elements [first, ...) of `jax.random.randint`: (high * 2^bits + low) % span, in words of one
/// size.
template <class Word, class T>
void fill_integers(Key key, std::uint64_t first, T minval, Word span, std::span<T> out) {
  constexpr std::size_t kBlock = 64;
  const Key high_key = split(key, 0);
  const Key low_key = split(key, 1);
  const Word half = remainder<Word>(Word{1} << (sizeof(Word) * 4), span);
  const Word multiplier = remainder<Word>(half * half, span);
  Word high[kBlock];
  Word low[kBlock];
  while (!out.empty()) {
    const std::size_t n = out.size() < kBlock ? out.size() : kBlock;
    fill_bits(high_key, first, std::span(high).first(n));
    fill_bits(low_key, first, std::span(low).first(n));
    for (std::size_t i = 0; i < n; ++i) {
      const Word sum = remainder(high[i], span) * multiplier + remainder(low[i], span);
      out[i] = static_cast<T>(static_cast<Word>(minval) + remainder(sum, span));
    }
    first += n;
    out = out.subspan(n);
  }
}

template <class T>
void draw_integers(const SeedLike& seed, std::int64_t minval, std::int64_t maxval, Tensor& tensor) {
  using Word = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  const bool too_low = std::is_unsigned_v<T>
                           ? minval < 0
                           : minval < static_cast<std::int64_t>(std::numeric_limits<T>::min());
  const bool too_high =
      sizeof(T) < 8 && maxval - 1 > static_cast<std::int64_t>(std::numeric_limits<T>::max());
  if (too_low || too_high) {
    invalid_argument("randint", "the range must fit the dtype ", tensor.dtype(),
                     ". Received: minval=", minval, ", maxval=", maxval);
  }
  const auto span =
      static_cast<Word>(static_cast<std::uint64_t>(maxval) - static_cast<std::uint64_t>(minval));
  const std::span<T> out = tensor.data<T>();
  const Key key = seed.draw();
  parallel::for_chunks(tensor.size(), kChunk, [&](std::int64_t begin, std::int64_t end) {
    fill_integers<Word, T>(
        key, static_cast<std::uint64_t>(begin), static_cast<T>(minval), span,
        out.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
  });
}

/// Sorts `values` by `keys`, equal keys in their order: three passes over 11 bits each.
void sort_by_keys(std::vector<std::uint32_t>& keys, std::vector<std::int64_t>& values) {
  constexpr int kDigit = 11;
  constexpr std::size_t kDigits = std::size_t{1} << kDigit;
  std::vector<std::uint32_t> keys_out(keys.size());
  std::vector<std::int64_t> values_out(values.size());
  for (int shift = 0; shift < 32; shift += kDigit) {
    std::array<std::size_t, kDigits> place{};
    for (const std::uint32_t key : keys) ++place[key >> shift & (kDigits - 1)];
    std::size_t before = 0;
    for (std::size_t& p : place) {
      const std::size_t count = p;
      p = before;
      before += count;
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (i % (1 << 20) == 0) parallel::check_interrupt();
      const std::size_t to = place[keys[i] >> shift & (kDigits - 1)]++;
      keys_out[to] = keys[i];
      values_out[to] = values[i];
    }
    keys.swap(keys_out);
    values.swap(values_out);
  }
}

}  // namespace

Tensor randint(const Shape& shape, std::int64_t minval, std::int64_t maxval,
               RandintOptions options) {
  if (options.dtype == DType::kBool || is_floating(options.dtype)) {
    invalid_argument("randint", "requires an integer `dtype`. Received: dtype=", options.dtype);
  }
  if (minval >= maxval) {
    invalid_argument("randint", "minval must be less than maxval. Received: minval=", minval,
                     ", maxval=", maxval);
  }
  Tensor tensor = uninitialized(shape, options.dtype);
  visit_dtype(options.dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      draw_integers<T>(options.seed, minval, maxval, tensor);
    }
  });
  return tensor;
}

Tensor uniform(const Shape& shape, UniformOptions options) {
  return drawn(shape, options.seed, [&](Key key, std::uint64_t first, std::span<float> out) {
    fill_uniform(key, first, static_cast<float>(options.minval), static_cast<float>(options.maxval),
                 out);
  });
}

Tensor normal(const Shape& shape, NormalOptions options) {
  return drawn(shape, options.seed, [&](Key key, std::uint64_t first, std::span<float> out) {
    fill_normal(key, first, static_cast<float>(options.mean), static_cast<float>(options.stddev),
                out);
  });
}

Tensor truncated_normal(const Shape& shape, NormalOptions options) {
  return drawn(shape, options.seed, [&](Key key, std::uint64_t first, std::span<float> out) {
    fill_truncated_normal(key, first, static_cast<float>(options.mean),
                          static_cast<float>(options.stddev), out);
  });
}

std::vector<std::int64_t> permutation(std::int64_t n, SeedLike seed) {
  if (n < 0) invalid_argument("permutation", "n must not be negative. Received: ", n);
  std::vector<std::int64_t> values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i);
  Key key = seed.draw();
  if (n < 2) return values;

  constexpr double kLargestKey = 4294967295.0;
  const int rounds =
      static_cast<int>(std::ceil(3 * std::log(static_cast<double>(n)) / std::log(kLargestKey)));
  std::vector<std::uint32_t> keys(values.size());
  for (int round = 0; round < rounds; ++round) {
    const Key sort_key = split(key, 1);
    key = split(key, 0);
    parallel::for_chunks(n, kChunk, [&](std::int64_t begin, std::int64_t end) {
      fill_bits(sort_key, static_cast<std::uint64_t>(begin),
                std::span(keys).subspan(static_cast<std::size_t>(begin),
                                        static_cast<std::size_t>(end - begin)));
    });
    sort_by_keys(keys, values);
  }
  return values;
}

}  // namespace keratin::random
