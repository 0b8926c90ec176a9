// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/attention/grouped_query_attention.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/attention/attention_fields.h"

namespace keratin::layers {
namespace {

HeadAttentionSpec spec_of(std::string_view who, const GroupedQueryAttentionOptions& o) {
  check_positive(who, "head_dim", o.head_dim);
  check_positive(who, "num_query_heads", o.num_query_heads);
  check_positive(who, "num_key_value_heads", o.num_key_value_heads);
  if (o.num_query_heads % o.num_key_value_heads != 0) {
    invalid_argument(who,
                     "`num_query_heads` must be divisible by `num_key_value_heads`. Received: ",
                     o.num_query_heads, " and ", o.num_key_value_heads);
  }
  HeadAttentionSpec spec = head_attention_spec(who, o);
  spec.heads = o.num_query_heads;
  spec.sources = o.num_key_value_heads;
  spec.key_size = spec.value_size = o.head_dim;
  return spec;
}

}  // namespace

template <class F>
void fields(F& f, GroupedQueryAttentionOptions& o) {
  common_fields(f, o);
  f("head_dim", o.head_dim);
  f("num_query_heads", o.num_query_heads);
  f("num_key_value_heads", o.num_key_value_heads);
  f("use_bias", o.use_bias);
  f("use_gate", o.use_gate);
  f("sliding_window", o.sliding_window);
  f("dropout", o.dropout);
  projection_fields(f, o);
}

GroupedQueryAttention::GroupedQueryAttention(GroupedQueryAttentionOptions options)
    : Configured(options, base_options(kName, options), spec_of(kName, options)) {}

std::vector<Spec> GroupedQueryAttention::compute_output_spec(const Inputs& inputs) const {
  std::vector<Spec> specs = HeadAttention::compute_output_spec(inputs);
  const Shape &query = inputs[0].shape(), &value = inputs[1].shape();
  if (query.rank() != 3 || query.back() != value.back()) {
    invalid_argument(
        kName, "layer '", name(),
        "': `query` and `value` must have 3 dimensions, and equal last ones. Received: "
        "query_shape=",
        query, ", value_shape=", value);
  }
  return specs;
}

std::string_view GroupedQueryAttention::name_of_part(std::size_t i) const {
  constexpr std::string_view kNames[] = {"_query_dense", "_key_dense", "_gate_dense",
                                         "_value_dense", "_output_dense"};
  return kNames[i < 2 || options_.use_gate ? i : i + 1];
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::GroupedQueryAttention, layers::GroupedQueryAttentionOptions,
                          layers::LayerOf<layers::GroupedQueryAttention, layers::HeadAttention>>;
}  // namespace keratin
