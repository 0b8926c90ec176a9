// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/attention.h"

// Rows of scores are whole vectors, whose size must be known: not those of SVE.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/attention.cc"
// What is there once for each instruction set comes behind what begins them.
// clang-format off
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "hwy/highway.h"
#include "hwy/contrib/math/math-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kScoreStep>;
using V = hn::Vec<D>;
constexpr std::int64_t kLanes = hn::MaxLanes(D());

/// The library's functions lose NaN, which is greater than nothing.
template <class T>
HWY_INLINE T keep_nan(T x, T y) {
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

/// The scores from k on as they count.
HWY_INLINE V seen_scores(const ScoreRow& row, std::int64_t k) {
  const D d;
  const V hidden = hn::Set(d, -std::numeric_limits<float>::infinity());
  V x = hn::Mul(hn::LoadU(d, row.scores + k), hn::Set(d, row.scale));
  if (row.add != nullptr) {
    const V more = hn::LoadU(d, row.add + k);
    x = hn::IfThenElse(hn::Eq(more, hidden), hidden, hn::Add(x, more));
  }
  if (k >= row.first && k + kLanes <= row.end) return x;
  const V at = hn::Iota(d, static_cast<float>(k));
  const auto seen = hn::And(hn::Ge(at, hn::Set(d, static_cast<float>(row.first))),
                            hn::Lt(at, hn::Set(d, static_cast<float>(row.end))));
  return hn::IfThenElse(seen, x, hidden);
}

float Soften(const ScoreRow& row, Softened& so_far) {
  const D d;
  V most = hn::Set(d, so_far.most);
  for (std::int64_t k = 0; k < row.width; k += kLanes) {
    const V x = seen_scores(row, k);
    most = hn::Max(most, x);
    hn::StoreU(x, d, row.scores + k);
  }
  const float largest = hn::GetLane(hn::MaxOfLanes(d, most));
  const V by = hn::Set(d, largest);
  V sum = hn::Zero(d);
  for (std::int64_t k = 0; k < row.width; k += kLanes) {
    const V x = hn::Sub(hn::LoadU(d, row.scores + k), by);
    const V p = keep_nan(x, hn::Exp(d, x));
    sum = hn::Add(sum, p);
    hn::StoreU(p, d, row.scores + k);
  }
  const V before = hn::Sub(hn::Set(d, so_far.most), by);
  const float factor = hn::GetLane(keep_nan(before, hn::Exp(d, before)));
  so_far.most = largest;
  so_far.sum = so_far.sum * factor + hn::GetLane(hn::SumOfLanes(d, sum));
  return factor;
}

void SoftenAgain(const ScoreRow& row, float log_sum) {
  const D d;
  const V by = hn::Set(d, log_sum);
  for (std::int64_t k = 0; k < row.width; k += kLanes) {
    const V x = hn::Sub(seen_scores(row, k), by);
    hn::StoreU(keep_nan(x, hn::Exp(d, x)), d, row.scores + k);
  }
}

void SoftenBack(std::int64_t width, const float* p, float mean, float scale, float* slopes) {
  const D d;
  const V by = hn::Set(d, mean);
  const V times = hn::Set(d, scale);
  for (std::int64_t k = 0; k < width; k += kLanes) {
    const V share = hn::LoadU(d, p + k);
    const V x = hn::Mul(hn::Mul(times, share), hn::Sub(hn::LoadU(d, slopes + k), by));
    hn::StoreU(hn::IfThenZeroElse(hn::Eq(share, hn::Zero(d)), x), d, slopes + k);
  }
}

/// body(tag, k) for vectors that cover `count` floats, the last by single ones.
template <class Body>
HWY_INLINE void for_each_vector(std::int64_t count, Body body) {
  std::int64_t k = 0;
  for (; k + kLanes <= count; k += kLanes) body(D(), k);
  for (; k < count; ++k) body(hn::CappedTag<float, 1>(), k);
}

void AddScores(const AdditiveScores& s, float* scores, std::int64_t row) {
  const D d;
  const std::int64_t whole = s.size / kLanes * kLanes;
  for (std::int64_t i = 0; i < s.queries; ++i) {
    const float* const q = s.query + i * s.query_row;
    for (std::int64_t j = 0; j < s.keys; ++j) {
      const float* const k = s.key + j * s.key_row;
      V sums = hn::Zero(d);
      for (std::int64_t f = 0; f < whole; f += kLanes) {
        const V x = hn::Add(hn::LoadU(d, q + f), hn::LoadU(d, k + f));
        sums = hn::MulAdd(hn::LoadU(d, s.weight + f), keep_nan(x, hn::Tanh(d, x)), sums);
      }
      float sum = hn::GetLane(hn::SumOfLanes(d, sums));
      const hn::CappedTag<float, 1> one;
      for (std::int64_t f = whole; f < s.size; ++f) {
        const auto x = hn::Set(one, q[f] + k[f]);
        sum += s.weight[f] * hn::GetLane(keep_nan(x, hn::Tanh(one, x)));
      }
      scores[i * row + j] = sum;
    }
  }
}

void AddScoresBack(const AdditiveScores& s, const float* slopes, std::int64_t row, float* of_query,
                   float* of_key, float* of_weight) {
  for (std::int64_t i = 0; i < s.queries; ++i) {
    const float* const q = s.query + i * s.query_row;
    float* const dq = of_query + i * s.query_row;
    for (std::int64_t j = 0; j < s.keys; ++j) {
      const float slope = slopes[i * row + j];
      if (slope == 0) continue;  // most are those of hidden keys
      const float* const k = s.key + j * s.key_row;
      float* const dk = of_key + j * s.key_row;
      for_each_vector(s.size, [&](auto d, std::int64_t f) HWY_ATTR {
        const auto x = hn::Add(hn::LoadU(d, q + f), hn::LoadU(d, k + f));
        const auto t = keep_nan(x, hn::Tanh(d, x));
        const auto by = hn::Set(d, slope);
        const auto g =
            hn::Mul(hn::Mul(by, hn::LoadU(d, s.weight + f)), hn::NegMulAdd(t, t, hn::Set(d, 1.0F)));
        hn::StoreU(hn::Add(hn::LoadU(d, dq + f), g), d, dq + f);
        hn::StoreU(hn::Add(hn::LoadU(d, dk + f), g), d, dk + f);
        hn::StoreU(hn::MulAdd(by, t, hn::LoadU(d, of_weight + f)), d, of_weight + f);
      });
    }
  }
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(Soften);
HWY_EXPORT(SoftenAgain);
HWY_EXPORT(SoftenBack);
HWY_EXPORT(AddScores);
HWY_EXPORT(AddScoresBack);

float soften(const ScoreRow& row, Softened& so_far) {
  return HWY_DYNAMIC_DISPATCH(Soften)(row, so_far);
}
void soften_again(const ScoreRow& row, float log_sum) {
  HWY_DYNAMIC_DISPATCH(SoftenAgain)(row, log_sum);
}
void soften_back(std::int64_t width, const float* p, float mean, float scale, float* d) {
  HWY_DYNAMIC_DISPATCH(SoftenBack)(width, p, mean, scale, d);
}
void additive_scores(const AdditiveScores& s, float* scores, std::int64_t row) {
  HWY_DYNAMIC_DISPATCH(AddScores)(s, scores, row);
}
void additive_scores_back(const AdditiveScores& s, const float* slopes, std::int64_t row,
                          float* of_query, float* of_key, float* of_weight) {
  HWY_DYNAMIC_DISPATCH(AddScoresBack)(s, slopes, row, of_query, of_key, of_weight);
}

}  // namespace keratin::kernels
#endif
