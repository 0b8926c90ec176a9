// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/embed_reduce.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/call_arguments.h"
#include "keratin/layers/embedding_fields.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/making.h"
#include "keratin/ops/nn/lookup.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/rounding.h"
#include "keratin/ops/shapes.h"
#include "keratin/table/ids.h"

namespace keratin::layers {
namespace {

const EmbedReduceOptions& checked(const EmbedReduceOptions& o) {
  if (o.combiner != "mean" && o.combiner != "sum" && o.combiner != "sqrtn") {
    invalid_argument("EmbedReduce", "combiner must be 'mean', 'sum' or 'sqrtn'. Received: '",
                     o.combiner.substr(0, 200), "'");
  }
  return o;
}

Shape bags_of(const Shape& ids) {
  Shape shape;
  for (std::size_t i = 0; i + 1 < ids.rank(); ++i) shape.push_back(ids[i]);
  return shape;
}

}  // namespace

template <class F>
void fields(F& f, EmbedReduceOptions& o) {
  common_fields(f, o);
  table_fields(f, o);
  f("combiner", o.combiner);
}

EmbedReduce::EmbedReduce(EmbedReduceOptions options)
    : Configured(options, kName, table_options(checked(options))) {
  options_.weights = Tensor();  // the table has them
}

bool EmbedReduce::takes_keyword(std::string_view name) const {
  return name == "weights" || Embedding::takes_keyword(name);
}

Shape EmbedReduce::compute_output_shape(const Shape& input_shape) const {
  Shape shape = input_shape.rank() < 2 ? input_shape : bags_of(input_shape);
  shape.push_back(options_.output_dim);
  return shape;
}

Values EmbedReduce::compute_mask(const Inputs& inputs) const {
  return inputs[0].shape().rank() < 2 ? Embedding::compute_mask(inputs) : Values();
}

/// A weight for each id; none where all of them are 1.
Value EmbedReduce::weights_of(const Inputs& inputs, const Tensor& ids, bool masked) const {
  Value weights = named(inputs, "weights");
  if (weights) {
    if (weights.shape() != ids.shape()) {
      invalid_argument("EmbedReduce", "layer '", name(),
                       "': weights must have the shape of the ids, ", ids.shape(),
                       ". Received: ", weights.shape());
    }
    weights = ops::cast(weights, DType::kFloat32);
  }
  if (!masked) return weights;
  const Value counts =
      ops::cast(ops::not_equal(Value(ids), Value(Tensor::zeros({}, ids.dtype()))), DType::kFloat32);
  return weights ? ops::multiply(weights, counts) : counts;
}

/// What the sums of bags are divided by, (bags, 1).
Value EmbedReduce::share_of(const Value& weights, std::int64_t bags) const {
  const Value w = reshaped(weights, {bags, weights.shape().back()});
  return options_.combiner == "mean" ? ops::sum(w, -1, true)
                                     : ops::sqrt(ops::sum(ops::square(w), -1, true));
}

Values EmbedReduce::call(const Inputs& inputs, Pass& pass) const {
  Tensor converted;
  const Tensor& ids = table::checked_ids(inputs[0].tensor(), options_.input_dim, name(), converted);
  const Shape& shape = ids.shape();
  const bool reduces = shape.rank() >= 2;
  const bool masked = reduces && options_.mask_zero && pass.mask_policy == MaskPolicy::kStrict;
  Value weights = weights_of(inputs, ids, masked);
  const std::shared_ptr<const table::Table> rows = this->table();
  const Variable& variable = weight(0);
  const Variable* const trained = trainable() && variable.trainable() ? &variable : nullptr;
  if (!reduces) {
    const Value vectors = ops::nn::lookup(ids, *rows, trained, pass);
    if (!weights || options_.combiner != "sum") return vectors;
    Shape column = shape;
    column.push_back(1);
    return ops::multiply(vectors, reshaped(weights, column));
  }
  const Shape output = compute_output_shape(shape);
  const std::int64_t bags = bags_of(shape).size(), steps = shape.back();
  if (bags == 0 || steps == 0) return Value(Tensor::zeros(output));
  const Tensor flat = ids.reshaped({bags, steps});
  if (!weights && options_.combiner != "sqrtn") {
    const Pooling pooling = options_.combiner == "mean" ? Pooling::kMean : Pooling::kSum;
    return ops::nn::lookup_pooled(flat, *rows, pooling, MaskedSteps::kNone, output, trained, pass);
  }
  if (!weights) weights = Value(ops::ones_like(Value(flat), DType::kFloat32));
  Value sums =
      ops::nn::lookup_weighted(flat, reshaped(weights, {bags, steps}), *rows, trained, pass);
  if (options_.combiner != "sum") sums = ops::divide_no_nan(sums, share_of(weights, bags));
  return reshaped(sums, output);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::EmbedReduce, layers::EmbedReduceOptions,
                          layers::LayerOf<layers::EmbedReduce, layers::Embedding>>;
}  // namespace keratin
