// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/preprocessing/lookup_layer.h"

namespace keratin::layers {

/// What each means: index_lookup.h.
struct StringLookupOptions {
  std::optional<std::int64_t> max_tokens = {};
  std::int64_t num_oov_indices = 1;
  std::optional<std::string> mask_token = {};
  std::optional<std::string> oov_token = "[UNK]";
  std::optional<std::vector<std::string>> vocabulary = {};
  std::optional<std::vector<double>> idf_weights = {};
  bool invert = false;
  std::string output_mode = "int";
  bool pad_to_max_tokens = false;
  bool sparse = false;             // true is refused
  std::string encoding = "utf-8";  // and no other
  std::optional<std::string> name = {};
  std::optional<Salt> salt = {};
  bool trainable = true;
  std::optional<std::int64_t> vocabulary_size = {};
  std::optional<bool> has_input_vocabulary = {};
};

/// Strings to their indices in a vocabulary, given or learned, or to vectors; with `invert` back.
/// Strings are bytes: those that differ in one are different.
class StringLookup final : public Configured<StringLookup, StringLookupOptions,
                                             LayerOf<StringLookup, LookupLayer<std::string>>> {
 public:
  static constexpr std::string_view kName = "StringLookup";
  explicit StringLookup(StringLookupOptions options = {});
};

}  // namespace keratin::layers
