// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct TokenAndPositionEmbeddingOptions {
  std::int64_t vocabulary_size = 0;  // V; must be given
  std::int64_t sequence_length = 0;  // the most steps; must be given
  std::int64_t embedding_dim = 0;    // D; must be given
  bool tie_weights = true;           // of the table of the tokens, a ReversibleEmbedding
  Identifier<const initializers::Initializer> embeddings_initializer = "uniform";  // of both
  bool mask_zero = false;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The vector of each token and that of its position, added: a ReversibleEmbedding and a
/// PositionEmbedding. KerasHub: `keras_hub.layers.TokenAndPositionEmbedding`.
///   input   ids (B, T), T of `sequence_length` at most
///   output  float32 (B, T, D), where mask_zero with the mask of the ids
/// A call may be given `start_index` and `positions`, as PositionEmbedding.
class TokenAndPositionEmbedding final
    : public Configured<TokenAndPositionEmbedding, TokenAndPositionEmbeddingOptions,
                        LayerOf<TokenAndPositionEmbedding>> {
 public:
  static constexpr std::string_view kName = "TokenAndPositionEmbedding";
  static constexpr std::string_view kPackage = "keras_hub";
  explicit TokenAndPositionEmbedding(TokenAndPositionEmbeddingOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  using Layer::compute_mask;
  Values compute_mask(const Inputs& inputs) const override;
  bool supports_masking() const override { return options_.mask_zero; }
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  bool takes_keyword(std::string_view name) const override;
  void check_inputs(const Tensor& inputs) const override;
  std::vector<std::shared_ptr<Layer>> parts() const override { return {tokens_, positions_}; }
  std::string_view name_of_part(std::size_t i) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;

  std::shared_ptr<Layer> tokens_, positions_;
};

}  // namespace keratin::layers
