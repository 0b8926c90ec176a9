// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/attention/scored_attention.h"

namespace keratin::layers {

struct AttentionOptions {
  bool use_scale = false;          // a weight of one number that scores are multiplied with
  std::string score_mode = "dot";  // or "concat": a weight times the sum of tanh(query + key)
  double dropout = 0;              // share of the softmax that is set to 0 in training
  std::optional<std::int64_t> seed = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Attention by products of query and key, as ScoredAttention says: M. Luong et al., "Effective
/// approaches to attention-based neural machine translation" (2015).
class Attention final
    : public Configured<Attention, AttentionOptions, LayerOf<Attention, ScoredAttention>> {
 public:
  static constexpr std::string_view kName = "Attention";
  /// Throws std::invalid_argument for another score_mode.
  explicit Attention(AttentionOptions options);

 private:
  void build_weights(std::span<const Spec> inputs) override;
  void set_scores(ops::AttentionInputs& inputs, Pass& pass) const override;
};

struct AdditiveAttentionOptions {
  bool use_scale = true;  // a weight for each feature; without it all count alike
  double dropout = 0;     // share of the softmax that is set to 0 in training
  std::optional<std::int64_t> seed = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Attention by the sum of scale tanh(query + key) over the features, as ScoredAttention says: D.
/// Bahdanau, K. Cho, Y. Bengio, "Neural machine translation by jointly learning to align and
/// translate" (2014).
class AdditiveAttention final : public Configured<AdditiveAttention, AdditiveAttentionOptions,
                                                  LayerOf<AdditiveAttention, ScoredAttention>> {
 public:
  static constexpr std::string_view kName = "AdditiveAttention";
  explicit AdditiveAttention(AdditiveAttentionOptions options);

 private:
  void build_weights(std::span<const Spec> inputs) override;
  void set_scores(ops::AttentionInputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
