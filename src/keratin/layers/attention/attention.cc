// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/attention/attention.h"

#include <algorithm>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/attention.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {
namespace {

const AttentionOptions& checked(const AttentionOptions& options) {
  if (options.score_mode != "dot" && options.score_mode != "concat") {
    invalid_argument("Attention",
                     "Invalid value for argument score_mode. Expected one of {'dot', 'concat'}. "
                     "Received: score_mode=",
                     options.score_mode);
  }
  return options;
}

std::vector<Shape> shapes_of(std::span<const Spec> inputs) {
  std::vector<Shape> shapes;
  for (const Spec& input : inputs) shapes.push_back(input.shape);
  return shapes;
}

}  // namespace

// -- Attention ------------------------------------------------------------------------------------

template <class F>
void fields(F& f, AttentionOptions& o) {
  base_fields(f, o);
  f("use_scale", o.use_scale);
  f("score_mode", o.score_mode);
  f("dropout", o.dropout);
  f("seed", o.seed);
}

Attention::Attention(AttentionOptions options)
    : Configured(options, base_options(kName, checked(options)), options.dropout, options.seed) {}

void Attention::build_weights(std::span<const Spec> inputs) {
  check_shapes(shapes_of(inputs));
  if (options_.use_scale) add_weight({.name = "scale", .shape = {}, .initializer = "ones"});
  if (options_.score_mode == "concat")
    add_weight({.name = "concat_score_weight", .shape = {}, .initializer = "ones"});
}

void Attention::set_scores(ops::AttentionInputs& inputs, Pass& pass) const {
  const bool is_concat = options_.score_mode == "concat";
  if (options_.use_scale) {
    inputs.query = ops::multiply(inputs.query, value(0, pass));
    if (is_concat) inputs.key = ops::multiply(inputs.key, value(0, pass));
  }
  if (is_concat) {
    inputs.weight = ops::broadcast_to(value(options_.use_scale ? 1 : 0, pass),
                                      Shape{inputs.query.shape().back()});
  }
}

// -- AdditiveAttention ----------------------------------------------------------------------------

template <class F>
void fields(F& f, AdditiveAttentionOptions& o) {
  base_fields(f, o);
  f("use_scale", o.use_scale);
  f("dropout", o.dropout);
  f("seed", o.seed);
}

AdditiveAttention::AdditiveAttention(AdditiveAttentionOptions options)
    : Configured(options, base_options(kName, options), options.dropout, options.seed) {}

void AdditiveAttention::build_weights(std::span<const Spec> inputs) {
  check_shapes(shapes_of(inputs));
  if (!options_.use_scale) return;
  const std::int64_t width = inputs[0].shape.back();
  if (width == kNone) {
    invalid_argument(
        kName, "layer '", name(),
        "' needs the last dimension of the query to be known. Received shape: ", inputs[0].shape);
  }
  add_weight({.name = "scale", .shape = {width}, .initializer = "glorot_uniform"});
}

void AdditiveAttention::set_scores(ops::AttentionInputs& inputs, Pass& pass) const {
  const std::int64_t width = inputs.query.shape().back();
  if (!options_.use_scale) {
    Tensor ones = Tensor::zeros({width});
    std::ranges::fill(ones.data<float>(), 1.0F);
    inputs.weight = ones;
    return;
  }
  if (width != weight(0).shape()[0]) {
    invalid_argument(kName, "layer '", name(), "' was built for a query whose last dimension is ",
                     weight(0).shape()[0], ". Received: ", width);
  }
  inputs.weight = value(0, pass);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Attention, layers::AttentionOptions,
                          layers::LayerOf<layers::Attention, layers::ScoredAttention>>;
template class Configured<layers::AdditiveAttention, layers::AdditiveAttentionOptions,
                          layers::LayerOf<layers::AdditiveAttention, layers::ScoredAttention>>;
}  // namespace keratin
