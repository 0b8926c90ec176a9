// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/graph/pass.h"

/// Configs of every Keras, as Keras 3 would have written them: whoever reads a config knows one
/// form. Not installed.
namespace keratin::saving {

/// As many values as the config of a model may have (formats/json.h counts them): 4,000 layers, or
/// a vocabulary of 500,000 words. More are refused before they take memory. Large arrays of numbers
/// are one value each (formats/json.h).
constexpr std::size_t kMostConfigValues = std::size_t{1} << 19;

/// What a file says of a model, beside its weights.
struct Architecture {
  Config config;  // {"class_name": ..., "config": ...}, in Keras 3's form
  MaskPolicy mask_policy = MaskPolicy::kKeras3;  // of the Keras that wrote it, or of Keratin
  std::string keras_version;                     // empty where the file does not say
};

/// Of the config of a model, from any Keras since 1.0. `keras_version`: what stands beside it in
/// the file, if anything; it may stand in the config too, and where it does not the form tells.
/// Looks at what it changes and leaves the rest to those who read it: what is odd there they
/// name. Throws std::invalid_argument, with the place, for what has another form.
Architecture in_keras3_form(Config config, std::string_view keras_version = {});

/// Of what to_json() of any Keras wrote, also where json.dump() wrote that text again as one
/// string. Throws std::runtime_error for what is no JSON, and as above.
/// `keeper` keeps the text for the arrays in it, which are copied where it is null; they have as
/// many bytes as the file, whose size is `file_size`.
Architecture architecture_from_json(std::string_view json, std::string_view keras_version = {},
                                    std::shared_ptr<const void> keeper = nullptr,
                                    std::uint64_t file_size = 0);

/// What a model was compiled with, as Keras 3 writes it ("compile_config"): from that, or from
/// Keras 1's and 2's "training_config". Null and {} stay: the model is not compiled. `outputs`: the
/// names of several outputs, which tf.keras wrote in front of the names of their metrics in HDF5.
Config compile_config_in_keras3_form(Config config, const std::vector<std::string>& outputs = {});
/// The names of the layers that the outputs of a functional model come from, in Keras 3's form.
std::vector<std::string> output_layers_of(const Config& architecture);

}  // namespace keratin::saving
