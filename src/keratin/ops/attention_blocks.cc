// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/attention_blocks.h"

#include <algorithm>
#include <limits>

#include "keratin/base/threefry.h"
#include "keratin/kernels/matmul.h"

namespace keratin::ops {

// -- what is seen ---------------------------------------------------------------------------------

Sight::Sight(const AttentionSettings& settings, std::span<const Tensor> masks, const Tensor& bias)
    : is_causal_(settings.is_causal),
      window_(settings.window),
      masks_(masks.begin(), masks.end()),
      bias_(bias ? Spread<float>(bias) : Spread<float>()) {}

bool Sight::any(const Block& at) const {
  const std::int64_t last = at.query + at.rows - 1;
  if (is_causal_ && at.key > last) return false;
  if (window_ > 0 && (at.key - last >= window_ || at.query - (at.key + at.columns - 1) >= window_))
    return false;
  return std::ranges::all_of(masks_, [&](const Spread<bool>& mask) {
    // Of a mask of queries, or of keys: that of both is looked at row by row.
    const bool* const from = mask.at(at.batch, at.head, at.query, at.key);
    if (mask.steps[2] != 0 && mask.steps[3] != 0) return true;
    const std::int64_t count = mask.steps[2] != 0 ? at.rows : mask.steps[3] != 0 ? at.columns : 1;
    const std::int64_t step = mask.steps[2] + mask.steps[3];
    for (std::int64_t i = 0; i < count; ++i) {
      if (from[i * step]) return true;
    }
    return false;
  });
}

kernels::ScoreRow Sight::row(const Block& at, std::int64_t r, std::int64_t width, float* scores,
                             float* add, float scale) const {
  kernels::ScoreRow row{width, 0, at.columns, scale, nullptr, scores};
  const std::int64_t ahead = at.query + r - at.key;  // of the first key
  if (is_causal_) row.end = std::min(row.end, ahead + 1);
  if (window_ > 0) {
    row.first = std::max<std::int64_t>(0, ahead - window_ + 1);
    row.end = std::min(row.end, ahead + window_);
  }
  const auto addends = [&] {
    if (row.add == nullptr) std::fill_n(add, width, 0.0F);
    row.add = add;
    return add;
  };
  if (bias_.data != nullptr) {
    float* const to = addends();
    const float* const from = bias_.at(at.batch, at.head, at.query + r, at.key);
    for (std::int64_t j = 0; j < at.columns; ++j) to[j] = from[j * bias_.steps[3]];
  }
  for (const Spread<bool>& mask : masks_) {
    const bool* const from = mask.at(at.batch, at.head, at.query + r, at.key);
    if (mask.steps[3] == 0) {
      if (!*from) row.end = 0;
      continue;
    }
    float* const to = addends();
    for (std::int64_t j = 0; j < at.columns; ++j)
      to[j] = from[j] ? to[j] : -std::numeric_limits<float>::infinity();
  }
  return row;
}

// -- what scores are made of ----------------------------------------------------------------------

kernels::AdditiveScores Scores::additive(const Block& at) const {
  return {at.rows,
          at.columns,
          s.size,
          query + query_place(at),
          s.heads * s.size,
          key + key_place(at),
          s.sources * s.size,
          weight};
}

void Scores::fill(const Block& at, float* scores, std::int64_t width) const {
  if (weight != nullptr) {
    kernels::additive_scores(additive(at), scores, width);
    return;
  }
  kernels::matmul({query + query_place(at), false, s.heads * s.size},
                  {key + key_place(at), true, s.sources * s.size}, at.rows, s.size, at.columns,
                  false, scores, width);
}

void Scores::pull_back(const Block& at, const float* slopes, std::int64_t width, float* of_query,
                       float* of_key, float* of_weight) const {
  const std::int64_t query_row = s.heads * s.size, key_row = s.sources * s.size;
  float* const to_query = of_query + query_place(at);
  float* const to_key = of_key + key_place(at);
  if (weight != nullptr) {
    kernels::additive_scores_back(additive(at), slopes, width, to_query, to_key, of_weight);
    return;
  }
  kernels::matmul({slopes, false, width}, {key + key_place(at), false, key_row}, at.rows,
                  at.columns, s.size, true, to_query, query_row);
  kernels::matmul({slopes, true, width}, {query + query_place(at), false, query_row}, at.columns,
                  at.rows, s.size, true, to_key, key_row);
}

// -- what is dropped ------------------------------------------------------------------------------

DroppedScores::DroppedScores(const AttentionSettings& settings, const AttentionSizes& sizes)
    : rate_(settings.dropout), seed_(settings.seed), draw_(settings.draw), s_(sizes) {}

void DroppedScores::factors(const Block& at, std::int64_t r, float* out) const {
  constexpr std::int64_t kAtOnce = 256;
  random::Key key = random::key_from_seed(seed_);
  key.b += static_cast<std::uint32_t>(draw_);  // Keras: SeedGenerator adds [0, 1] at every call
  const auto keep = static_cast<float>(1.0 - rate_);
  const float scale = rate_ < 1 ? 1.0F / keep : 0.0F;
  const std::int64_t place =
      ((at.batch * s_.heads + at.head) * s_.queries + at.query + r) * s_.keys + at.key;
  std::array<std::uint32_t, kAtOnce> bits;
  for (std::int64_t j = 0; j < at.columns; j += kAtOnce) {
    const std::int64_t count = std::min(kAtOnce, at.columns - j);
    random::fill_bits(key, static_cast<std::uint64_t>(place + j),
                      std::span(bits).first(static_cast<std::size_t>(count)));
    for (std::int64_t i = 0; i < count; ++i) {
      const float uniform = static_cast<float>(bits[static_cast<std::size_t>(i)] >> 9) * 0x1p-23F;
      out[j + i] = uniform < keep ? scale : 0.0F;
    }
  }
}

}  // namespace keratin::ops
