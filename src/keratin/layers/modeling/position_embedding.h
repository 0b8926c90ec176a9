// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct PositionEmbeddingOptions {
  std::int64_t sequence_length = 0;  // the most steps; must be given
  Identifier<const initializers::Initializer> initializer = "glorot_uniform";
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// A vector for each step, which is learnt: row i of a table for step i, whatever is at the step.
/// KerasHub: `keras_hub.layers.PositionEmbedding`.
///   input   (B, ..., T, D), of which the shape alone counts; T of `sequence_length` at most
///   output  float32, of that shape
/// A call may be given by name `start_index`, the row of the first step, a number or a value of
/// one, or `positions`, (T) or (B, T), the row of each; then B and T are the first and the last but
/// one. Throws std::out_of_range for a row that there is not.
class PositionEmbedding final
    : public Configured<PositionEmbedding, PositionEmbeddingOptions, LayerOf<PositionEmbedding>> {
 public:
  static constexpr std::string_view kName = "PositionEmbedding";
  static constexpr std::string_view kPackage = "keras_hub";
  explicit PositionEmbedding(PositionEmbeddingOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool takes_keyword(std::string_view name) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;
};

}  // namespace keratin::layers

extern template class keratin::Configured<
    keratin::layers::PositionEmbedding, keratin::layers::PositionEmbeddingOptions,
    keratin::layers::LayerOf<keratin::layers::PositionEmbedding>>;
