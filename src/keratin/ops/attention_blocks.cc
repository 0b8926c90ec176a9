// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/attention_blocks.h"

#include <algorithm>
#include <array>
#include <limits>

#include "keratin/base/threefry.h"
#include "keratin/kernels/matmul.h"

namespace keratin::ops {
namespace {

/// The keys that a query may see by its place alone, `ahead` of the first of `columns`.
struct Reach {
  Reach(bool is_causal, std::int64_t window, std::int64_t ahead, std::int64_t columns)
      : end(columns) {
    if (is_causal) end = std::min(end, ahead + 1);
    if (window == 0) return;
    first = std::max<std::int64_t>(0, ahead - window + 1);
    end = std::min(end, ahead + window);
  }
  std::int64_t first = 0, end;
};

}  // namespace

// -- what is seen ---------------------------------------------------------------------------------

Tensor blind_queries(const AttentionSettings& settings, std::span<const Tensor> masks,
                     const AttentionSizes& sizes) {
  const std::vector<Spread<bool>> spread(masks.begin(), masks.end());
  Shape shape = {1, 1, 1, 1};
  if (settings.is_causal || settings.window > 0) shape[2] = sizes.queries;
  const std::array<std::int64_t, 3> most = {sizes.batch, sizes.heads, sizes.queries};
  for (const Spread<bool>& mask : spread) {
    for (std::size_t axis = 0; axis < most.size(); ++axis) {
      if (mask.steps[axis] != 0) shape[axis] = most[axis];
    }
  }
  Tensor blind = Tensor::zeros(shape, DType::kBool);
  bool* to = blind.data<bool>().data();
  bool any = false;
  for (std::int64_t b = 0; b < shape[0]; ++b) {
    for (std::int64_t n = 0; n < shape[1]; ++n) {
      for (std::int64_t i = 0; i < shape[2]; ++i, ++to) {
        const Reach reach(settings.is_causal, settings.window, i, sizes.keys);
        const auto sees = [&](std::int64_t j) {
          return std::ranges::all_of(
              spread, [&](const Spread<bool>& mask) { return *mask.at(b, n, i, j); });
        };
        // A mask of queries alone says of each key what it says of the first.
        const bool has_eyes = std::ranges::all_of(spread, [&](const Spread<bool>& mask) {
          return mask.steps[3] != 0 || *mask.at(b, n, i, 0);
        });
        std::int64_t j = has_eyes ? reach.first : reach.end;
        while (j < reach.end && !sees(j)) ++j;
        *to = j >= reach.end;
        any = any || *to;
      }
    }
  }
  return any ? blind : Tensor();
}

Sight::Sight(const AttentionSettings& settings, std::span<const Tensor> masks, const Tensor& bias,
             const Tensor& blind)
    : is_causal_(settings.is_causal),
      window_(settings.window),
      masks_(masks.begin(), masks.end()),
      bias_(bias ? Spread<float>(bias) : Spread<float>()),
      blind_(blind ? Spread<bool>(blind) : Spread<bool>()) {}

bool Sight::any(const Block& at) const {
  for (std::int64_t r = 0; r < at.rows; ++r) {
    if (is_blind(at, r)) return true;
  }
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
  if (is_blind(at, r)) {
    std::fill_n(scores, width, 0.0F);
    return {width, 0, at.columns, scale, nullptr, scores};
  }
  const Reach reach(is_causal_, window_, at.query + r - at.key, at.columns);
  kernels::ScoreRow row{width, reach.first, reach.end, scale, nullptr, scores};
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
