// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "keratin/layers/layer.h"
#include "keratin/ops/attention.h"

namespace keratin::layers {

/// softmax(scores of query and key) value, without projections: what Attention and
/// AdditiveAttention share. Called on a list of two or three.
///   query   float32 (B, ..., T, N)
///   value   float32 (B, ..., S, M)
///   key     float32 (B, ..., S, N): the value where it is not given
///   mask    of query (B, ..., T): the output is 0 where it is false; of value (B, ..., S): keys
///   that
///           are not seen. Those on the values by default
///   use_causal_mask  true: query t sees the keys up to t
///   return_attention_scores  true: a second output, the softmax (B, ..., T, S) as dropout left it
///   output  float32 (B, ..., T, M); it has the mask of the query
/// A query that sees nothing gets 0; under MaskPolicy::kKeras2 the mean of all values, as in
/// Keras 2.
class ScoredAttention : public Layer {
 public:
  bool takes_several() const override { return true; }
  bool takes_keyword(std::string_view name) const override;
  bool supports_masking() const override { return true; }
  using Layer::compute_mask;
  Values compute_mask(const Inputs& inputs) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  /// What that Keras gives a query that sees nothing.
  static ops::BlindQuery blind(MaskPolicy policy);
  /// The seed and how often it drew, where there is dropout.
  std::vector<std::int64_t> chance() const override;

 protected:
  /// Throws std::invalid_argument for a dropout outside [0, 1].
  ScoredAttention(const LayerOptions& options, double dropout,
                  const std::optional<std::int64_t>& seed);
  /// What of query and key, (B, T, 1, N) and (B, S, 1, N), and of the weights the scores are made
  /// of.
  virtual void set_scores(ops::AttentionInputs& inputs, Pass& pass) const = 0;
  /// Of a list that has not two or three shapes, and shapes that do not fit, it throws.
  void check_shapes(const std::vector<Shape>& shapes) const;

 private:
  void take_chance(const std::vector<std::int64_t>& chance) override;

  double dropout_;
  std::int64_t seed_;
};

}  // namespace keratin::layers
