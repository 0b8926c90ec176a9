// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "keratin/base/quantization.h"
#include "keratin/layers/layer.h"

/// What a table or a kernel may become: quantized, or still beside an update of low rank. What of
/// that is refused is the same of both.
namespace keratin::layers {

/// As Keras's options have it.
struct Kinds {
  DTypePolicy dtype = {};                      // "float32", or of what is quantized
  std::optional<std::int64_t> lora_rank = {};  // the layer is built with enable_lora()
  std::optional<double> lora_alpha = {};       // null: lora_rank
  std::optional<QuantizationConfig> quantization_config = {};  // in place of what dtype says
};

template <class Options>
Kinds kinds_in(const Options& o) {
  return {o.dtype, o.lora_rank, o.lora_alpha, o.quantization_config};
}
/// Options as a layer stands now.
template <class Options>
void set_kinds(const Kinds& kinds, Options& o) {
  o.dtype = kinds.dtype;
  o.lora_rank = kinds.lora_rank;
  o.lora_alpha = kinds.lora_alpha;
  o.quantization_config = kinds.quantization_config;
}

/// All of these throw std::invalid_argument.

/// Where the options do not fit each other. `who`: the class that they are of.
void check_kinds(std::string_view who, const Kinds& kinds);
/// Where the types of a class whose numbers are float32 are others.
void check_float32(std::string_view who, const DTypePolicy& dtype);
/// Where a layer cannot get an update: it is not built, or `has_one`.
void check_takes_lora(const Layer& layer, bool has_one);
/// Where a layer cannot be quantized: it is not built, or it is; and for a config that is none.
void check_takes_codes(const Layer& layer, const QuantizationConfig& config);

}  // namespace keratin::layers
