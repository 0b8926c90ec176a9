// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/reversible_embedding.h"

#include <cmath>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/call_arguments.h"
#include "keratin/layers/embedding_fields.h"
#include "keratin/layers/packed_kernel.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/composed.h"
#include "keratin/ops/matmul.h"
#include "keratin/table/packed_table.h"

namespace keratin::layers {
namespace {

const ReversibleEmbeddingOptions& checked(const ReversibleEmbeddingOptions& o) {
  check_float32("ReversibleEmbedding", o.dtype);
  if (o.reverse_dtype && *o.reverse_dtype != "float32") {
    invalid_argument("ReversibleEmbedding", "reverse_dtype must be None or 'float32'. Received: '",
                     o.reverse_dtype->substr(0, 200), "'");
  }
  if (o.logit_soft_cap && !(*o.logit_soft_cap > 0 && std::isfinite(*o.logit_soft_cap))) {
    invalid_argument(
        "ReversibleEmbedding",
        "logit_soft_cap must be None or a positive number. Received: ", *o.logit_soft_cap);
  }
  return o;
}

bool is_reverse(const Inputs& inputs) { return flag(inputs, "reverse"); }

}  // namespace

template <class F>
void fields(F& f, ReversibleEmbeddingOptions& o) {
  common_fields(f, o);
  table_fields(f, o);
  f("tie_weights", o.tie_weights);
  f("reverse_dtype", o.reverse_dtype);
  f("logit_soft_cap", o.logit_soft_cap);
  kind_fields(f, o);
}

void as_it_stands(const ReversibleEmbedding& layer, ReversibleEmbeddingOptions& o) {
  as_it_stands(static_cast<const Layer&>(layer), o);
  set_kinds(layer.kinds(), o);
}

ReversibleEmbedding::ReversibleEmbedding(ReversibleEmbeddingOptions options)
    : Configured(options, kName, table_options(checked(options))) {
  options_.weights = Tensor();  // the table has them
}

void ReversibleEmbedding::build_weights(const Shape& input_shape) {
  Embedding::build_weights(input_shape);
  if (options_.tie_weights) return;
  try {
    if (const auto how = quantization()) {
      add_reverse(turned_round(table::packed_zeros(options_.input_dim, options_.output_dim, *how)));
    } else {
      reverse_ = add_weight({.name = "reverse_embeddings",
                             .shape = {options_.output_dim, options_.input_dim},
                             .initializer = options_.embeddings_initializer})
                     .shared_from_this();
    }
  } catch (...) {
    reverse_ = reverse_scale_ = reverse_zero_ = nullptr;
    forget_weights();
    throw;
  }
}

void ReversibleEmbedding::add_reverse(const table::PackedWeights& packed) {
  const auto add = [this](std::string_view name, const Tensor& value) -> std::shared_ptr<Variable> {
    if (!value) return nullptr;
    Variable& weight = add_weight({.name = name,
                                   .shape = value.shape(),
                                   .initializer = {},
                                   .trainable = false,
                                   .value = value});
    weight.fix();
    return weight.shared_from_this();
  };
  reverse_ = add("reverse_embeddings", packed.codes);
  reverse_scale_ = add("reverse_embeddings_scale", packed.scale);
  reverse_zero_ = add("reverse_embeddings_zero", packed.zero);
}

void ReversibleEmbedding::quantize(const QuantizationConfig& config) {
  check_takes_codes(*this, config);
  if (options_.tie_weights) return Embedding::quantize(config);
  const table::PackedWeights packed = pack_columns(reverse_->value(), config);
  Embedding::quantize(config);
  remove_weight(*reverse_);
  add_reverse(packed);
}

Value ReversibleEmbedding::by_codes(const Value& x) const {
  const table::PackedWeights columns{.codes = reverse_->value(),
                                     .scale = reverse_scale_->value(),
                                     .zero = reverse_zero_ ? reverse_zero_->value() : Tensor(),
                                     .groups = packed()->weights().groups,
                                     .is_int4 = quantization()->is_int4(),
                                     .width = options_.output_dim};
  const auto codes = [columns](std::int64_t first, std::int64_t count) {
    return some_columns(columns, first, count);
  };
  return packed_product_with_rows(x, options_.input_dim, codes,
                                  quantization()->activation_quantizer);
}

bool ReversibleEmbedding::takes_keyword(std::string_view name) const {
  return name == "reverse" || Embedding::takes_keyword(name);
}

std::vector<Spec> ReversibleEmbedding::compute_output_spec(const Inputs& inputs) const {
  if (!is_reverse(inputs)) return Embedding::compute_output_spec(inputs);
  Shape shape = inputs[0].shape();
  if (shape.rank() == 0 || (shape.dim(-1) != options_.output_dim && shape.dim(-1) != kNone)) {
    invalid_argument("ReversibleEmbedding", "layer '", name(),
                     "' is called in reverse with vectors of ", options_.output_dim,
                     " numbers. Received shape: ", shape);
  }
  shape[shape.rank() - 1] = options_.input_dim;
  return {{shape, DType::kFloat32}};
}

Values ReversibleEmbedding::compute_mask(const Inputs& inputs) const {
  if (!is_reverse(inputs)) return Embedding::compute_mask(inputs);
  return inputs[0].has_mask() ? Values(inputs.mask()) : Values();
}

void ReversibleEmbedding::check_call(const Inputs& inputs) const { compute_output_spec(inputs); }

Values ReversibleEmbedding::run(const Inputs& inputs, Pass& pass) const {
  Values outputs = Embedding::run(inputs, pass);
  // Keras: the mask ends where it goes back, and masked steps count in the loss.
  const bool drops = is_reverse(inputs) && pass.mask_policy != MaskPolicy::kStrict;
  return drops ? with_masks(std::move(outputs), {}) : outputs;
}

Values ReversibleEmbedding::call(const Inputs& inputs, Pass& pass) const {
  if (!is_reverse(inputs)) return Embedding::call(inputs, pass);
  const Value x = ops::cast(inputs[0], DType::kFloat32);
  Value logits;
  if (options_.tie_weights) {
    logits = by_rows(x, pass);
  } else if (is_quantized()) {
    logits = by_codes(x);
  } else {
    logits = ops::matmul(x, trainable() ? pass.value(*reverse_) : pass.constant(*reverse_));
  }
  if (options_.logit_soft_cap) {
    const Value cap = ops::number(static_cast<float>(*options_.logit_soft_cap));
    logits = ops::multiply(ops::tanh(ops::divide(logits, cap)), cap);
  }
  return logits;
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::ReversibleEmbedding, layers::ReversibleEmbeddingOptions,
                          layers::LayerOf<layers::ReversibleEmbedding, layers::Embedding>>;
}  // namespace keratin
