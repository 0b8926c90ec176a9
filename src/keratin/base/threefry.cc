// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/threefry.h"

#include <cstddef>

// Into functions of either instruction set, so that each copy is compiled for its own.
#define KERATIN_INLINE [[gnu::always_inline]] inline

namespace keratin::random {
namespace {

constexpr std::uint32_t kParity = 0x1BD11BDA;  // Threefish's C240, its 32-bit half

KERATIN_INLINE constexpr std::uint32_t rotate_left(std::uint32_t x, int by) {
  return x << by | x >> (32 - by);
}

template <int R0, int R1, int R2, int R3>
KERATIN_INLINE void four_rounds(std::uint32_t& a, std::uint32_t& b) {
  b = rotate_left(b, R0) ^ (a += b);
  b = rotate_left(b, R1) ^ (a += b);
  b = rotate_left(b, R2) ^ (a += b);
  b = rotate_left(b, R3) ^ (a += b);
}

/// Free of branches and of memory: the loops around it become SIMD.
KERATIN_INLINE void encipher(Key key, std::uint32_t& a, std::uint32_t& b) {
  const std::uint32_t k0 = key.a;
  const std::uint32_t k1 = key.b;
  const std::uint32_t k2 = key.a ^ key.b ^ kParity;
  a += k0;
  b += k1;
  four_rounds<13, 15, 26, 6>(a, b);
  a += k1;
  b += k2 + 1;
  four_rounds<17, 29, 16, 24>(a, b);
  a += k2;
  b += k0 + 2;
  four_rounds<13, 15, 26, 6>(a, b);
  a += k0;
  b += k1 + 3;
  four_rounds<17, 29, 16, 24>(a, b);
  a += k1;
  b += k2 + 4;
  four_rounds<13, 15, 26, 6>(a, b);
  a += k2;
  b += k0 + 5;
}

/// How many elements from `first` on, at most `wanted`, share the high half of the counter.
std::size_t same_high_half(std::uint64_t first, std::size_t wanted) {
  const std::uint64_t left = (std::uint64_t{1} << 32) - (first & 0xFFFFFFFFu);
  return left < wanted ? static_cast<std::size_t>(left) : wanted;
}

/// n elements whose counters are (high, low), (high, low + 1) ...
KERATIN_INLINE void encipher_run(Key key, std::uint32_t high, std::uint32_t low, std::size_t n,
                                 std::uint32_t* out) {
  constexpr std::size_t kStep = 16;  // a constant, so that compilers make SIMD of it at -O2 too
  const auto encipher_at = [=](std::size_t i) __attribute__((always_inline)) {
    std::uint32_t a = high;
    std::uint32_t b = low + static_cast<std::uint32_t>(i);
    encipher(key, a, b);
    out[i] = a ^ b;
  };
  std::size_t begin = 0;
  for (; begin + kStep <= n; begin += kStep) {
    for (std::size_t i = 0; i < kStep; ++i) encipher_at(begin + i);
  }
  for (; begin < n; ++begin) encipher_at(begin);
}

using Run = void (*)(Key key, std::uint32_t high, std::uint32_t low, std::size_t n,
                     std::uint32_t* out);

void run_anywhere(Key key, std::uint32_t high, std::uint32_t low, std::size_t n,
                  std::uint32_t* out) {
  encipher_run(key, high, low, n, out);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void run_avx2(Key key, std::uint32_t high, std::uint32_t low, std::size_t n,
                                      std::uint32_t* out) {
  encipher_run(key, high, low, n, out);
}
/// It has an instruction that rotates: three a round, where AVX2 takes five.
[[gnu::target("avx512f,avx512vl,prefer-vector-width=512")]] void run_avx512(
    Key key, std::uint32_t high, std::uint32_t low, std::size_t n, std::uint32_t* out) {
  encipher_run(key, high, low, n, out);
}
Run choose_run() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return run_avx512;
  return __builtin_cpu_supports("avx2") ? run_avx2 : run_anywhere;
}
#else
Run choose_run() { return run_anywhere; }
#endif

}  // namespace

Key threefry2x32(Key key, Key counter) {
  encipher(key, counter.a, counter.b);
  return counter;
}

Key key_from_seed(std::int64_t seed) {
  const auto bits = static_cast<std::uint64_t>(seed);
  return {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)};
}

Key split(Key key, std::uint64_t index) {
  return threefry2x32(key,
                      {static_cast<std::uint32_t>(index >> 32), static_cast<std::uint32_t>(index)});
}

void fill_bits(Key key, std::uint64_t first, std::span<std::uint32_t> out) {
  static const Run run = choose_run();
  while (!out.empty()) {
    const std::size_t n = same_high_half(first, out.size());
    const auto high = static_cast<std::uint32_t>(first >> 32);
    const auto low = static_cast<std::uint32_t>(first);
    std::uint32_t* const to = out.data();
    run(key, high, low, n, to);
    first += n;
    out = out.subspan(n);
  }
}

void fill_bits(Key key, std::uint64_t first, std::span<std::uint64_t> out) {
  for (std::uint64_t& bits : out) {
    const Key block = split(key, first++);
    bits = std::uint64_t{block.a} << 32 | block.b;
  }
}

}  // namespace keratin::random
