// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "keratin/kernels/attention.h"
#include "keratin/ops/attention.h"
#include "keratin/tensor/tensor_access.h"

/// Blocks of scores: which there are, what they see, and what they are made of. Not installed.
namespace keratin::ops {

struct AttentionSizes {
  explicit AttentionSizes(const Shape& query, const Shape& key, const Shape& value)
      : batch(query[0]),
        queries(query[1]),
        keys(key[1]),
        heads(query[2]),
        sources(key[2]),
        size(query[3]),
        value_size(value[3]) {}
  std::int64_t batch, queries, keys, heads, sources, size, value_size;

  std::int64_t shared() const { return heads / sources; }  // how many heads have one source
};

/// The scores of some queries of a head by some keys.
struct Block {
  std::int64_t batch, head, query, rows, key, columns;
};

/// Rows of floats, whole vectors wide.
inline std::int64_t score_width(std::int64_t columns) {
  return (columns + kernels::kScoreStep - 1) / kernels::kScoreStep * kernels::kScoreStep;
}

/// A tensor that broadcasts to (B, N, T, S).
template <class T>
struct Spread {
  Spread() = default;
  Spread(const Tensor& tensor) : data(tensor.data<T>().data()) {
    std::int64_t stride = 1;
    const Shape& shape = tensor.shape();
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      const std::int64_t dim = shape[shape.rank() - 1 - i];
      steps[3 - i] = dim == 1 ? 0 : stride;
      stride *= dim;
    }
  }
  const T* at(std::int64_t b, std::int64_t n, std::int64_t i, std::int64_t j) const {
    return data + b * steps[0] + n * steps[1] + i * steps[2] + j * steps[3];
  }
  const T* data = nullptr;
  std::array<std::int64_t, 4> steps = {};
};

/// Which queries see nothing, true where all masks and their place hide every key: broadcasts to
/// (B, N, T, 1). Empty where there is none.
Tensor blind_queries(const AttentionSettings& settings, std::span<const Tensor> masks,
                     const AttentionSizes& sizes);

/// What queries see. Those that are blind, if any are given, see every key, and all alike.
class Sight {
 public:
  Sight(const AttentionSettings& settings, std::span<const Tensor> masks, const Tensor& bias,
        const Tensor& blind);
  /// False where nothing of the block is seen: it need not be made.
  bool any(const Block& at) const;
  /// Row r of the block, whose scores are those at `scores`. `add`: as wide, may be written to.
  kernels::ScoreRow row(const Block& at, std::int64_t r, std::int64_t width, float* scores,
                        float* add, float scale) const;
  bool is_blind(const Block& at, std::int64_t r) const {
    return blind_.data != nullptr && *blind_.at(at.batch, at.head, at.query + r, 0);
  }

 private:
  bool is_causal_;
  std::int64_t window_;
  std::vector<Spread<bool>> masks_;
  Spread<float> bias_;
  Spread<bool> blind_;
};

/// What scores are made of: query . key, or weight . tanh(query + key).
struct Scores {
  AttentionSizes s;
  const float* query;
  const float* key;
  const float* weight;  // null: products

  const float* query_at(const Block& at) const { return query + query_place(at); }
  std::int64_t query_place(const Block& at) const {
    return ((at.batch * s.queries + at.query) * s.heads + at.head) * s.size;
  }
  std::int64_t key_place(const Block& at) const {
    return ((at.batch * s.keys + at.key) * s.sources + at.head / s.shared()) * s.size;
  }
  void fill(const Block& at, float* scores, std::int64_t width) const;
  /// Adds the way back to what is of all queries, of all keys, of the weight.
  void pull_back(const Block& at, const float* slopes, std::int64_t width, float* of_query,
                 float* of_key, float* of_weight) const;

 private:
  kernels::AdditiveScores additive(const Block& at) const;
};

/// What the softmax is multiplied with in training, 0 or 1 / (1 - rate): JAX's bernoulli over (B,
/// N, T, S) from the key [seed, draw].
class DroppedScores {
 public:
  DroppedScores(const AttentionSettings& settings, const AttentionSizes& sizes);
  bool any() const { return rate_ > 0; }
  /// Those of row r of the block.
  void factors(const Block& at, std::int64_t r, float* out) const;

 private:
  double rate_;
  std::int64_t seed_, draw_;
  AttentionSizes s_;
};

/// x by factors; 0 where the factor is, whatever x is.
inline void multiply_row(std::int64_t count, const float* factors, const float* x, float* out) {
  for (std::int64_t j = 0; j < count; ++j) out[j] = factors[j] == 0 ? 0.0F : x[j] * factors[j];
}

}  // namespace keratin::ops
