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
/// and a step after it visits every row of a tied one. Without tied weights only the (D, V) weight
/// is read and trained densely.
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
  /// The way back needs the table as it is: std::invalid_argument.
  void quantize(const QuantizationConfig& config) override { Layer::quantize(config); }
  void enable_lora(std::int64_t rank, std::optional<double> lora_alpha,
                   Identifier<const initializers::Initializer> a_initializer,
                   Identifier<const initializers::Initializer> b_initializer) override;

 private:
  void build_weights(const Shape& input_shape) override;
  void check_call(const Inputs& inputs) const override;
};

}  // namespace keratin::layers

extern template class keratin::Configured<
    keratin::layers::ReversibleEmbedding, keratin::layers::ReversibleEmbeddingOptions,
    keratin::layers::LayerOf<keratin::layers::ReversibleEmbedding, keratin::layers::Embedding>>;
