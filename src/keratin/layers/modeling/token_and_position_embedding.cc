// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/modeling/token_and_position_embedding.h"

#include "keratin/base/error.h"
#include "keratin/layers/another_initializer.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/modeling/position_embedding.h"
#include "keratin/layers/modeling/positions.h"
#include "keratin/layers/reversible_embedding.h"
#include "keratin/ops/arithmetic.h"

namespace keratin::layers {
namespace {

const TokenAndPositionEmbeddingOptions& checked(const TokenAndPositionEmbeddingOptions& o) {
  const auto require = [](std::string_view what, std::int64_t value) {
    if (value <= 0)
      invalid_argument("TokenAndPositionEmbedding", what, " must be positive. Received: ", value);
  };
  require("vocabulary_size", o.vocabulary_size);
  require("sequence_length", o.sequence_length);
  require("embedding_dim", o.embedding_dim);
  return o;
}

}  // namespace

template <class F>
void fields(F& f, TokenAndPositionEmbeddingOptions& o) {
  base_fields(f, o);
  f("vocabulary_size", o.vocabulary_size);
  f("sequence_length", o.sequence_length);
  f("embedding_dim", o.embedding_dim);
  f("embeddings_initializer", o.embeddings_initializer);
  f("tie_weights", o.tie_weights);
  f("mask_zero", o.mask_zero);
}

TokenAndPositionEmbedding::TokenAndPositionEmbedding(TokenAndPositionEmbeddingOptions options)
    : Configured(options, base_options(kName, checked(options))) {
  tokens_ = shared(ReversibleEmbedding(
      {.input_dim = options_.vocabulary_size,
       .output_dim = options_.embedding_dim,
       .tie_weights = options_.tie_weights,
       .embeddings_initializer = another_initializer(options_.embeddings_initializer),
       .mask_zero = options_.mask_zero,
       .name = "token_embedding",
       .trainable = options_.trainable}));
  positions_ =
      shared(PositionEmbedding({.sequence_length = options_.sequence_length,
                                .initializer = another_initializer(options_.embeddings_initializer),
                                .name = "position_embedding",
                                .trainable = options_.trainable}));
}

Shape TokenAndPositionEmbedding::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() == 0) {
    invalid_argument("TokenAndPositionEmbedding", "layer '", name(),
                     "' takes ids whose last axis are steps. Received shape: ", input_shape);
  }
  return tokens_->compute_output_shape(input_shape);
}

void TokenAndPositionEmbedding::build_weights(const Shape& input_shape) {
  tokens_->build(input_shape);
  positions_->build(compute_output_shape(input_shape));
}

Values TokenAndPositionEmbedding::compute_mask(const Inputs& inputs) const {
  return static_cast<const Operation&>(*tokens_).compute_mask(Inputs(inputs.values));
}

std::string_view TokenAndPositionEmbedding::name_of_part(std::size_t i) const {
  return i == 0 ? "token_embedding" : "position_embedding";
}

bool TokenAndPositionEmbedding::takes_keyword(std::string_view name) const {
  return is_of_positions(name) || Layer::takes_keyword(name);
}

void TokenAndPositionEmbedding::check_inputs(const Tensor& inputs) const {
  tokens_->check_inputs(inputs);
}

Values TokenAndPositionEmbedding::call(const Inputs& inputs, Pass& pass) const {
  const Value tokens = Value(tokens_->run(Inputs(inputs.values), pass)).with_mask({});
  return ops::add(tokens, positions_->run(Inputs(tokens, inputs.named, inputs.options), pass));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::TokenAndPositionEmbedding,
                          layers::TokenAndPositionEmbeddingOptions,
                          layers::LayerOf<layers::TokenAndPositionEmbedding>>;
}  // namespace keratin
