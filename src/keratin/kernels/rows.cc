// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/rows.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "hwy/cache_control.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/rows.cc"
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "hwy/highway.h"

#include "keratin/kernels/stored_elements-inl.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int64_t kAhead = 24;  // rows asked for before their turn: memory takes 100 ns
constexpr std::int64_t kLine = 64;   // bytes that come from memory together

/// Into the second-level cache: it has three times as many lines on their way at once as the first.
template <class T>
HWY_INLINE void prefetch_row(const T* row, std::int64_t width) {
  const auto* bytes = reinterpret_cast<const char*>(row);
  const auto size = width * static_cast<std::int64_t>(sizeof(T));
  for (std::int64_t at = 0; at < size; at += kLine) __builtin_prefetch(bytes + at, 0, 2);
  // A row need not begin with a line.
  __builtin_prefetch(bytes + size - 1, 0, 2);
}

template <class Element, class Id>
HWY_INLINE void Gather(const typename Element::T* table, std::int64_t width, const Id* ids,
                       std::int64_t count, float* out) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < std::min(kAhead, count); ++i)
    prefetch_row(table + static_cast<std::int64_t>(ids[i]) * width, width);
  for (std::int64_t i = 0; i < count; ++i, out += width) {
    if (i + kAhead < count)
      prefetch_row(table + static_cast<std::int64_t>(ids[i + kAhead]) * width, width);
    const auto* from = table + static_cast<std::int64_t>(ids[i]) * width;
    if (width < lanes) {
      for_vectors(width, [&](auto tag, std::int64_t k)
                             HWY_ATTR { hn::StoreU(Element::load(tag, from + k), tag, out + k); });
      continue;
    }
    std::int64_t k = 0;
    for (; k + lanes <= width; k += lanes) hn::StoreU(Element::load(d, from + k), d, out + k);
    // The last vector again has some of the one before.
    if (k != width) hn::StoreU(Element::load(d, from + width - lanes), d, out + width - lanes);
  }
}

/// The same past the caches, for rows of a line or more. Only whole lines go there: memory has to
/// read a line that is written in part. So the end of a row waits for the begin of the next.
template <class Element, class Id>
HWY_INLINE void GatherStreaming(const typename Element::T* table, std::int64_t width, const Id* ids,
                                std::int64_t count, float* out) {
  constexpr std::int64_t kFloats = kLine / sizeof(float);
  const hn::CappedTag<float, kFloats> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto copy_line = [&](const auto* from, float* to) HWY_ATTR {
    for (std::int64_t k = 0; k < kFloats; k += lanes)
      hn::StoreU(Element::load(d, from + k), d, to + k);
  };
  alignas(kLine) float memory[3 * kFloats];
  float* const line = memory + kFloats;  // what waits; its neighbours take what vectors overshoot
  std::int64_t waiting = 0;
  // Before the first whole line of the output, floats are written one by one.
  const auto past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(out) /
                                              sizeof(float) % static_cast<std::size_t>(kFloats));
  std::int64_t head = past == 0 ? 0 : kFloats - past;

  for (std::int64_t i = 0; i < std::min(kAhead, count); ++i)
    prefetch_row(table + static_cast<std::int64_t>(ids[i]) * width, width);
  for (std::int64_t i = 0; i < count; ++i) {
    if (i + kAhead < count)
      prefetch_row(table + static_cast<std::int64_t>(ids[i + kAhead]) * width, width);
    const auto* from = table + static_cast<std::int64_t>(ids[i]) * width;
    std::int64_t k = std::exchange(head, 0);
    const hn::CappedTag<float, 1> one;
    for (std::int64_t j = 0; j < k; ++j) hn::StoreU(Element::load(one, from + j), one, out++);
    if (waiting != 0) {
      copy_line(from, line + waiting);
      for (std::int64_t j = 0; j < kFloats; j += lanes)
        hn::Stream(hn::Load(d, line + j), d, out + j);
      out += kFloats;
      k = kFloats - waiting;
    }
    for (; k + kFloats <= width; k += kFloats, out += kFloats) {
      for (std::int64_t j = 0; j < kFloats; j += lanes)
        hn::Stream(Element::load(d, from + k + j), d, out + j);
    }
    waiting = width - k;
    if (waiting != 0) copy_line(from + width - kFloats, line + waiting - kFloats);
  }
  std::copy_n(line, waiting, out);
  hwy::FlushStream();
}

struct Sum {
  static constexpr float kStart = 0;
  template <class V>
  static HWY_INLINE V combine(V sum, V x) {
    return hn::Add(sum, x);
  }
};
struct Max {
  static constexpr float kStart = -std::numeric_limits<float>::infinity();
  template <class V>
  static HWY_INLINE V combine(V largest, V x) {
    const auto stays = hn::Or(hn::Gt(largest, x), hn::IsNaN(largest));
    return hn::IfThenElse(stays, largest, x);
  }
};

/// What a row is multiplied by.
struct Unweighted {
  template <class D, class V>
  HWY_INLINE V operator()(D, std::int64_t, V x) const {
    return x;
  }
};
struct Weighted {
  const float* weights;
  template <class D, class V>
  HWY_INLINE V operator()(D d, std::int64_t i, V x) const {
    return hn::Mul(x, hn::Set(d, weights[i]));
  }
};

template <class Element, class Combine, class Id, class Weights>
HWY_INLINE void Reduce(const typename Element::T* table, std::int64_t width, const Id* ids,
                       const Weights& weigh, const std::int64_t* first, std::int64_t bags,
                       float* out) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t last = first[bags];
  const auto row = [&](std::int64_t i)
                       HWY_ATTR { return table + static_cast<std::int64_t>(ids[i]) * width; };
  for (std::int64_t i = first[0]; i < std::min(first[0] + kAhead, last); ++i)
    prefetch_row(row(i), width);
  for (std::int64_t b = 0; b < bags; ++b, out += width) {
    const std::int64_t begin = first[b];
    const std::int64_t end = first[b + 1];
    std::int64_t k = 0;
    // Four vectors of the row, or two, stay in registers while the bag goes by.
    for (; k + 4 * lanes <= width; k += 4 * lanes) {
      auto r0 = hn::Set(d, Combine::kStart);
      auto r1 = r0;
      auto r2 = r0;
      auto r3 = r0;
      for (std::int64_t i = begin; i < end; ++i) {
        if (k == 0 && i + kAhead < last) prefetch_row(row(i + kAhead), width);
        const auto* from = row(i) + k;
        r0 = Combine::combine(r0, weigh(d, i, Element::load(d, from)));
        r1 = Combine::combine(r1, weigh(d, i, Element::load(d, from + lanes)));
        r2 = Combine::combine(r2, weigh(d, i, Element::load(d, from + 2 * lanes)));
        r3 = Combine::combine(r3, weigh(d, i, Element::load(d, from + 3 * lanes)));
      }
      hn::StoreU(r0, d, out + k);
      hn::StoreU(r1, d, out + k + lanes);
      hn::StoreU(r2, d, out + k + 2 * lanes);
      hn::StoreU(r3, d, out + k + 3 * lanes);
    }
    for (; k + 2 * lanes <= width; k += 2 * lanes) {
      auto r0 = hn::Set(d, Combine::kStart);
      auto r1 = r0;
      for (std::int64_t i = begin; i < end; ++i) {
        if (k == 0 && i + kAhead < last) prefetch_row(row(i + kAhead), width);
        const auto* from = row(i) + k;
        r0 = Combine::combine(r0, weigh(d, i, Element::load(d, from)));
        r1 = Combine::combine(r1, weigh(d, i, Element::load(d, from + lanes)));
      }
      hn::StoreU(r0, d, out + k);
      hn::StoreU(r1, d, out + k + lanes);
    }
    bool asks = k == 0;
    const auto reduce_at = [&](auto tag, std::int64_t j) HWY_ATTR {
      auto r = hn::Set(tag, Combine::kStart);
      for (std::int64_t i = begin; i < end; ++i) {
        if (asks && i + kAhead < last) prefetch_row(row(i + kAhead), width);
        r = Combine::combine(r, weigh(tag, i, Element::load(tag, row(i) + j)));
      }
      hn::StoreU(r, tag, out + j);
      asks = false;
    };
    for (; k + lanes <= width; k += lanes) reduce_at(d, k);
    if (k == width) continue;
    if (width >= lanes) {
      reduce_at(d, width - lanes);  // again some of the vector before
    } else {
      const hn::CappedTag<float, 1> one;
      for (; k < width; ++k) reduce_at(one, k);
    }
  }
}

template <class Id>
HWY_INLINE void GatherRows(const Rows& rows, const Id* ids, std::int64_t count, float* out,
                           bool stream) {
  with_element(rows.precision, [&](auto element) HWY_ATTR {
    using Element = decltype(element);
    const auto* table = static_cast<const typename Element::T*>(rows.data);
    if (stream && rows.width * static_cast<std::int64_t>(sizeof(float)) >= kLine) {
      GatherStreaming<Element>(table, rows.width, ids, count, out);
    } else {
      Gather<Element>(table, rows.width, ids, count, out);
    }
  });
}
void GatherRows32(const Rows& rows, const std::int32_t* ids, std::int64_t count, float* out,
                  bool stream) {
  GatherRows(rows, ids, count, out, stream);
}
void GatherRows64(const Rows& rows, const std::int64_t* ids, std::int64_t count, float* out,
                  bool stream) {
  GatherRows(rows, ids, count, out, stream);
}

template <class Id>
HWY_INLINE void ReduceRows(Reduction reduction, const Rows& rows, const Id* ids,
                           const std::int64_t* first, std::int64_t bags, float* out) {
  with_element(rows.precision, [&](auto element) HWY_ATTR {
    using Element = decltype(element);
    const auto* table = static_cast<const typename Element::T*>(rows.data);
    if (reduction == Reduction::kSum) {
      Reduce<Element, Sum>(table, rows.width, ids, Unweighted(), first, bags, out);
    } else {
      Reduce<Element, Max>(table, rows.width, ids, Unweighted(), first, bags, out);
    }
  });
}
void ReduceRows32(Reduction reduction, const Rows& rows, const std::int32_t* ids,
                  const std::int64_t* first, std::int64_t bags, float* out) {
  ReduceRows(reduction, rows, ids, first, bags, out);
}
void ReduceRows64(Reduction reduction, const Rows& rows, const std::int64_t* ids,
                  const std::int64_t* first, std::int64_t bags, float* out) {
  ReduceRows(reduction, rows, ids, first, bags, out);
}

template <class Id>
HWY_INLINE void SumWeightedRows(const Rows& rows, const Id* ids, const float* weights,
                                const std::int64_t* first, std::int64_t bags, float* out) {
  with_element(rows.precision, [&](auto element) HWY_ATTR {
    using Element = decltype(element);
    Reduce<Element, Sum>(static_cast<const typename Element::T*>(rows.data), rows.width, ids,
                         Weighted{weights}, first, bags, out);
  });
}
void SumWeightedRows32(const Rows& rows, const std::int32_t* ids, const float* weights,
                       const std::int64_t* first, std::int64_t bags, float* out) {
  SumWeightedRows(rows, ids, weights, first, bags, out);
}
void SumWeightedRows64(const Rows& rows, const std::int64_t* ids, const float* weights,
                       const std::int64_t* first, std::int64_t bags, float* out) {
  SumWeightedRows(rows, ids, weights, first, bags, out);
}

void SumWhereEqual(const float* row, const float* top, const float* share, std::int64_t width,
                   const std::int64_t* ids, std::int64_t count, float* out) {
  for_vectors(width, [&](auto d, std::int64_t k) HWY_ATTR {
    const auto x = hn::LoadU(d, row + k);
    auto sum = hn::Zero(d);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t at = ids[i] * width + k;
      const auto part = hn::Eq(hn::LoadU(d, top + at), x);
      sum = hn::Add(sum, hn::IfThenElseZero(part, hn::LoadU(d, share + at)));
    }
    hn::StoreU(sum, d, out + k);
  });
}

void LoadElements(Precision precision, const void* from, std::int64_t n, float* out) {
  with_element(precision, [&](auto element) HWY_ATTR {
    using Element = decltype(element);
    const auto* x = static_cast<const typename Element::T*>(from);
    for_vectors(n, [&](auto d, std::int64_t i)
                       HWY_ATTR { hn::StoreU(Element::load(d, x + i), d, out + i); });
  });
}

void StoreElements(Precision precision, const float* from, std::int64_t n, void* out) {
  with_element(precision, [&](auto element) HWY_ATTR {
    using Element = decltype(element);
    auto* to = static_cast<typename Element::T*>(out);
    for_vectors(n, [&](auto d, std::int64_t i) HWY_ATTR {
      Element::store(Element::nearest(d, hn::LoadU(d, from + i)), d, to + i);
    });
  });
}

/// 32 random bits a lane, of lanes i, i + 1, ... Source of the constants: Chris Wellons,
/// "Prospecting for Hash Functions" (2018), the one he calls lowbias32.
template <class D>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> random_bits(D, std::uint32_t seed, std::int64_t i) {
  const hn::RebindToUnsigned<D> du;
  auto x = hn::Add(hn::Iota(du, static_cast<std::uint32_t>(i)), hn::Set(du, seed));
  x = hn::Mul(hn::Xor(x, hn::ShiftRight<16>(x)), hn::Set(du, 0x7FEB352Du));
  x = hn::Mul(hn::Xor(x, hn::ShiftRight<15>(x)), hn::Set(du, 0x846CA68Bu));
  return hn::Xor(x, hn::ShiftRight<16>(x));
}

void StoreElementsStochastic(Precision precision, const float* from, std::int64_t n,
                             std::uint32_t seed, void* out) {
  with_element(precision, [&](auto element) HWY_ATTR {
    using Element = decltype(element);
    auto* to = static_cast<typename Element::T*>(out);
    for_vectors(n, [&](auto d, std::int64_t i) HWY_ATTR {
      const auto bits = random_bits(d, seed, i);
      Element::store(Element::stochastic(d, hn::LoadU(d, from + i), bits), d, to + i);
    });
  });
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(GatherRows32);
HWY_EXPORT(GatherRows64);
HWY_EXPORT(ReduceRows32);
HWY_EXPORT(ReduceRows64);
HWY_EXPORT(SumWeightedRows32);
HWY_EXPORT(SumWeightedRows64);
HWY_EXPORT(SumWhereEqual);
HWY_EXPORT(LoadElements);
HWY_EXPORT(StoreElements);
HWY_EXPORT(StoreElementsStochastic);

template <>
void gather_rows(const Rows& rows, const std::int32_t* ids, std::int64_t count, float* out,
                 bool stream) {
  HWY_DYNAMIC_DISPATCH(GatherRows32)(rows, ids, count, out, stream);
}
template <>
void gather_rows(const Rows& rows, const std::int64_t* ids, std::int64_t count, float* out,
                 bool stream) {
  HWY_DYNAMIC_DISPATCH(GatherRows64)(rows, ids, count, out, stream);
}
template <>
void reduce_rows(Reduction reduction, const Rows& rows, const std::int32_t* ids,
                 const std::int64_t* first, std::int64_t bags, float* out) {
  HWY_DYNAMIC_DISPATCH(ReduceRows32)(reduction, rows, ids, first, bags, out);
}
template <>
void reduce_rows(Reduction reduction, const Rows& rows, const std::int64_t* ids,
                 const std::int64_t* first, std::int64_t bags, float* out) {
  HWY_DYNAMIC_DISPATCH(ReduceRows64)(reduction, rows, ids, first, bags, out);
}
template <>
void sum_weighted_rows(const Rows& rows, const std::int32_t* ids, const float* weights,
                       const std::int64_t* first, std::int64_t bags, float* out) {
  HWY_DYNAMIC_DISPATCH(SumWeightedRows32)(rows, ids, weights, first, bags, out);
}
template <>
void sum_weighted_rows(const Rows& rows, const std::int64_t* ids, const float* weights,
                       const std::int64_t* first, std::int64_t bags, float* out) {
  HWY_DYNAMIC_DISPATCH(SumWeightedRows64)(rows, ids, weights, first, bags, out);
}
void sum_where_equal(const float* row, const float* top, const float* share, std::int64_t width,
                     const std::int64_t* ids, std::int64_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(SumWhereEqual)(row, top, share, width, ids, count, out);
}
void load_elements(Precision precision, const void* from, std::int64_t n, float* out) {
  HWY_DYNAMIC_DISPATCH(LoadElements)(precision, from, n, out);
}
void store_elements(Precision precision, const float* from, std::int64_t n, void* out) {
  HWY_DYNAMIC_DISPATCH(StoreElements)(precision, from, n, out);
}
void store_elements_stochastic(Precision precision, const float* from, std::int64_t n,
                               std::uint32_t seed, void* out) {
  HWY_DYNAMIC_DISPATCH(StoreElementsStochastic)(precision, from, n, seed, out);
}

}  // namespace keratin::kernels
#endif
