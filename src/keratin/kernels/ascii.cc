// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/ascii.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/ascii.cc"
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<std::uint8_t, kMarked>;

/// A bit a lane.
template <class Mask>
HWY_INLINE std::uint64_t bits_of(Mask mask) {
  HWY_ALIGN std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(D(), mask, bytes);
  std::uint64_t bits;
  std::memcpy(&bits, bytes, sizeof bits);
  return hn::Lanes(D()) == kMarked ? bits
                                   : bits & ((std::uint64_t{1} << hn::Lanes(D()) % kMarked) - 1);
}

/// A block, whose bytes `load` gives from an offset on: they to `to`, its marks to the bits of two
/// numbers.
template <class Load>
HWY_INLINE void MarkBlock(const Load& load, bool lowers, std::uint8_t* to, std::uint64_t& spaces,
                          std::uint64_t& signs) {
  const D d;
  // Whether first <= c <= last: what is below wraps around.
  const auto within = [&](auto c, char first, char last) HWY_ATTR {
    const auto size = hn::Set(d, static_cast<std::uint8_t>(last - first));
    const auto above = hn::Sub(c, hn::Set(d, static_cast<std::uint8_t>(first)));
    return hn::Eq(hn::Min(above, size), above);
  };
  spaces = 0;
  signs = 0;
  for (std::size_t i = 0; i < kMarked; i += hn::Lanes(d)) {
    const auto c = load(i);
    const auto is_sign = hn::Or(hn::Or(within(c, '!', '/'), within(c, ':', '@')),
                                hn::Or(within(c, '[', '`'), within(c, '{', '~')));
    const auto is_space = hn::Or(hn::Eq(c, hn::Set(d, std::uint8_t{' '})), within(c, '\t', '\r'));
    const auto small = hn::IfThenElseZero(within(c, 'A', 'Z'), hn::Set(d, std::uint8_t{32}));
    hn::StoreU(lowers ? hn::Or(c, small) : c, d, to + i);
    spaces |= bits_of(is_space) << i;
    signs |= bits_of(is_sign) << i;
  }
}

void AsciiMarks(const std::uint8_t* text, std::size_t n, bool lowers, std::uint8_t* to,
                std::uint64_t* spaces, std::uint64_t* signs) {
  const D d;
  std::size_t i = 0;
  const auto whole = [&](std::size_t at) HWY_ATTR { return hn::LoadU(d, text + i + at); };
  for (; i + kMarked <= n; i += kMarked, ++spaces, ++signs)
    MarkBlock(whole, lowers, to + i, *spaces, *signs);
  if (i == n) return;
  if (hn::Lanes(d) == kMarked) {  // texts are short, and such vectors have masks for bytes
    const auto spaces_behind = hn::Set(d, std::uint8_t{' '});
    const auto known = hn::FirstN(d, n - i);
    const auto part = [&](std::size_t) HWY_ATTR {
      return hn::IfThenElse(known, hn::MaskedLoad(known, d, text + i), spaces_behind);
    };
    MarkBlock(part, lowers, to + i, *spaces, *signs);
    return;
  }
  HWY_ALIGN std::uint8_t last[kMarked];
  std::memset(last, ' ', sizeof last);
  std::memcpy(last, text + i, n - i);
  const auto copied = [&](std::size_t at) HWY_ATTR { return hn::Load(d, last + at); };
  MarkBlock(copied, lowers, to + i, *spaces, *signs);
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(AsciiMarks);

void ascii_marks(const char* text, std::size_t n, bool lowers, char* to, std::uint64_t* spaces,
                 std::uint64_t* signs) {
  HWY_DYNAMIC_DISPATCH(AsciiMarks)
  (reinterpret_cast<const std::uint8_t*>(text), n, lowers, reinterpret_cast<std::uint8_t*>(to),
   spaces, signs);
}

}  // namespace keratin::kernels
#endif
