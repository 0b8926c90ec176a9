// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/packed_rows.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/packed_rows.cc"
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace packed {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int64_t kAhead = 16;  // rows asked for before their turn: memory takes 100 ns

struct Bytes {
  template <class D>
  static HWY_INLINE hn::Vec<D> load(D d, const std::int8_t* row, std::int64_t k) {
    const hn::Rebind<std::int8_t, D> d8;
    const hn::RebindToSigned<D> di;
    return hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(d8, row + k)));
  }
  static HWY_INLINE float at(const std::int8_t* row, std::int64_t k) { return row[k]; }
  static constexpr bool starts_at(std::int64_t /*k*/) { return true; }
};

struct Nibbles {
  /// Of an even k: as many bytes as there are pairs become pairs of bytes, in which the sign is put
  /// right.
  template <class D>
  static HWY_INLINE hn::Vec<D> load(D d, const std::int8_t* row, std::int64_t k) {
    const hn::RebindToSigned<D> di;
    const hn::Rebind<std::int8_t, D> d8;
    const hn::Repartition<std::uint16_t, decltype(d8)> d16;
    const hn::Rebind<std::uint8_t, decltype(d16)> half;
    const auto pair =
        hn::PromoteTo(d16, hn::LoadU(half, reinterpret_cast<const std::uint8_t*>(row) + k / 2));
    const auto apart = hn::Or(hn::And(pair, hn::Set(d16, std::uint16_t{0x0F})),
                              hn::ShiftLeft<4>(hn::And(pair, hn::Set(d16, std::uint16_t{0xF0}))));
    const auto eight = hn::Set(d8, std::int8_t{8});
    const auto codes = hn::Sub(hn::Xor(hn::BitCast(d8, apart), eight), eight);
    return hn::ConvertTo(d, hn::PromoteTo(di, codes));
  }
  static HWY_INLINE float at(const std::int8_t* row, std::int64_t k) {
    const int byte = static_cast<std::uint8_t>(row[k / 2]);
    return static_cast<float>((((byte >> (4 * (k % 2))) & 15) ^ 8) - 8);
  }
  static constexpr bool starts_at(std::int64_t k) { return k % 2 == 0; }
};

/// What a code stands for, of a vector and of one.
struct Divided {
  float scale;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> code) const {
    return hn::Div(code, hn::Set(d, scale));
  }
  HWY_INLINE float operator()(float code) const { return code / scale; }
};
struct Shifted {
  float scale, zero;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> code) const {
    return hn::Mul(hn::Sub(code, hn::Set(d, zero)), hn::Set(d, scale));
  }
  HWY_INLINE float operator()(float code) const { return (code - zero) * scale; }
};

/// What is done with a number of a row and what stands at its place of the output already.
struct Put {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D>, hn::Vec<D> x) const {
    return x;
  }
  HWY_INLINE float operator()(float, float x) const { return x; }
};
struct Add {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> sum, hn::Vec<D> x) const {
    return hn::Add(sum, x);
  }
  HWY_INLINE float operator()(float sum, float x) const { return sum + x; }
};
struct AddWeighted {
  float weight;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> sum, hn::Vec<D> x) const {
    return hn::Add(sum, hn::Mul(x, hn::Set(d, weight)));
  }
  HWY_INLINE float operator()(float sum, float x) const {
    const float product = x * weight;
    return sum + product;
  }
};
struct Largest {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> largest, hn::Vec<D> x) const {
    const auto stays = hn::Or(hn::Gt(largest, x), hn::IsNaN(largest));
    return hn::IfThenElse(stays, largest, x);
  }
  HWY_INLINE float operator()(float largest, float x) const {
    return largest > x || largest != largest ? largest : x;
  }
};

template <class Codes, class Value, class Into>
HWY_INLINE void Columns(const std::int8_t* row, std::int64_t begin, std::int64_t end,
                        const Value& value, const Into& into, float* out) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t k = begin;
  if (lanes >= 4 && Codes::starts_at(begin)) {
    for (; k + lanes <= end; k += lanes) {
      const auto x = value(d, Codes::load(d, row, k));
      hn::StoreU(into(d, hn::LoadU(d, out + k), x), d, out + k);
    }
  }
  for (; k < end; ++k) out[k] = into(out[k], value(Codes::at(row, k)));
}

/// `into` all of row `id`.
template <class Codes, class Into>
HWY_INLINE void Row(const PackedRows& rows, std::int64_t id, const Into& into, float* out) {
  const std::int8_t* const row = rows.codes + id * rows.row_bytes();
  for (std::int64_t g = 0; g < rows.group_count; ++g) {
    const PackedGroup& group = rows.groups[g];
    const std::int64_t at = id * rows.scales_in_row + group.index;
    if (rows.zeros == nullptr) {
      Columns<Codes>(row, group.begin, group.end, Divided{rows.scales[at]}, into, out);
    } else {
      Columns<Codes>(row, group.begin, group.end,
                     Shifted{rows.scales[at], static_cast<float>(rows.zeros[at])}, into, out);
    }
  }
}

HWY_INLINE void Ask(const PackedRows& rows, std::int64_t id) {
  const std::int64_t bytes = rows.row_bytes();
  const std::int8_t* const row = rows.codes + id * bytes;
  for (std::int64_t at = 0; at < bytes; at += 64) __builtin_prefetch(row + at, 0, 2);
  __builtin_prefetch(row + bytes - 1, 0, 2);  // a row need not begin with a line
  __builtin_prefetch(rows.scales + id * rows.scales_in_row, 0, 2);
  if (rows.zeros != nullptr) __builtin_prefetch(rows.zeros + id * rows.scales_in_row, 0, 2);
}

template <class Codes, class Id>
HWY_INLINE void Gather(const PackedRows& rows, const Id* ids, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < std::min(kAhead, count); ++i) Ask(rows, ids[i]);
  for (std::int64_t i = 0; i < count; ++i, out += rows.width) {
    if (i + kAhead < count) Ask(rows, ids[i + kAhead]);
    Row<Codes>(rows, ids[i], Put(), out);
  }
}

template <class Codes, class Id, class IntoOf>
HWY_INLINE void Reduce(const PackedRows& rows, const Id* ids, float start, const IntoOf& into_of,
                       const std::int64_t* first, std::int64_t bags, float* out) {
  const std::int64_t last = first[bags];
  for (std::int64_t i = first[0]; i < std::min(first[0] + kAhead, last); ++i) Ask(rows, ids[i]);
  for (std::int64_t b = 0; b < bags; ++b, out += rows.width) {
    std::fill_n(out, rows.width, start);
    for (std::int64_t i = first[b]; i < first[b + 1]; ++i) {
      if (i + kAhead < last) Ask(rows, ids[i + kAhead]);
      Row<Codes>(rows, ids[i], into_of(i), out);
    }
  }
}

template <class Id>
HWY_INLINE void GatherAny(const PackedRows& rows, const Id* ids, std::int64_t count, float* out) {
  return rows.bits == 8 ? Gather<Bytes>(rows, ids, count, out)
                        : Gather<Nibbles>(rows, ids, count, out);
}

template <class Codes, class Id>
HWY_INLINE void ReduceCodes(Reduction reduction, const PackedRows& rows, const Id* ids,
                            const float* weights, const std::int64_t* first, std::int64_t bags,
                            float* out) {
  if (reduction == Reduction::kMax) {
    Reduce<Codes>(
        rows, ids, -std::numeric_limits<float>::infinity(),
        [](std::int64_t) HWY_ATTR { return Largest(); }, first, bags, out);
  } else if (weights == nullptr) {
    Reduce<Codes>(
        rows, ids, 0.0F, [](std::int64_t) HWY_ATTR { return Add(); }, first, bags, out);
  } else {
    Reduce<Codes>(
        rows, ids, 0.0F, [weights](std::int64_t i) HWY_ATTR { return AddWeighted{weights[i]}; },
        first, bags, out);
  }
}

template <class Id>
HWY_INLINE void ReduceAny(Reduction reduction, const PackedRows& rows, const Id* ids,
                          const float* weights, const std::int64_t* first, std::int64_t bags,
                          float* out) {
  return rows.bits == 8 ? ReduceCodes<Bytes>(reduction, rows, ids, weights, first, bags, out)
                        : ReduceCodes<Nibbles>(reduction, rows, ids, weights, first, bags, out);
}

}  // namespace packed

void GatherPacked32(const PackedRows& rows, const std::int32_t* ids, std::int64_t n, float* out) {
  packed::GatherAny(rows, ids, n, out);
}
void GatherPacked64(const PackedRows& rows, const std::int64_t* ids, std::int64_t n, float* out) {
  packed::GatherAny(rows, ids, n, out);
}
void ReducePacked32(Reduction reduction, const PackedRows& rows, const std::int32_t* ids,
                    const float* weights, const std::int64_t* first, std::int64_t bags,
                    float* out) {
  packed::ReduceAny(reduction, rows, ids, weights, first, bags, out);
}
void ReducePacked64(Reduction reduction, const PackedRows& rows, const std::int64_t* ids,
                    const float* weights, const std::int64_t* first, std::int64_t bags,
                    float* out) {
  packed::ReduceAny(reduction, rows, ids, weights, first, bags, out);
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(GatherPacked32);
HWY_EXPORT(GatherPacked64);
HWY_EXPORT(ReducePacked32);
HWY_EXPORT(ReducePacked64);

template <>
void gather_packed_rows(const PackedRows& rows, const std::int32_t* ids, std::int64_t count,
                        float* out) {
  HWY_DYNAMIC_DISPATCH(GatherPacked32)(rows, ids, count, out);
}
template <>
void gather_packed_rows(const PackedRows& rows, const std::int64_t* ids, std::int64_t count,
                        float* out) {
  HWY_DYNAMIC_DISPATCH(GatherPacked64)(rows, ids, count, out);
}
template <>
void reduce_packed_rows(Reduction reduction, const PackedRows& rows, const std::int32_t* ids,
                        const float* weights, const std::int64_t* first, std::int64_t bags,
                        float* out) {
  HWY_DYNAMIC_DISPATCH(ReducePacked32)(reduction, rows, ids, weights, first, bags, out);
}
template <>
void reduce_packed_rows(Reduction reduction, const PackedRows& rows, const std::int64_t* ids,
                        const float* weights, const std::int64_t* first, std::int64_t bags,
                        float* out) {
  HWY_DYNAMIC_DISPATCH(ReducePacked64)(reduction, rows, ids, weights, first, bags, out);
}

}  // namespace keratin::kernels
#endif
