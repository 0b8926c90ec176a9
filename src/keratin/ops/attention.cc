// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/attention.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "keratin/graph/op.h"
#include "keratin/kernels/matmul.h"
#include "keratin/ops/attention_blocks.h"
#include "keratin/ops/broadcast.h"
#include "keratin/parallel/parallel.h"

namespace keratin::ops {
namespace {

// A block of scores, and what is made of it, stay in the second cache; and keys and values are
// packed for each block of queries (kernels/matmul), which few queries would not pay for.
constexpr std::int64_t kQueries = 256, kKeys = 256;
constexpr std::int64_t kWork = std::int64_t{1} << 19;  // products of two numbers, worth a thread
constexpr std::int64_t kParts = 8;  // of the way back, where there are not as many heads

std::int64_t blocks_of(std::int64_t count, std::int64_t each) { return (count + each - 1) / each; }

/// Both ways, and what they share.
class Attention {
 public:
  Attention(const Arguments& in, std::vector<Tensor> masks, const AttentionSettings& settings)
      : query_(in[0]),
        key_(in[1]),
        value_(in[2]),
        bias_(in[3]),
        weight_(in[4]),
        masks_(std::move(masks)),
        settings_(settings),
        s_(query_.shape(), key_.shape(), value_.shape()) {
    if (settings_.blind != BlindQuery::kZero) blind_ = blind_queries(settings_, masks_, s_);
  }

  Few<Tensor> forward() {
    out_ = uninitialized({s_.batch, s_.queries, s_.heads, s_.value_size});
    log_sums_ = uninitialized({s_.batch, s_.heads, s_.queries});
    if (settings_.return_scores) scores_ = uninitialized({s_.batch, s_.heads, s_.queries, s_.keys});
    to_ = out_.data<float>().data();
    to_log_sums_ = log_sums_.data<float>().data();
    to_scores_ = scores_ ? scores_.data<float>().data() : nullptr;
    const std::int64_t blocks = blocks_of(s_.queries, kQueries);
    const std::int64_t each =
        std::max<std::int64_t>(1, std::min(s_.queries, kQueries) * s_.keys * products());
    const std::int64_t items = s_.batch * s_.heads * blocks;
    if (items > 0) {
      parallel::for_chunks(items, parallel::even_chunk(items, each, kWork),
                           [&](std::int64_t begin, std::int64_t end) {
                             Scratch scratch(*this, forward_keys());
                             for (std::int64_t i = begin; i < end; ++i) {
                               const std::int64_t first = i % blocks * kQueries;
                               answer({.batch = i / blocks / s_.heads,
                                       .head = i / blocks % s_.heads,
                                       .query = first,
                                       .rows = std::min(kQueries, s_.queries - first),
                                       .key = 0,
                                       .columns = s_.keys},
                                      scratch);
                             }
                           });
    }
    Few<Tensor> outputs;
    outputs.push_back(out_);
    if (scores_) outputs.push_back(scores_);
    return outputs;
  }

  void pull_back(Slopes& slopes) {
    Back back(*this, slopes);
    const std::int64_t heads = s_.batch * s_.sources, blocks = blocks_of(s_.keys, kKeys);
    if (heads == 0 || blocks == 0 || s_.queries == 0) return back.give(slopes);
    back.parts = std::clamp<std::int64_t>(kParts / heads, 1, blocks);
    back.make_parts();
    const std::int64_t items = heads * back.parts;
    const std::int64_t each = std::max<std::int64_t>(
        1, 3 * s_.shared() * s_.queries * (s_.keys / back.parts + 1) * products());
    parallel::for_chunks(items, parallel::even_chunk(items, each, kWork),
                         [&](std::int64_t begin, std::int64_t end) {
                           Scratch scratch(*this, std::min(kKeys, s_.keys));
                           for (std::int64_t i = begin; i < end; ++i)
                             pull_back_part(i / back.parts, i % back.parts, back, scratch);
                         });
    back.add_parts();
    back.give(slopes);
  }

 private:
  /// Tiles of scores of one thread, of `kQueries` rows.
  struct Scratch {
    Scratch(const Attention& all, std::int64_t keys)
        : width(score_width(keys)),
          memory(uninitialized({2 * std::min(kQueries, all.s_.queries) + 2, width})),
          scores(memory.data<float>().data()),
          slopes(scores + std::min(kQueries, all.s_.queries) * width),
          add(slopes + std::min(kQueries, all.s_.queries) * width),
          factors(add + width) {}
    std::int64_t width;
    Tensor memory;
    float *scores, *slopes, *add, *factors;
  };

  struct Back {
    Back(const Attention& all, Slopes& slopes)
        : out(elements(slopes.of(0))),
          scores(all.settings_.return_scores ? elements(slopes.of(1)) : nullptr),
          of_query(Tensor::zeros(all.query_.shape())),
          of_key(Tensor::zeros(all.key_.shape())),
          of_value(Tensor::zeros(all.value_.shape())),
          of_weight(all.weight_ ? Tensor::zeros(all.weight_.shape()) : Tensor()),
          to_key(of_key.data<float>().data()),
          to_value(of_value.data<float>().data()),
          means(all.means(out, scores)) {
      if (all.bias_ && slopes.wants(3)) {
        of_bias = Tensor::zeros({all.s_.batch, all.s_.heads, all.s_.queries, all.s_.keys});
        to_bias = of_bias.data<float>().data();
        bias_shape = all.bias_.shape();
      }
    }
    /// The slopes of the queries and the weight are sums over all keys: those of a part first.
    void make_parts() {
      for (std::int64_t i = 0; i < parts; ++i) {
        query_parts.push_back(i == 0 ? of_query : Tensor::zeros(of_query.shape()));
        to_query.push_back(query_parts.back().data<float>().data());
      }
      if (!of_weight) return;
      weight_parts =
          Tensor::zeros({of_query.shape()[0] * of_key.shape()[2] * parts, of_weight.shape()[0]});
      to_weight = weight_parts.data<float>().data();
    }
    void add_parts() {
      for (std::size_t i = 1; i < query_parts.size(); ++i) {
        for (std::int64_t k = 0; k < of_query.size(); ++k) to_query[0][k] += to_query[i][k];
      }
      if (!of_weight) return;
      const std::int64_t size = of_weight.size();
      float* const to = of_weight.data<float>().data();
      for (std::int64_t k = 0; k < weight_parts.size(); ++k) to[k % size] += to_weight[k];
    }
    void give(Slopes& slopes) {
      slopes.add(0, std::move(of_query));
      slopes.add(1, std::move(of_key));
      slopes.add(2, std::move(of_value));
      if (of_bias) slopes.add(3, sum_to(of_bias, bias_shape));
      if (of_weight) slopes.add(4, std::move(of_weight));
    }

    const float *out, *scores;  // the slopes that came in; may be null
    Tensor of_query, of_key, of_value, of_weight, of_bias = {}, weight_parts = {};
    float *to_key, *to_value, *to_bias = nullptr, *to_weight = nullptr;
    Tensor means;
    Shape bias_shape = {};
    std::int64_t parts = 1;
    std::vector<Tensor> query_parts = {};
    std::vector<float*> to_query = {};
  };

  Scores of_scores() const { return {s_, elements(query_), elements(key_), elements(weight_)}; }
  Sight sight() const { return {settings_, masks_, bias_, blind_}; }
  DroppedScores dropped() const { return {settings_, s_}; }
  std::int64_t products() const { return (s_.size + s_.value_size) * (weight_ ? 8 : 1); }
  /// All where they are returned: then the softmax is done with its first block.
  std::int64_t forward_keys() const {
    return settings_.return_scores ? s_.keys : std::min(kKeys, s_.keys);
  }
  std::int64_t row_place(const Block& at, std::int64_t r) const {
    return (at.batch * s_.heads + at.head) * s_.queries + at.query + r;
  }
  std::int64_t out_place(const Block& at) const {
    return ((at.batch * s_.queries + at.query) * s_.heads + at.head) * s_.value_size;
  }
  std::int64_t value_place(const Block& at) const {
    return ((at.batch * s_.keys + at.key) * s_.sources + at.head / s_.shared()) * s_.value_size;
  }
  std::int64_t out_row() const { return s_.heads * s_.value_size; }
  std::int64_t value_row() const { return s_.sources * s_.value_size; }

  /// What some queries of a head get, block by block of the keys.
  void answer(const Block& all, const Scratch& scratch) const {
    const Sight sees = sight();
    const DroppedScores drops = dropped();
    const Scores scores = of_scores();
    std::array<kernels::Softened, kQueries> known;
    float* const out = to_ + out_place(all);
    for (std::int64_t r = 0; r < all.rows; ++r)
      std::fill_n(out + r * out_row(), s_.value_size, 0.0F);
    const std::int64_t step = forward_keys();
    for (std::int64_t key = 0; key < s_.keys; key += step) {
      Block at = all;
      at.key = key;
      at.columns = std::min(step, s_.keys - key);
      if (!settings_.return_scores && !sees.any(at)) continue;
      scores.fill(at, scratch.scores, scratch.width);
      for (std::int64_t r = 0; r < at.rows; ++r) {
        float* const p = scratch.scores + r * scratch.width;
        kernels::Softened& row = known[static_cast<std::size_t>(r)];
        const float factor =
            kernels::soften(sees.row(at, r, scratch.width, p, scratch.add, settings_.scale), row);
        if (factor != 1) {
          for (std::int64_t h = 0; h < s_.value_size; ++h) out[r * out_row() + h] *= factor;
        }
        if (settings_.return_scores) {
          const float share = row.sum == 0 ? 0.0F : 1 / row.sum;
          for (std::int64_t j = 0; j < at.columns; ++j) p[j] *= share;
        }
        if (settings_.return_scores && !settings_.scores_dropped) keep_scores(at, r, p);
        if (drops.any()) {
          drops.factors(at, r, scratch.factors);
          multiply_row(at.columns, scratch.factors, p, p);
        }
        if (settings_.return_scores && settings_.scores_dropped) keep_scores(at, r, p);
      }
      kernels::matmul({scratch.scores, false, scratch.width},
                      {elements(value_) + value_place(at), false, value_row()}, at.rows, at.columns,
                      s_.value_size, true, out, out_row());
    }
    for (std::int64_t r = 0; r < all.rows; ++r) {
      const kernels::Softened& row = known[static_cast<std::size_t>(r)];
      to_log_sums_[row_place(all, r)] = row.sum == 0 ? 0.0F : row.most + std::log(row.sum);
      if (settings_.return_scores) continue;
      const float share = row.sum == 0 ? 0.0F : 1 / row.sum;
      for (std::int64_t h = 0; h < s_.value_size; ++h) out[r * out_row() + h] *= share;
    }
  }

  void keep_scores(const Block& at, std::int64_t r, const float* p) const {
    std::copy_n(p, at.columns, to_scores_ + row_place(at, r) * s_.keys + at.key);
  }

  /// Of each query the sum over the keys of its softmax times the slope of that.
  Tensor means(const float* out_slope, const float* scores_slope) const {
    Tensor result = Tensor::zeros(log_sums_.shape());
    float* const to = result.data<float>().data();
    const float* const y = elements(out_);
    const float* const p = elements(scores_);
    for (std::int64_t b = 0, row = 0; b < s_.batch; ++b) {
      for (std::int64_t n = 0; n < s_.heads; ++n) {
        for (std::int64_t i = 0; i < s_.queries; ++i, ++row) {
          const std::int64_t at = ((b * s_.queries + i) * s_.heads + n) * s_.value_size;
          for (std::int64_t h = 0; out_slope != nullptr && h < s_.value_size; ++h)
            to[row] += y[at + h] * out_slope[at + h];
          const std::int64_t first = row * s_.keys;
          for (std::int64_t j = 0; scores_slope != nullptr && j < s_.keys; ++j)
            to[row] += p[first + j] * scores_slope[first + j];
        }
      }
    }
    return result;
  }

  /// Some blocks of the keys of one source, and all queries that may see them.
  void pull_back_part(std::int64_t source, std::int64_t part, const Back& back,
                      const Scratch& scratch) const {
    const Sight sees = sight();
    const std::int64_t blocks = blocks_of(s_.keys, kKeys);
    for (std::int64_t j = part * blocks / back.parts; j < (part + 1) * blocks / back.parts; ++j) {
      for (std::int64_t n = 0; n < s_.shared(); ++n) {
        for (std::int64_t query = 0; query < s_.queries; query += kQueries) {
          const Block at{.batch = source / s_.sources,
                         .head = source % s_.sources * s_.shared() + n,
                         .query = query,
                         .rows = std::min(kQueries, s_.queries - query),
                         .key = j * kKeys,
                         .columns = std::min(kKeys, s_.keys - j * kKeys)};
          if (sees.any(at))
            pull_back_block(at, source * back.parts + part, part, back, sees, scratch);
        }
      }
    }
  }

  void pull_back_block(const Block& at, std::int64_t item, std::int64_t part, const Back& back,
                       const Sight& sees, const Scratch& scratch) const {
    const DroppedScores drops = dropped();
    const std::int64_t width = scratch.width;
    of_scores().fill(at, scratch.scores, width);
    for (std::int64_t r = 0; r < at.rows; ++r) {
      float* const p = scratch.scores + r * width;
      kernels::soften_again(sees.row(at, r, width, p, scratch.add, settings_.scale),
                            elements(log_sums_)[row_place(at, r)]);
      if (!drops.any()) continue;
      drops.factors(at, r, scratch.factors);
      multiply_row(at.columns, scratch.factors, p, scratch.slopes + r * width);
    }
    if (back.out != nullptr) {
      const float* const out = back.out + out_place(at);
      kernels::matmul({drops.any() ? scratch.slopes : scratch.scores, true, width},
                      {out, false, out_row()}, at.columns, at.rows, s_.value_size, true,
                      back.to_value + value_place(at), value_row());
      kernels::matmul({out, false, out_row()},
                      {elements(value_) + value_place(at), true, value_row()}, at.rows,
                      s_.value_size, at.columns, false, scratch.slopes, width);
    } else {
      std::fill_n(scratch.slopes, at.rows * width, 0.0F);
    }
    for (std::int64_t r = 0; r < at.rows; ++r) {
      float* const slope = scratch.slopes + r * width;
      const std::int64_t place = row_place(at, r) * s_.keys + at.key;
      const auto add_scores = [&] {
        if (back.scores == nullptr) return;
        for (std::int64_t j = 0; j < at.columns; ++j) slope[j] += back.scores[place + j];
      };
      if (settings_.scores_dropped) add_scores();
      if (drops.any()) {
        drops.factors(at, r, scratch.factors);
        multiply_row(at.columns, scratch.factors, slope, slope);
      }
      if (!settings_.scores_dropped) add_scores();
      kernels::soften_back(width, scratch.scores + r * width,
                           elements(back.means)[row_place(at, r)],
                           back.to_bias == nullptr ? settings_.scale : 1.0F, slope);
      if (settings_.blind == BlindQuery::kMean && sees.is_blind(at, r))
        std::fill_n(slope, width, 0.0F);
      if (back.to_bias == nullptr) continue;
      std::copy_n(slope, at.columns, back.to_bias + place);
      for (std::int64_t j = 0; j < at.columns; ++j) slope[j] *= settings_.scale;
    }
    of_scores().pull_back(at, scratch.slopes, width, back.to_query[static_cast<std::size_t>(part)],
                          back.to_key,
                          weight_ ? back.to_weight + item * weight_.shape()[0] : nullptr);
  }

  Tensor query_, key_, value_, bias_, weight_;
  Tensor blind_ = {};  // where the mean of all values is theirs
  std::vector<Tensor> masks_;
  AttentionSettings settings_;
  AttentionSizes s_;
  Tensor out_, log_sums_, scores_;
  float *to_ = nullptr, *to_log_sums_ = nullptr, *to_scores_ = nullptr;
};

}  // namespace

Values attention(const AttentionInputs& inputs, const AttentionSettings& settings) {
  return compute({&inputs.query, &inputs.key, &inputs.value, &inputs.bias, &inputs.weight},
                 [&](const Arguments& in) {
                   auto all = std::make_shared<Attention>(in, inputs.masks, settings);
                   Result result{all->forward()};
                   if (in.wants_any()) {
                     result.pullback = [all = std::move(all)](Slopes& slopes) {
                       all->pull_back(slopes);
                     };
                   }
                   return result;
                 });
}

}  // namespace keratin::ops
