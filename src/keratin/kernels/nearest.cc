// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/nearest.h"

#include <algorithm>

// Sums are arrays of vectors, whose size the compiler must know: not those of SVE.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/nearest.cc"
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace nearest {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int64_t kAheadBytes = 4096;  // asked for before their turn

/// kRows rows at once, so that their sums do not wait for each other.
template <int kQueries, int kRows>
HWY_INLINE void Compare(const float* rows, std::int64_t width, const float* vectors, float* dots,
                        std::int64_t stride, float* squares) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  V sums[kRows][kQueries + 1];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int q = 0; q <= kQueries; ++q) sums[r][q] = hn::Zero(d);
  }
  std::int64_t k = 0;
  for (; k + lanes <= width; k += lanes) {
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const V x = hn::LoadU(d, rows + r * width + k);
#pragma GCC unroll 8
      for (int q = 0; q < kQueries; ++q)
        sums[r][q] = hn::MulAdd(x, hn::LoadU(d, vectors + q * width + k), sums[r][q]);
      sums[r][kQueries] = hn::MulAdd(x, x, sums[r][kQueries]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int q = 0; q <= kQueries; ++q) {
      float sum = hn::GetLane(hn::SumOfLanes(d, sums[r][q]));
      const float* const other = q < kQueries ? vectors + q * width : rows + r * width;
      for (std::int64_t i = k; i < width; ++i) sum += rows[r * width + i] * other[i];
      (q < kQueries ? dots[q * stride + r] : squares[r]) = sum;
    }
  }
}

template <int kQueries>
HWY_INLINE void CompareAll(const float* rows, std::int64_t count, std::int64_t width,
                           const float* vectors, float* dots, std::int64_t stride, float* squares) {
  constexpr int kRows = kQueries < 2 ? 4 : 2;
  std::int64_t i = 0;
  for (; i + kRows <= count; i += kRows) {
    const auto* const ahead = reinterpret_cast<const char*>(rows + i * width) + kAheadBytes;
    for (std::int64_t line = 0; line < kRows * width * 4; line += 64)
      __builtin_prefetch(ahead + line, 0, 3);
    Compare<kQueries, kRows>(rows + i * width, width, vectors, dots + i, stride, squares + i);
  }
  for (; i < count; ++i)
    Compare<kQueries, 1>(rows + i * width, width, vectors, dots + i, stride, squares + i);
}

/// The i for which value(tag, i) is not below bar(tag, i).
template <class Value, class Bar>
HWY_INLINE std::int64_t AtBar(std::int64_t count, const Value& value, const Bar& bar,
                              std::int32_t* found) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t n = 0;
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    if (hn::AllTrue(d, hn::Lt(value(d, i), bar(d, i)))) continue;
    for (std::int64_t j = i; j < i + lanes; ++j) {
      if (!(hn::GetLane(value(one, j)) < hn::GetLane(bar(one, j))))
        found[n++] = static_cast<std::int32_t>(j);
    }
  }
  for (; i < count; ++i) {
    if (!(hn::GetLane(value(one, i)) < hn::GetLane(bar(one, i))))
      found[n++] = static_cast<std::int32_t>(i);
  }
  return n;
}

}  // namespace nearest

void CompareRows(const float* rows, std::int64_t count, std::int64_t width, const float* vectors,
                 int queries, float* dots, std::int64_t stride, float* squares) {
  using nearest::CompareAll;
  switch (queries) {
    case 0:
      return CompareAll<0>(rows, count, width, vectors, dots, stride, squares);
    case 1:
      return CompareAll<1>(rows, count, width, vectors, dots, stride, squares);
    case 2:
      return CompareAll<2>(rows, count, width, vectors, dots, stride, squares);
    case 3:
      return CompareAll<3>(rows, count, width, vectors, dots, stride, squares);
    default:
      return CompareAll<4>(rows, count, width, vectors, dots, stride, squares);
  }
}

std::int64_t RowsAtBar(const float* dots, const float* scale, const float* bias, float bar,
                       std::int64_t count, std::int32_t* found) {
  namespace hn = hwy::HWY_NAMESPACE;
  return nearest::AtBar(
      count,
      [&](auto d, std::int64_t i) HWY_ATTR {
        return hn::MulAdd(hn::LoadU(d, dots + i), hn::LoadU(d, scale + i), hn::LoadU(d, bias + i));
      },
      [&](auto d, std::int64_t) HWY_ATTR { return hn::Set(d, bar); }, found);
}

std::int64_t QueriesAtBar(const float* dots, float scale, float bias, const float* bars,
                          std::int64_t count, std::int32_t* found) {
  namespace hn = hwy::HWY_NAMESPACE;
  return nearest::AtBar(
      count,
      [&](auto d, std::int64_t i) HWY_ATTR {
        return hn::MulAdd(hn::LoadU(d, dots + i), hn::Set(d, scale), hn::Set(d, bias));
      },
      [&](auto d, std::int64_t i) HWY_ATTR { return hn::LoadU(d, bars + i); }, found);
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(CompareRows);
HWY_EXPORT(RowsAtBar);
HWY_EXPORT(QueriesAtBar);

void compare_rows(const float* rows, std::int64_t count, std::int64_t width, const float* vectors,
                  int queries, float* dots, std::int64_t stride, float* squares) {
  HWY_DYNAMIC_DISPATCH(CompareRows)
  (rows, count, width, vectors, queries, dots, stride, squares);
}

std::int64_t rows_at_bar(const float* dots, const float* scale, const float* bias, float bar,
                         std::int64_t count, std::int32_t* found) {
  return HWY_DYNAMIC_DISPATCH(RowsAtBar)(dots, scale, bias, bar, count, found);
}

std::int64_t queries_at_bar(const float* dots, float scale, float bias, const float* bars,
                            std::int64_t count, std::int32_t* found) {
  return HWY_DYNAMIC_DISPATCH(QueriesAtBar)(dots, scale, bias, bars, count, found);
}

}  // namespace keratin::kernels
#endif
