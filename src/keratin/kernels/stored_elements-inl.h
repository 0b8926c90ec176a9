// SPDX-License-Identifier: Apache-2.0

// An element of each precision that rows are stored in: how a vector of them becomes floats, and
// floats become them. For a unit that is compiled once for each instruction set, which includes
// this after hwy/foreach_target.h.

#if defined(KERATIN_STORED_ELEMENTS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef KERATIN_STORED_ELEMENTS_INL
#undef KERATIN_STORED_ELEMENTS_INL
#else
#define KERATIN_STORED_ELEMENTS_INL
#endif

#include <cstdint>
#include <limits>

#include "hwy/highway.h"

#include "keratin/base/precision.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

struct Float32 {
  using T = float;
  template <class D>
  static HWY_INLINE hn::Vec<D> load(D d, const T* from) {
    return hn::LoadU(d, from);
  }
  template <class D>
  static HWY_INLINE void store(hn::Vec<D> x, D d, T* to) {
    hn::StoreU(x, d, to);
  }
  /// x as the precision has it, ties to even.
  template <class D>
  static HWY_INLINE hn::Vec<D> nearest(D, hn::Vec<D> x) {
    return x;
  }
  template <class D, class Bits>
  static HWY_INLINE hn::Vec<D> stochastic(D, hn::Vec<D> x, Bits) {
    return x;
  }
};

/// The bits of x with all below `dropped` cleared, after `add` was added: rounding in the integers,
/// where the next float is the next number. NaN and infinity stay.
template <class D, class Bits>
HWY_INLINE hn::Vec<D> cut(D d, hn::Vec<D> x, Bits add, std::uint32_t dropped) {
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::BitCast(du, x);
  const auto rounded = hn::AndNot(hn::Set(du, dropped), hn::Add(bits, add));
  // A NaN keeps its upper bits, of which the first is set so that one remains.
  const auto kept = hn::AndNot(hn::Set(du, dropped), hn::Or(bits, hn::Set(du, 0x400000u)));
  const auto nan = hn::IsNaN(x);
  const auto infinite = hn::Eq(hn::Abs(x), hn::Set(d, std::numeric_limits<float>::infinity()));
  return hn::IfThenElse(nan, hn::BitCast(d, kept),
                        hn::IfThenElse(infinite, x, hn::BitCast(d, rounded)));
}

/// What rounds to nearest, ties to even, when it is added and `shift` bits are dropped.
template <int shift, class D>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> half_to_even(D, hn::Vec<D> x) {
  const hn::RebindToUnsigned<D> du;
  const auto odd = hn::And(hn::ShiftRight<shift>(hn::BitCast(du, x)), hn::Set(du, 1u));
  return hn::Add(odd, hn::Set(du, (1u << (shift - 1)) - 1));
}

struct Bfloat16 {
  using T = std::uint16_t;
  template <class D>
  static HWY_INLINE hn::Vec<D> load(D d, const T* from) {
    const hn::RebindToUnsigned<D> du;
    const hn::Rebind<std::uint16_t, D> dh;
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(dh, from))));
  }
  template <class D>
  static HWY_INLINE void store(hn::Vec<D> x, D, T* to) {
    const hn::RebindToSigned<D> di;
    const hn::Rebind<std::int16_t, D> dh;
    // An arithmetic shift leaves 16 bits with their sign, which saturation does not touch.
    const auto half = hn::DemoteTo(dh, hn::ShiftRight<16>(hn::BitCast(di, x)));
    hn::StoreU(half, dh, reinterpret_cast<std::int16_t*>(to));
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> nearest(D d, hn::Vec<D> x) {
    return cut(d, x, half_to_even<16>(d, x), 0xFFFFu);
  }
  template <class D, class Bits>
  static HWY_INLINE hn::Vec<D> stochastic(D d, hn::Vec<D> x, Bits random) {
    return cut(d, x, hn::ShiftRight<16>(random), 0xFFFFu);
  }
};

struct Float16 {
  using T = std::uint16_t;
  static constexpr float kSmallestNormal = 0x1p-14f;
  static constexpr float kSpacing = 0x1p-24f;  // of the numbers below kSmallestNormal

  template <class D>
  static HWY_INLINE hn::Vec<D> load(D d, const T* from) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    const hn::Rebind<hwy::float16_t, D> df16;  // an instruction does it
    return hn::PromoteTo(d, hn::LoadU(df16, reinterpret_cast<const hwy::float16_t*>(from)));
#else
    // Sign, exponent and fraction moved to their places; the product mends the exponent, and makes
    // subnormal halves normal floats. Exact.
    const hn::RebindToUnsigned<D> du;
    const hn::Rebind<std::uint16_t, D> dh;
    const auto half = hn::PromoteTo(du, hn::LoadU(dh, from));
    const auto magnitude = hn::ShiftLeft<13>(hn::And(half, hn::Set(du, 0x7FFFu)));
    const auto finite = hn::Mul(hn::BitCast(d, magnitude), hn::Set(d, 0x1p112f));
    const auto special = hn::Ge(finite, hn::Set(d, 65536.0f));  // exponent 31: infinity, NaN
    const auto widest = hn::BitCast(d, hn::Or(magnitude, hn::Set(du, 0x7F800000u)));
    const auto sign = hn::ShiftLeft<16>(hn::And(half, hn::Set(du, 0x8000u)));
    return hn::Or(hn::IfThenElse(special, widest, finite), hn::BitCast(d, sign));
#endif
  }
  /// Of a value that nearest() or stochastic() gave.
  template <class D>
  static HWY_INLINE void store(hn::Vec<D> x, D d, T* to) {
    const hn::RebindToUnsigned<D> du;
    const hn::RebindToSigned<D> di;
    const hn::Rebind<std::uint16_t, D> dh;
    const auto size = hn::Abs(x);
    const auto scaled = hn::BitCast(du, hn::Mul(size, hn::Set(d, 0x1p-112f)));
    const auto special = hn::BitCast(du, size);
    const auto bits = hn::IfThenElse(hn::RebindMask(du, hn::Lt(size, hn::Set(d, 65536.0f))),
                                     hn::ShiftRight<13>(scaled),
                                     hn::And(hn::ShiftRight<13>(special), hn::Set(du, 0x7FFFu)));
    const auto sign = hn::And(hn::ShiftRight<16>(hn::BitCast(du, x)), hn::Set(du, 0x8000u));
    hn::StoreU(hn::DemoteTo(dh, hn::BitCast(di, hn::Or(bits, sign))), dh, to);
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> nearest(D d, hn::Vec<D> x) {
    // Round() takes ties to even, and on some targets the sign from a zero.
    const auto fine =
        hn::Mul(hn::Round(hn::Mul(x, hn::Set(d, 1 / kSpacing))), hn::Set(d, kSpacing));
    return chosen(d, x, hn::CopySign(fine, x), cut(d, x, half_to_even<13>(d, x), 0x1FFFu));
  }
  template <class D, class Bits>
  static HWY_INLINE hn::Vec<D> stochastic(D d, hn::Vec<D> x, Bits random) {
    // Below the smallest normal number the spacing is even: down, and up by chance.
    const auto q = hn::Mul(hn::Abs(x), hn::Set(d, 1 / kSpacing));
    const auto down = hn::Floor(q);
    const hn::RebindToSigned<D> di;
    const auto dice = hn::Mul(hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<8>(random))),
                              hn::Set(d, 0x1p-24f));  // 24 bits in [0, 1)
    const auto up = hn::IfThenElseZero(hn::Lt(dice, hn::Sub(q, down)), hn::Set(d, 1.0f));
    const auto fine = hn::CopySign(hn::Mul(hn::Add(down, up), hn::Set(d, kSpacing)), x);
    return chosen(d, x, fine, cut(d, x, hn::ShiftRight<19>(random), 0x1FFFu));
  }

 private:
  template <class D>
  static HWY_INLINE hn::Vec<D> chosen(D d, hn::Vec<D> x, hn::Vec<D> fine, hn::Vec<D> coarse) {
    const auto too_large = hn::Ge(hn::Abs(coarse), hn::Set(d, 65536.0f));
    const auto infinity = hn::CopySign(hn::Set(d, std::numeric_limits<float>::infinity()), x);
    const auto above = hn::IfThenElse(too_large, infinity, coarse);  // NaN compares false
    return hn::IfThenElse(hn::Lt(hn::Abs(x), hn::Set(d, kSmallestNormal)), fine, above);
  }
};

/// Calls body(tag, i) for whole vectors, then for one element at a time.
template <class Body>
HWY_INLINE void for_vectors(std::int64_t n, const Body& body) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) body(d, i);
  const hn::CappedTag<float, 1> one;
  for (; i < n; ++i) body(one, i);
}

/// Calls body(Element()) for the precision.
template <class Body>
HWY_INLINE void with_element(Precision precision, const Body& body) {
  if (precision == Precision::kFloat32) {
    body(Float32());
  } else if (precision == Precision::kBfloat16) {
    body(Bfloat16());
  } else {
    body(Float16());
  }
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // once for each instruction set
