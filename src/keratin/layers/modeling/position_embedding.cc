// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/modeling/position_embedding.h"

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/modeling/positions.h"
#include "keratin/ops/places.h"
#include "keratin/ops/shapes.h"
#include "keratin/table/ids.h"

namespace keratin::layers {
namespace {

const PositionEmbeddingOptions& checked(const PositionEmbeddingOptions& o) {
  if (o.sequence_length <= 0) {
    invalid_argument("PositionEmbedding",
                     "sequence_length must be positive. Received: ", o.sequence_length);
  }
  return o;
}

}  // namespace

template <class F>
void fields(F& f, PositionEmbeddingOptions& o) {
  base_fields(f, o);
  f("sequence_length", o.sequence_length);
  f("initializer", o.initializer);
}

PositionEmbedding::PositionEmbedding(PositionEmbeddingOptions options)
    : Configured(options, base_options(kName, checked(options))) {}

Shape PositionEmbedding::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() < 2) {
    invalid_argument("PositionEmbedding", "layer '", name(),
                     "' takes inputs of at least two dimensions, the last but one of which are "
                     "steps. Received shape: ",
                     input_shape);
  }
  if (built() && input_shape.back() != kNone && input_shape.back() != weight(0).shape()[1]) {
    invalid_argument("PositionEmbedding", "layer '", name(), "' has vectors of ",
                     weight(0).shape()[1], " numbers. Received shape: ", input_shape);
  }
  return input_shape;
}

bool PositionEmbedding::takes_keyword(std::string_view name) const {
  return is_of_positions(name) || Layer::takes_keyword(name);
}

void PositionEmbedding::build_weights(const Shape& input_shape) {
  if (input_shape.back() == kNone) {
    invalid_argument(
        "PositionEmbedding", "layer '", name(),
        "' needs the last axis of its inputs to be known. Received shape: ", input_shape);
  }
  add_weight({.name = "embeddings",
              .shape = {options_.sequence_length, input_shape.back()},
              .initializer = options_.initializer});
}

Values PositionEmbedding::call(const Inputs& inputs, Pass& pass) const {
  const Shape& shape = inputs[0].shape();
  const Positions positions = positions_of(*this, inputs, shape[0], shape.dim(-2));
  const Tensor rows = positions.samples == 1
                          ? Tensor::from(positions.at, {positions.steps})
                          : Tensor::from(positions.at, {positions.samples, positions.steps});
  Tensor converted;
  const Tensor& ids =
      table::checked_ids(rows, options_.sequence_length, {kName, name()}, converted);
  return ops::broadcast_to(ops::take(value(0, pass), ids, 0), shape);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::PositionEmbedding, layers::PositionEmbeddingOptions,
                          layers::LayerOf<layers::PositionEmbedding>>;
}  // namespace keratin
