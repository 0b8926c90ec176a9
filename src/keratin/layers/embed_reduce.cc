// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/embed_reduce.h"

#include <array>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/call_arguments.h"
#include "keratin/layers/embedding_fields.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/composed.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/nn/bags.h"
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

}  // namespace

template <class F>
void fields(F& f, EmbedReduceOptions& o) {
  common_fields(f, o);
  table_fields(f, o);
  f("combiner", o.combiner);
  where_set(f, "lora_rank", o.lora_rank);
  where_set(f, "lora_alpha", o.lora_alpha);
}

void as_it_stands(const EmbedReduce& layer, EmbedReduceOptions& o) {
  as_it_stands(static_cast<const Layer&>(layer), o);
  o.lora_rank = layer.kinds().lora_rank;
  o.lora_alpha = layer.kinds().lora_alpha;
}

EmbedReduce::EmbedReduce(EmbedReduceOptions options)
    : Configured(options, kName, table_options(checked(options))) {
  options_.weights = Tensor();  // the table has them
}

bool EmbedReduce::takes_keyword(std::string_view name) const {
  return name == "weights" || Embedding::takes_keyword(name);
}

Shape EmbedReduce::compute_output_shape(const Shape& input_shape) const {
  Shape shape = input_shape.rank() < 2 ? input_shape : input_shape.leading();
  shape.push_back(options_.output_dim);
  return shape;
}

Values EmbedReduce::compute_mask(const Inputs& inputs) const {
  return inputs[0].shape().rank() < 2 ? Embedding::compute_mask(inputs) : Values();
}

ops::nn::TableBags EmbedReduce::bags(const Value& inputs, const Value& weights, const Pass& pass,
                                     const table::Owner& owner) const {
  Tensor converted;
  const Tensor& ids = table::checked_ids(inputs.tensor(), options_.input_dim, owner, converted);
  const Shape& shape = ids.shape();
  if (weights && weights.shape() != shape) {
    invalid_argument(owner.class_name, owner.kind, " '", owner.name,
                     "': weights must have the shape of the ids, ", shape,
                     ". Received: ", weights.shape());
  }
  const bool reduces = shape.rank() >= 2;
  const Shape flat = reduces ? Shape{shape.leading().size(), shape.back()} : Shape{shape.size(), 1};
  const Variable& variable = weight(0);
  ops::nn::TableBags found{.ids = ids.reshaped(flat),
                           .weights = {},
                           .combiner = options_.combiner == "sum"    ? ops::nn::Combiner::kSum
                                       : options_.combiner == "mean" ? ops::nn::Combiner::kMean
                                                                     : ops::nn::Combiner::kSqrtn,
                           .table = table(),
                           .trained = trainable() && variable.trainable() ? &variable : nullptr,
                           .shape = compute_output_shape(shape)};
  // KerasRS: the row of one id, divided by its own weight, is the row.
  if (weights && (reduces || found.combiner == ops::nn::Combiner::kSum))
    found.weights = reshaped(ops::cast(weights, DType::kFloat32), flat);
  if (reduces && options_.mask_zero && pass.mask_policy == MaskPolicy::kStrict) {
    const Value counts = ops::cast(
        ops::not_equal(Value(found.ids), Value(Tensor::zeros({}, ids.dtype()))), DType::kFloat32);
    found.weights = found.weights ? ops::multiply(found.weights, counts) : counts;
  }
  return found;
}

Values EmbedReduce::call(const Inputs& inputs, Pass& pass) const {
  ops::nn::TableBags found = bags(inputs[0], named(inputs, "weights"), pass, {kName, name()});
  if (!lora_enabled()) return ops::nn::combine_bags({&found, 1}, pass);
  // The update of a sum is that of the sum of what is on the left.
  const LowRank of = update();
  found.table = own_table();
  ops::nn::TableBags left = found;
  left.table = std::dynamic_pointer_cast<const table::Table>(of.left.storage());
  left.trained = trainable() ? &of.left : nullptr;
  left.shape[left.shape.rank() - 1] = of.right.shape()[0];
  const std::array both{std::move(found), std::move(left)};
  const Values sums = ops::nn::combine_bags(both, pass);
  const Value right = trainable() ? pass.value(of.right) : pass.constant(of.right);
  return ops::add(sums[0], ops::multiply(ops::matmul(sums[1], right), ops::number(of.times)));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::EmbedReduce, layers::EmbedReduceOptions,
                          layers::LayerOf<layers::EmbedReduce, layers::Embedding>>;
}  // namespace keratin
