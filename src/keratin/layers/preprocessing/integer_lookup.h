// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/preprocessing/lookup_layer.h"

namespace keratin::layers {

/// What each means: index_lookup.h.
struct IntegerLookupOptions {
  std::optional<std::int64_t> max_tokens = {};
  std::int64_t num_oov_indices = 1;
  std::optional<std::int64_t> mask_token = {};
  std::optional<std::int64_t> oov_token = -1;
  std::optional<std::vector<std::int64_t>> vocabulary = {};
  std::string vocabulary_dtype = "int64";  // and no other
  std::optional<std::vector<double>> idf_weights = {};
  bool invert = false;
  std::string output_mode = "int";
  bool sparse = false;  // true is refused
  bool pad_to_max_tokens = false;
  std::string oov_method = "floormod";
  std::optional<Salt> salt = {};
  std::optional<std::string> name = {};
  bool trainable = true;
  std::optional<std::int64_t> vocabulary_size = {};
  std::optional<bool> has_input_vocabulary = {};
};

/// Integers to their indices in a vocabulary, given or learned, or to vectors; with `invert` back.
class IntegerLookup final : public Configured<IntegerLookup, IntegerLookupOptions,
                                              LayerOf<IntegerLookup, LookupLayer<std::int64_t>>> {
 public:
  static constexpr std::string_view kName = "IntegerLookup";
  explicit IntegerLookup(IntegerLookupOptions options = {});
};

}  // namespace keratin::layers
