// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/embedding.h"

namespace keratin::layers {

/// In Keras's order; the rest is Embedding's.
struct ReversibleEmbeddingOptions {
  std::int64_t input_dim = 0;   // V; must be given
  std::int64_t output_dim = 0;  // D; must be given
  bool tie_weights = true;      // false: the way back has a weight of its own, (D, V)
  Identifier<const initializers::Initializer> embeddings_initializer = "uniform";  // of both
  Identifier<const regularizers::Regularizer> embeddings_regularizer = {};
  Identifier<const constraints::Constraint> embeddings_constraint = {};
  bool mask_zero = false;
  std::optional<std::string> reverse_dtype = {};  // of the logits: none, or "float32"
  std::optional<double> logit_soft_cap = {};      // c: logits become c tanh(logits / c)
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  Tensor weights = {};
  std::optional<std::string> name = {};
  bool trainable = true;
  DTypePolicy dtype = {};                      // float32, or of a quantized table
  std::optional<std::int64_t> lora_rank = {};  // the layer is built with enable_lora()
  std::optional<double> lora_alpha = {};       // null: lora_rank
  std::optional<QuantizationConfig> quantization_config = {};  // in place of what dtype says
  RowsDrawn rows_drawn = RowsDrawn::kAutomatic;
  Precision precision = Precision::kFloat32;
  bool stochastic_rounding = true;
  std::string storage = {};
};

/// An Embedding that also goes back, from vectors to a number for every id, with the same table: O.
/// Press, L. Wolf, "Using the output embedding to improve language models" (2016).
///
///   input   ids of any shape, as of Embedding
///   output  float32 (..., D), with the mask of the ids
///
/// and called with the option {"reverse", true}:
///
///   input   float32 (..., D)
///   output  float32 (..., V): input x table^T, or input x reverse_embeddings where the weights are
///           not tied. It keeps the mask of the input; under other policies than kStrict it
///           has none, as in Keras.
///
/// A look-up costs the rows of its ids, in training too. A call in reverse reads the whole table,
/// of codes some rows at a time, and a step after it visits every row of a tied one. Without tied
/// weights only the (D, V) weight is read and trained densely. A LoRA update is of both ways of a
/// tied table, else of the look-up alone.
/// Throws std::invalid_argument as Embedding, for another reverse_dtype, and for a logit_soft_cap
/// that is not a positive finite number.
class ReversibleEmbedding final : public Configured<ReversibleEmbedding, ReversibleEmbeddingOptions,
                                                    LayerOf<ReversibleEmbedding, Embedding>> {
 public:
  static constexpr std::string_view kName = "ReversibleEmbedding";
  explicit ReversibleEmbedding(ReversibleEmbeddingOptions options);

  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  using Embedding::compute_mask;
  Values compute_mask(const Inputs& inputs) const override;
  bool takes_keyword(std::string_view name) const override;
  /// Takes the mask off where Keras 3 has none.
  Values run(const Inputs& inputs, Pass& pass) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  /// As Embedding; what is not tied becomes codes too, Keras's weights reverse_embeddings (int8),
  /// reverse_embeddings_scale and of groups reverse_embeddings_zero. In reverse vectors become
  /// codes as they come where the config has an activation_quantizer, as that of int8 does.
  void quantize(const QuantizationConfig& config) override;

 private:
  void build_weights(const Shape& input_shape) override;
  void check_call(const Inputs& inputs) const override;
  void add_reverse(const table::PackedWeights& packed);
  Value by_codes(const Value& x) const;

  // The weight of the way back where it is not tied: floats, or codes.
  std::shared_ptr<Variable> reverse_, reverse_scale_, reverse_zero_;
};

}  // namespace keratin::layers

extern template class keratin::Configured<
    keratin::layers::ReversibleEmbedding, keratin::layers::ReversibleEmbeddingOptions,
    keratin::layers::LayerOf<keratin::layers::ReversibleEmbedding, keratin::layers::Embedding>>;
