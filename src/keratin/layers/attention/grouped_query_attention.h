// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/attention/head_attention.h"

namespace keratin::layers {

struct GroupedQueryAttentionOptions {
  std::int64_t head_dim = 0;             // must be given
  std::int64_t num_query_heads = 0;      // must be given
  std::int64_t num_key_value_heads = 0;  // must be given: a divisor of the former
  double dropout = 0;                    // share of the softmax that is set to 0 in training
  bool use_bias = true;
  std::optional<std::int64_t> sliding_window =
      {};                                    // a query sees keys less than so many steps away
  std::optional<bool> flash_attention = {};  // as of MultiHeadAttention
  Identifier<const initializers::Initializer> kernel_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> kernel_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};  // of output, projections
  Identifier<const constraints::Constraint> kernel_constraint = {};
  Identifier<const constraints::Constraint> bias_constraint = {};
  bool use_gate = false;  // the heads by sigmoid of a projection of the query
  std::optional<std::int64_t> seed = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// J. Ainslie et al., "GQA: training generalized multi-query transformer models" (2023): several
/// heads of the query share one of key and value, else as HeadAttention says. Query and value have
/// one width.
class GroupedQueryAttention final
    : public Configured<GroupedQueryAttention, GroupedQueryAttentionOptions,
                        LayerOf<GroupedQueryAttention, HeadAttention>> {
 public:
  static constexpr std::string_view kName = "GroupedQueryAttention";
  explicit GroupedQueryAttention(GroupedQueryAttentionOptions options);

  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  std::string_view name_of_part(std::size_t i) const override;
};

}  // namespace keratin::layers
