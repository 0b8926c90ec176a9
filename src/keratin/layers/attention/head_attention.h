// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/layers/named_values.h"
#include "keratin/ops/attention.h"

namespace keratin::layers {

/// What the two layers below have in common, in the place of their own options.
struct HeadAttentionSpec {
  std::string class_name;
  std::int64_t heads = 0, sources = 0;  // of queries; of keys and values
  std::int64_t key_size = 0, value_size = 0;
  Shape output_shape = {};  // none: the last axis of the query
  std::optional<std::vector<std::int64_t>> attention_axes = {};
  double dropout = 0;
  bool use_bias = true;
  std::optional<std::int64_t> sliding_window = {};
  std::optional<bool> flash_attention = {};
  Identifier<const initializers::Initializer> kernel_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> kernel_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  Identifier<const constraints::Constraint> kernel_constraint = {};
  Identifier<const constraints::Constraint> bias_constraint = {};
  bool use_gate = false;
  std::optional<std::int64_t> seed = {};
};

/// Attention in heads. Query, key and value are projected, softmax(query . key / sqrt(key_size))
/// value is made in each head, and all heads are projected to the output.
///   query            float32 (B, T, N)
///   value, key       float32 (B, S, M): the key is the value where it is not given
///   query_mask       bool (B, T), value_mask, key_mask bool (B, S): those on the values by default
///   attention_mask   broadcasts to (B, T, S), or (B, heads, T, S); what is not 0 is seen
///   use_causal_mask  true: a query sees the keys up to its own step
///   return_attention_scores  true: a second output, the softmax (B, heads, T, S)
///   output           float32 (B, T, N); it has the mask of the query
/// A query that sees nothing gets 0 from all heads; under MaskPolicy::kKeras2 the mean of all
/// values of each, those that are masked too, and under kKeras3 where Keras 3 does so.
/// MultiHeadAttention takes more axes.
class HeadAttention : public Layer, public NamedValues {
 public:
  bool takes_several() const override { return true; }
  std::span<const std::string_view> value_names() const override;
  bool takes_keyword(std::string_view name) const override;
  bool supports_masking() const override { return true; }
  using Layer::compute_mask;
  Values compute_mask(const Inputs& inputs) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  std::vector<std::shared_ptr<Layer>> parts() const override { return parts_; }
  /// Those that the attention of the built layer runs over.
  const std::vector<std::int64_t>& axes() const { return axes_; }
  /// What that Keras gives a query that sees nothing: Keras 2 adds -1e9 to its scores; Keras 3 puts
  /// a number in their place, and 0 behind the softmax where it makes that by itself: for dropout,
  /// for the caller, over several axes.
  ops::BlindQuery blind(MaskPolicy policy, const Shape& query, bool return_scores) const;
  /// The seed and how often it drew, where there is dropout.
  std::vector<std::int64_t> chance() const override;

 protected:
  /// Throws std::invalid_argument for a spec that cannot be.
  HeadAttention(const LayerOptions& options, HeadAttentionSpec spec);

 private:
  void build_weights(std::span<const Spec> inputs) override;
  void take_chance(const std::vector<std::int64_t>& chance) override;
  std::vector<std::int64_t> axes_for(std::size_t rank) const;
  void check_shapes(const Shape& query, const Shape& value, const Shape& key) const;
  Value part(std::size_t i, const Value& x, Pass& pass) const;
  /// The mask of all kinds that there are, as attention takes them.
  std::vector<Tensor> masks_of(const Inputs& inputs, const Shape& query, const Shape& key) const;

  HeadAttentionSpec spec_;
  std::int64_t seed_;
  std::vector<std::int64_t> axes_;             // that attention runs over, of the built layer
  std::vector<std::shared_ptr<Layer>> parts_;  // query, key, gate (if any), value, output
};

}  // namespace keratin::layers
