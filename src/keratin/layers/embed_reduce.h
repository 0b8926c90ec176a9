// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/embedding.h"

namespace keratin::ops::nn {
struct TableBags;
}

namespace keratin::table {
struct Owner;
}

namespace keratin::layers {

/// In KerasRS's order; the rest is Embedding's.
struct EmbedReduceOptions {
  std::int64_t input_dim = 0;   // V; must be given
  std::int64_t output_dim = 0;  // D; must be given
  Identifier<const initializers::Initializer> embeddings_initializer = "uniform";
  Identifier<const regularizers::Regularizer> embeddings_regularizer = {};
  Identifier<const constraints::Constraint> embeddings_constraint = {};
  bool mask_zero = false;  // id 0 is padding, and in no bag
  Tensor weights = {};     // (V, D): the first values
  std::string combiner = "mean";
  std::optional<std::int64_t> lora_rank = {};  // the layer is built with enable_lora()
  std::optional<double> lora_alpha = {};       // null: lora_rank
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
  RowsDrawn rows_drawn = RowsDrawn::kAutomatic;
  Precision precision = Precision::kFloat32;
  bool stochastic_rounding = true;
  std::string storage = {};
};

/// Turns bags of ids into a vector each, without the vectors of the ids between. KerasRS:
/// `keras_rs.layers.EmbedReduce`.
///   input    ids (B, T), or (..., T) whose last axis are bags; (B) of one id each
///   weights  float32 of the shape of the ids, a value given by name; else all are 1
///   output   float32 (B, D): the sum of the rows times their weights w, and of it
///              "sum"    all
///              "mean"   the share 1 / sum(w)
///              "sqrtn"  the share 1 / sqrt(sum(w^2))
///            0 where that would be a share of nothing: of an empty bag.
/// Of one id each, the row itself, and with "sum" times its weight. mask_zero: id 0 weighs nothing;
/// under other mask policies than kStrict it counts, as in KerasRS.
/// Throws std::invalid_argument as Embedding, for another combiner, and for weights of another
/// shape.
class EmbedReduce final
    : public Configured<EmbedReduce, EmbedReduceOptions, LayerOf<EmbedReduce, Embedding>> {
 public:
  static constexpr std::string_view kName = "EmbedReduce";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit EmbedReduce(EmbedReduceOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  /// That of the ids where they are not reduced; none of bags.
  using Embedding::compute_mask;
  Values compute_mask(const Inputs& inputs) const override;
  bool takes_keyword(std::string_view name) const override;
  std::shared_ptr<const Operation> fused_with(const Operation&, bool) const override {
    return nullptr;
  }
  Values call(const Inputs& inputs, Pass& pass) const override;
  /// As in KerasRS it cannot: std::invalid_argument.
  void quantize(const QuantizationConfig& config) override { Layer::quantize(config); }

  /// The bags of these ids, with their weights if any: what call() combines.
  ops::nn::TableBags bags(const Value& inputs, const Value& weights, const Pass& pass,
                          const table::Owner& owner) const;
};

}  // namespace keratin::layers

extern template class keratin::Configured<
    keratin::layers::EmbedReduce, keratin::layers::EmbedReduceOptions,
    keratin::layers::LayerOf<keratin::layers::EmbedReduce, keratin::layers::Embedding>>;
