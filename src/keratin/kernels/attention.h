// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

/// What attention does to the rows of a block of scores, and the scores that are no matrix product.
/// A row has the same bits whatever rows are beside it. NaN gives NaN.
namespace keratin::kernels {

/// Rows of scores are a multiple of so many floats wide; what lies behind the last score is free.
inline constexpr std::int64_t kScoreStep = 16;

/// Some scores of one query, and which of them count.
struct ScoreRow {
  std::int64_t width;       // of the row, a multiple of kScoreStep
  std::int64_t first, end;  // the keys that are seen; may be none
  float scale;              // of the scores
  const float* add;         // (width): added behind that; -infinity hides a key. Null: nothing
  float* scores;            // (width)
};

/// What is known of the softmax of a query after some of its keys.
struct Softened {
  float most = std::numeric_limits<float>::lowest();  // the largest score
  float sum = 0;                                      // of exp(score - most)
};

/// The scores become exp(score - most), 0 where a key is hidden, and `so_far` that of all keys up
/// to these (M. Milakov, N. Gimelshein, "Online normalizer calculation for softmax", 2018). Returns
/// what all that was made with the old `most` is to be multiplied with.
float soften(const ScoreRow& row, Softened& so_far);
/// The scores become exp(score - log_sum), 0 where a key is hidden: the softmax again.
void soften_again(const ScoreRow& row, float log_sum);
/// d[i] becomes scale p[i] (d[i] - mean), the way back through the softmax p; 0 where p is.
void soften_back(std::int64_t width, const float* p, float mean, float scale, float* d);

/// Queries, keys and what a sum of tanh has of each feature: scores of D. Bahdanau, K. Cho, Y.
/// Bengio, "Neural machine translation by jointly learning to align and translate" (2014).
struct AdditiveScores {
  std::int64_t queries, keys, size;
  const float* query;  // (queries, size), rows query_row floats apart
  std::int64_t query_row;
  const float* key;  // (keys, size), likewise
  std::int64_t key_row;
  const float* weight;  // (size)
};
/// scores[i][j] = the sum over d of weight[d] tanh(query[i][d] + key[j][d]), in rows `row` apart.
void additive_scores(const AdditiveScores& s, float* scores, std::int64_t row);
/// Adds the way back from the slopes of the scores, in rows `row` apart, to those of query, key
/// (rows as in s) and weight.
void additive_scores_back(const AdditiveScores& s, const float* slopes, std::int64_t row,
                          float* of_query, float* of_key, float* of_weight);

}  // namespace keratin::kernels
