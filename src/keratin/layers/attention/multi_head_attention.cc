// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/attention/multi_head_attention.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/attention/attention_fields.h"

namespace keratin::layers {
namespace {

HeadAttentionSpec spec_of(std::string_view who, const MultiHeadAttentionOptions& o) {
  check_positive(who, "num_heads", o.num_heads);
  check_positive(who, "key_dim", o.key_dim);
  if (o.value_dim) check_positive(who, "value_dim", *o.value_dim);
  HeadAttentionSpec spec = head_attention_spec(who, o);
  spec.heads = spec.sources = o.num_heads;
  spec.key_size = o.key_dim;
  spec.value_size = o.value_dim.value_or(o.key_dim);
  spec.attention_axes = o.attention_axes;
  if (o.output_shape) spec.output_shape = *o.output_shape;
  for (const std::int64_t dim : spec.output_shape) check_positive(who, "output_shape", dim);
  return spec;
}

/// Keras: the regularizer of activities is that of the projections alone.
LayerOptions without_activity(LayerOptions options) {
  options.activity_regularizer = {};
  return options;
}

}  // namespace

template <class F>
void fields(F& f, MultiHeadAttentionOptions& o) {
  common_fields(f, o);
  f("num_heads", o.num_heads);
  f("key_dim", o.key_dim);
  f("value_dim", o.value_dim);
  f("dropout", o.dropout);
  f("use_bias", o.use_bias);
  f("use_gate", o.use_gate);
  f("output_shape", o.output_shape);
  f("attention_axes", o.attention_axes);
  f("sliding_window", o.sliding_window);
  projection_fields(f, o);
}

MultiHeadAttention::MultiHeadAttention(MultiHeadAttentionOptions options)
    : Configured(options, without_activity(base_options(kName, options)), spec_of(kName, options)) {
  if (!options_.value_dim) options_.value_dim = options_.key_dim;
}

// Keras: a layer that is built says which axes they are.
Config MultiHeadAttention::get_config() const {
  MultiHeadAttentionOptions options = options_;
  if (built()) options.attention_axes = axes();
  return config_of(*this, options);
}

std::string_view MultiHeadAttention::name_of_part(std::size_t i) const {
  constexpr std::string_view kNames[] = {"query_dense", "key_dense", "_gate_dense", "value_dense",
                                         "output_dense"};
  return kNames[i < 2 || options_.use_gate ? i : i + 1];
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::MultiHeadAttention, layers::MultiHeadAttentionOptions,
                          layers::LayerOf<layers::MultiHeadAttention, layers::HeadAttention>>;
}  // namespace keratin
