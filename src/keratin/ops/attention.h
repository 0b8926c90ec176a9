// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/graph/value.h"

namespace keratin::ops {

/// What attention reads. B batch, T queries, S keys, N heads, K heads of keys and values, of which
/// N is a multiple; H their size.
struct AttentionInputs {
  Value query;   // (B, T, N, H)
  Value key;     // (B, S, K, H)
  Value value;   // (B, S, K, Hv)
  Value bias;    // added to the scores: broadcasts to (B, N, T, S); may be none
  Value weight;  // (H): the scores are weight . tanh(query + key); none: those are query . key
  std::vector<Tensor> masks;  // bool, each broadcasts to (B, N, T, S): what all let through is seen
};

/// What a query gets that sees nothing.
enum class BlindQuery {
  kZero,
  kMean,       ///< the mean of all values: its scores are one number, and have no slopes
  kMeanAdded,  ///< the same, but its scores have slopes: -1e9 was added to each, and left nothing
};

struct AttentionSettings {
  float scale = 1;          // of the scores
  bool is_causal = false;   // query t sees the keys up to t
  std::int64_t window = 0;  // query t sees those less than so many from t; 0: all
  // A share of the softmax is set to 0 and the rest divided by 1 - dropout, as dropout() draws it.
  double dropout = 0;
  std::int64_t seed = 0, draw = 0;
  BlindQuery blind = BlindQuery::kZero;
  bool return_scores = false;   // a second output: the softmax (B, N, T, S)
  bool scores_dropped = false;  // that as the dropout left it
};

/// softmax(scale query . key + bias) value, in heads: (B, T, N, Hv). All values are float32 with
/// elements, and their shapes fit.
///
/// Blocks of scores are made, softened and used up one by one, and made again on the way back (T.
/// Dao et al., "FlashAttention", 2022): memory is that of inputs and outputs and one block a
/// thread. Only what is returned is ever T x S: scores, and the slope of a bias.
Values attention(const AttentionInputs& inputs, const AttentionSettings& settings);

}  // namespace keratin::ops
