// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/kinds.h"

#include "keratin/base/error.h"

namespace keratin::layers {

void check_kinds(std::string_view who, const Kinds& kinds) {
  const auto& [dtype, rank, alpha, how] = kinds;
  if (rank && *rank < 1) invalid_argument(who, "lora_rank must be positive. Received: ", *rank);
  if (!rank && alpha) invalid_argument(who, "lora_alpha is of a lora_rank, and there is none.");
  if (!how) return;
  check(*how);
  if (!dtype.mode || how->mode != *dtype.mode) {
    invalid_argument(who, "quantization_config is of ", how->mode, ". Received: dtype '",
                     dtype.name(), "'");
  }
}

void check_float32(std::string_view who, const DTypePolicy& dtype) {
  if (dtype.source != "float32")
    invalid_argument(who, "only dtype float32 is known. Received: '", dtype.name(), "'");
}

void check_takes_lora(const Layer& layer, bool has_one) {
  if (!layer.built()) {
    invalid_argument(layer.class_name(), "Cannot enable lora on a layer that isn't yet built: '",
                     layer.name(), "'");
  }
  if (has_one) {
    invalid_argument(layer.class_name(),
                     "lora is already enabled. This can only be done once per layer: '",
                     layer.name(), "'");
  }
}

void check_takes_codes(const Layer& layer, const QuantizationConfig& config) {
  if (!layer.built()) {
    invalid_argument(layer.class_name(), "Cannot quantize a layer that isn't yet built: '",
                     layer.name(), "'");
  }
  if (layer.is_quantized()) {
    invalid_argument(layer.class_name(), "layer '", layer.name(),
                     "' is already quantized with dtype_policy='", layer.dtype(),
                     "'. Received: mode='", config.mode, "'");
  }
  check(config);
}

}  // namespace keratin::layers
