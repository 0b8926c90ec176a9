// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/layers/attention/head_attention.h"
#include "keratin/layers/layer_fields.h"

/// What the lists of options of attention layers have in common. Not installed.
namespace keratin::layers {

/// An argument that no config has.
template <class Options>
void flash_field(FieldReader& f, Options& o) {
  f("flash_attention", o.flash_attention);
}
template <class Options>
void flash_field(FieldWriter&, Options&) {}

template <class F, class Options>
void projection_fields(F& f, Options& o) {
  kernel_and_bias_fields(f, o);
  f("seed", o.seed);
  flash_field(f, o);
}

/// What both layers in heads hand to their base.
template <class Options>
HeadAttentionSpec head_attention_spec(std::string_view class_name, const Options& o) {
  return {.class_name = std::string(class_name),
          .dropout = o.dropout,
          .use_bias = o.use_bias,
          .sliding_window = o.sliding_window,
          .flash_attention = o.flash_attention,
          .kernel_initializer = o.kernel_initializer,
          .bias_initializer = o.bias_initializer,
          .kernel_regularizer = o.kernel_regularizer,
          .bias_regularizer = o.bias_regularizer,
          .activity_regularizer = o.activity_regularizer,
          .kernel_constraint = o.kernel_constraint,
          .bias_constraint = o.bias_constraint,
          .use_gate = o.use_gate,
          .seed = o.seed};
}

inline void check_positive(std::string_view who, std::string_view what, std::int64_t value) {
  if (value > 0) return;
  invalid_argument(who, "Received an invalid value for argument `", what,
                   "`, expected a positive integer. Received: ", what, "=", value);
}

}  // namespace keratin::layers
