// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/quantization.h"
#include "keratin/models/model.h"

namespace keratin::models {

/// Why a layer is skipped that was not wanted.
inline constexpr std::string_view kFilteredOut = "filtered out";

/// What quantize() did, by the paths of the layers.
struct QuantizationReport {
  std::vector<std::string> quantized;
  std::vector<std::pair<std::string, std::string>> skipped;  // and why
};

/// Quantizes the layers in a model that can be, those in models within it too: Embedding, Dense and
/// EinsumDense; `wanted`, where it is given, says which. Needs the model alone. Keras:
/// `Model.quantize`. Throws std::invalid_argument, and changes nothing, for a model that is not
/// built and a config that cannot be.
QuantizationReport quantize(Model& model, const QuantizationConfig& config,
                            const std::function<bool(const layers::Layer&)>& wanted = {});

}  // namespace keratin::models
