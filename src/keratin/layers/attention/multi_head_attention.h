// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/attention/head_attention.h"

namespace keratin::layers {

struct MultiHeadAttentionOptions {
  std::int64_t num_heads = 0;                  // must be given
  std::int64_t key_dim = 0;                    // of each head of query and key; must be given
  std::optional<std::int64_t> value_dim = {};  // of each head of the value; none: key_dim
  double dropout = 0;                          // share of the softmax that is set to 0 in training
  bool use_bias = true;
  std::optional<Shape> output_shape = {};                        // none: the last axis of the query
  std::optional<std::vector<std::int64_t>> attention_axes = {};  // none: all between batch and last
  std::optional<std::int64_t> sliding_window =
      {};  // a query sees keys less than so many steps away
  // Blocks are streamed always; true refuses, as in Keras, dropout and return_attention_scores. Not
  // part of the config.
  std::optional<bool> flash_attention = {};
  Identifier<const initializers::Initializer> kernel_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> kernel_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};  // of the projections
  Identifier<const constraints::Constraint> kernel_constraint = {};
  Identifier<const constraints::Constraint> bias_constraint = {};
  bool use_gate = false;  // the heads by sigmoid of a projection of the query
  std::optional<std::int64_t> seed = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// A. Vaswani et al., "Attention is all you need" (2017), as HeadAttention says. With more axes,
/// query (B, ..., N): attention runs over attention_axes, as if they were one, and the others are
/// samples. use_gate: Z. Qiu et al., "Gated attention for large language models" (2025).
class MultiHeadAttention final : public Configured<MultiHeadAttention, MultiHeadAttentionOptions,
                                                   LayerOf<MultiHeadAttention, HeadAttention>> {
 public:
  static constexpr std::string_view kName = "MultiHeadAttention";
  explicit MultiHeadAttention(MultiHeadAttentionOptions options);

  Config get_config() const override;
  std::string_view name_of_part(std::size_t i) const override;
};

}  // namespace keratin::layers
