// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/layers/embedding.h"
#include "keratin/layers/layer_fields.h"

/// What the lists of options of layers that are tables have in common. Not installed.
namespace keratin::layers {

template <class F, class Options>
void table_fields(F& f, Options& o) {
  f("input_dim", o.input_dim);
  f("output_dim", o.output_dim);
  f("embeddings_initializer", o.embeddings_initializer);
  f("embeddings_regularizer", o.embeddings_regularizer);
  f("activity_regularizer", o.activity_regularizer);
  f("embeddings_constraint", o.embeddings_constraint);
  f("mask_zero", o.mask_zero);
  if constexpr (!requires { o.quantization_config; }) f.ignore_null("quantization_config");
}

/// The table of a layer that is one and more.
template <class Options>
EmbeddingOptions table_options(const Options& o) {
  EmbeddingOptions table{.input_dim = o.input_dim,
                         .output_dim = o.output_dim,
                         .embeddings_initializer = o.embeddings_initializer,
                         .embeddings_regularizer = o.embeddings_regularizer,
                         .activity_regularizer = o.activity_regularizer,
                         .embeddings_constraint = o.embeddings_constraint,
                         .mask_zero = o.mask_zero,
                         .weights = o.weights,
                         .name = o.name,
                         .trainable = o.trainable,
                         .rows_drawn = o.rows_drawn,
                         .precision = o.precision,
                         .stochastic_rounding = o.stochastic_rounding,
                         .storage = o.storage};
  table.lora_rank = o.lora_rank;
  table.lora_alpha = o.lora_alpha;
  if constexpr (requires { o.dtype.mode; }) set_kinds(kinds_in(o), table);
  return table;
}

}  // namespace keratin::layers
