// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/distributions.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

// Into functions of either instruction set, so that each copy is compiled for its own.
#define KERATIN_INLINE [[gnu::always_inline]] inline

namespace keratin::random {
namespace {

constexpr std::size_t kBlock =
    64;  // elements drawn at a time; a constant, so that loops become SIMD

/// a * b + c rounded once, as hardware FMA does, without asking for such hardware: the product of
/// two floats is exact in double. The double sum is rounded too, which can tell in about one of
/// 2^29 operations, by the last bit; for the normal kinds all 2^23 draws were compared, and it
/// never does.
struct InDouble {
  static float multiply_add(float a, float b, float c) {
    return static_cast<float>(static_cast<double>(a) * static_cast<double>(b) +
                              static_cast<double>(c));
  }
};

/// The same by std::fma: one instruction where the function it is inlined into may use it.
struct ByHardware {
  static float multiply_add(float a, float b, float c) { return std::fma(a, b, c); }
};

/// The bits that a float sets lie in [low, high): it is a multiple of 2^low and below 2^high.
struct BitRange {
  int low;
  int high;
};

BitRange bit_range(float x) {
  int exponent = 0;
  const double fraction = std::frexp(static_cast<double>(x), &exponent);  // in [0.5, 1)
  const auto digits = static_cast<std::uint64_t>(std::ldexp(std::fabs(fraction), 53));
  return {exponent - 53 + std::countr_zero(digits), exponent};
}

/// Whether u * span + minval is exact in double for every u = k 2^-23 below 1.
bool exact_in_double(float span, float minval) {
  if (!std::isfinite(span) || !std::isfinite(minval)) return false;
  if (span == 0 || minval == 0) return true;
  const BitRange a = bit_range(span);
  const BitRange b = bit_range(minval);
  return std::max(a.high, b.high) + 1 - std::min(a.low - 23, b.low) <= 53;
}

/// 23 random bits as a float in [0, 1).
KERATIN_INLINE float unit_float(std::uint32_t bits) {
  return std::bit_cast<float>(bits >> 9 | 0x3F800000u) - 1.0f;
}

/// Natural logarithm of a normal positive number, as XLA's (Cephes' logf).
template <class Fma>
KERATIN_INLINE float log_normal(float x) {
  constexpr float kSqrtHalf = 0.707106781186547524f;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const float fraction = std::bit_cast<float>((bits & 0x007FFFFFu) | 0x3F000000u);
  const bool small = fraction < kSqrtHalf;
  const float exponent =
      static_cast<float>(static_cast<std::int32_t>(bits >> 23) - 126) - (small ? 1.0f : 0.0f);
  const float m = fraction - 1.0f + (small ? fraction : 0.0f);
  const float m2 = m * m;
  const float m3 = m2 * m;
  float p0 = Fma::multiply_add(m, 7.0376836292E-2f, -1.1514610310E-1f);
  float p1 = Fma::multiply_add(m, -1.2420140846E-1f, 1.4249322787E-1f);
  float p2 = Fma::multiply_add(m, 2.0000714765E-1f, -2.4999993993E-1f);
  p0 = Fma::multiply_add(p0, m, 1.1676998740E-1f);
  p1 = Fma::multiply_add(p1, m, -1.6668057665E-1f);
  p2 = Fma::multiply_add(p2, m, 3.3333331174E-1f);
  p1 = Fma::multiply_add(p0, m3, p1);
  p2 = Fma::multiply_add(p1, m3, p2);
  const float tail = Fma::multiply_add(p2, m3, -2.12194440e-4f * exponent);
  return Fma::multiply_add(exponent, 0.693359375f, Fma::multiply_add(m2, -0.5f, m) + tail);
}

/// log(1 + x) for x near 0, as XLA's (Cephes' log1p).
template <class Fma>
KERATIN_INLINE float log1p_small(float x) {
  float q = x + 1.5062909083469192043167E1f;
  q = Fma::multiply_add(q, x, 8.3047565967967209469434E1f);
  q = Fma::multiply_add(q, x, 2.2176239823732856465394E2f);
  q = Fma::multiply_add(q, x, 3.0909872225312059774938E2f);
  q = Fma::multiply_add(q, x, 2.1642788614495947685003E2f);
  q = Fma::multiply_add(q, x, 6.0118660497603843919306E1f);
  float p = Fma::multiply_add(4.5270000862445199635215E-5f, x, 4.9854102823193375972212E-1f);
  p = Fma::multiply_add(p, x, 6.5787325942061044846969E0f);
  p = Fma::multiply_add(p, x, 2.9911919328553073277375E1f);
  p = Fma::multiply_add(p, x, 6.0949667980987787057556E1f);
  p = Fma::multiply_add(p, x, 5.7112963590585538103336E1f);
  p = Fma::multiply_add(p, x, 2.0039553499201281259648E1f);
  const float x2 = x * x;
  return x + Fma::multiply_add(x2, -0.5f, x * x2 * (p / q));
}

/// sqrt(2) erf_inv(x) for |x| < 1.
template <class Fma>
KERATIN_INLINE float scaled_erf_inv(float x) {
  constexpr float kSqrt2 = 1.41421356237309504880f;
  constexpr float kNearZero =
      0.41421356237309504880f;  // where XLA changes from log1p to log(1 + x)
  const float minus_square = x * -x;
  const float near = log1p_small<Fma>(minus_square);
  const float far = log_normal<Fma>(minus_square + 1.0f);
  const float w = -(-minus_square < kNearZero ? near : far);
  const bool central = w < 5.0f;
  const float t = central ? w - 2.5f : std::sqrt(w) - 3.0f;
  float p = central ? 2.81022636e-08f : -0.000200214257f;
  p = Fma::multiply_add(p, t, central ? 3.43273939e-07f : 0.000100950558f);
  p = Fma::multiply_add(p, t, central ? -3.5233877e-06f : 0.00134934322f);
  p = Fma::multiply_add(p, t, central ? -4.39150654e-06f : -0.00367342844f);
  p = Fma::multiply_add(p, t, central ? 0.00021858087f : 0.00573950773f);
  p = Fma::multiply_add(p, t, central ? -0.00125372503f : -0.0076224613f);
  p = Fma::multiply_add(p, t, central ? -0.00417768164f : 0.00943887047f);
  p = Fma::multiply_add(p, t, central ? 0.246640727f : 1.00167406f);
  p = Fma::multiply_add(p, t, central ? 1.50140941f : 2.83297682f);
  return x * p * kSqrt2;
}

/// A block of fill_normal.
template <class Fma>
KERATIN_INLINE void normal_block(const std::uint32_t* bits, float mean, float stddev, float* to) {
  constexpr float kLow = -0x1.fffffep-1f;  // the float after -1
  for (std::size_t i = 0; i < kBlock; ++i) {
    const float u = Fma::multiply_add(unit_float(bits[i]), 2.0f, kLow);
    to[i] = scaled_erf_inv<Fma>(u < kLow ? kLow : u) * stddev + mean;
  }
}

/// A block of fill_truncated_normal.
template <class Fma>
KERATIN_INLINE void truncated_block(const std::uint32_t* bits, float mean, float stddev,
                                    float* to) {
  constexpr float kEdge = 0x1.e8b43p-1f;      // erf(2 / sqrt(2)), as XLA computes it
  constexpr float kLargest = 0x1.fffffep+0f;  // the float before 2
  for (std::size_t i = 0; i < kBlock; ++i) {
    const float u = Fma::multiply_add(unit_float(bits[i]), kEdge + kEdge, -kEdge);
    float x = scaled_erf_inv<Fma>(u < -kEdge ? -kEdge : u);
    x = x < -kLargest ? -kLargest : x;
    x = x > kLargest ? kLargest : x;
    to[i] = x * stddev + mean;
  }
}

using Block = void (*)(const std::uint32_t* bits, float mean, float stddev, float* to);

void normal_anywhere(const std::uint32_t* bits, float mean, float stddev, float* to) {
  normal_block<InDouble>(bits, mean, stddev, to);
}
void truncated_anywhere(const std::uint32_t* bits, float mean, float stddev, float* to) {
  truncated_block<InDouble>(bits, mean, stddev, to);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void normal_fma(const std::uint32_t* bits, float mean, float stddev,
                                            float* to) {
  normal_block<ByHardware>(bits, mean, stddev, to);
}
[[gnu::target("avx2,fma")]] void truncated_fma(const std::uint32_t* bits, float mean, float stddev,
                                               float* to) {
  truncated_block<ByHardware>(bits, mean, stddev, to);
}

/// The quicker of two functions that give the same bits.
Block choose(Block fma, Block anywhere) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? fma : anywhere;
}
Block choose_normal() { return choose(normal_fma, normal_anywhere); }
Block choose_truncated() { return choose(truncated_fma, truncated_anywhere); }
#else
Block choose_normal() { return normal_anywhere; }
Block choose_truncated() { return truncated_anywhere; }
#endif

/// Calls `to_floats(bits, floats)` for blocks of kBlock elements that cover the range.
template <class ToFloats>
void fill_blocks(Key key, std::uint64_t first, std::span<float> out, ToFloats to_floats) {
  std::uint32_t bits[kBlock];
  while (out.size() >= kBlock) {
    fill_bits(key, first, bits);
    to_floats(bits, out.data());
    first += kBlock;
    out = out.subspan(kBlock);
  }
  if (out.empty()) return;
  float last[kBlock];
  fill_bits(key, first, std::span(bits).first(out.size()));
  std::fill(bits + out.size(), bits + kBlock, 0u);
  to_floats(bits, last);
  std::copy_n(last, out.size(), out.data());
}

}  // namespace

void fill_uniform(Key key, std::uint64_t first, float minval, float maxval, std::span<float> out) {
  const float span = maxval - minval;
  if (minval == 0 && span == 1) {
    fill_blocks(key, first, out, [](const std::uint32_t* bits, float* to) {
      for (std::size_t i = 0; i < kBlock; ++i) to[i] = unit_float(bits[i]);
    });
  } else if (exact_in_double(span, minval)) {
    fill_blocks(key, first, out, [=](const std::uint32_t* bits, float* to) {
      for (std::size_t i = 0; i < kBlock; ++i) {
        const float x = InDouble::multiply_add(unit_float(bits[i]), span, minval);
        to[i] = x < minval ? minval : x;
      }
    });
  } else {
    fill_blocks(key, first, out, [=](const std::uint32_t* bits, float* to) {
      for (std::size_t i = 0; i < kBlock; ++i) {
        const float x = std::fma(unit_float(bits[i]), span, minval);
        to[i] = x < minval ? minval : x;
      }
    });
  }
}

void fill_normal(Key key, std::uint64_t first, float mean, float stddev, std::span<float> out) {
  static const Block block = choose_normal();
  fill_blocks(key, first, out,
              [=](const std::uint32_t* bits, float* to) { block(bits, mean, stddev, to); });
}

void fill_truncated_normal(Key key, std::uint64_t first, float mean, float stddev,
                           std::span<float> out) {
  static const Block block = choose_truncated();
  fill_blocks(key, first, out,
              [=](const std::uint32_t* bits, float* to) { block(bits, mean, stddev, to); });
}

}  // namespace keratin::random
