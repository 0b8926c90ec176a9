// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keratin/layers/layer_fields.h"
#include "keratin/layers/preprocessing/index_lookup.h"

/// The lists of options of the lookup layers. Not installed.
namespace keratin::layers {

/// Keras takes it, and writes it nowhere: here it stands beside a vocabulary that was learned.
inline void learned_field(FieldReader& reader, std::optional<bool>& given) {
  reader("has_input_vocabulary", given);
}
inline void learned_field(FieldWriter& writer, std::optional<bool>& given) {
  if (given) writer("has_input_vocabulary", given);
}

/// Keras's order. `vocabulary_dtype`: where Keras writes it.
template <class F, class Options>
void lookup_fields(F& f, Options& o) {
  common_fields(f, o);
  f("invert", o.invert);
  f("max_tokens", o.max_tokens);
  f("num_oov_indices", o.num_oov_indices);
  f("oov_token", o.oov_token);
  f("mask_token", o.mask_token);
  f("output_mode", o.output_mode);
  f("sparse", o.sparse);
  f("pad_to_max_tokens", o.pad_to_max_tokens);
  if constexpr (requires { o.vocabulary_dtype; }) f("vocabulary_dtype", o.vocabulary_dtype);
  f("idf_weights", o.idf_weights);
  f("vocabulary", o.vocabulary);
  f("vocabulary_size", o.vocabulary_size);
  if constexpr (requires { o.oov_method; }) {
    f("oov_method", o.oov_method);
  } else {
    f.ignore("oov_method");
  }
  f("salt", o.salt);
  learned_field(f, o.has_input_vocabulary);
}

template <class Key, class Options>
LookupSettings<Key> lookup_settings(std::string_view who, const Options& o) {
  refuse_sparse(who, o.sparse);
  LookupSettings<Key> settings{.max_tokens = o.max_tokens,
                               .num_oov_indices = o.num_oov_indices,
                               .mask_token = o.mask_token,
                               .oov_token = o.oov_token,
                               .vocabulary = o.vocabulary,
                               .idf_weights = o.idf_weights,
                               .invert = o.invert,
                               .output_mode = o.output_mode,
                               .pad_to_max_tokens = o.pad_to_max_tokens,
                               .salt = o.salt,
                               .vocabulary_size = o.vocabulary_size,
                               .has_input_vocabulary = o.has_input_vocabulary};
  if constexpr (requires { o.oov_method; }) settings.oov_method = o.oov_method;
  return settings;
}

}  // namespace keratin::layers
