// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/config.h"

/// Configs in the form that Keras 2 writes and Keras 3 reads too: the way back of generations.h.
/// Not installed.
namespace keratin::saving {

/// Of a model's config with its class: shapes of inputs as batch_input_shape, calls as lists,
/// objects without modules, and no key that says what is so anyway. What Keras 2 has no form for
/// stays as Keras 3 has it (operations between layers, tensors among keyword arguments): Keras 3
/// reads that, and Keras 2 does not. "keras_version" in it says whose hard_sigmoid is meant: Keras
/// 2's where the model has that one. Throws std::invalid_argument where it has both.
Config model_in_keras2_form(const Config& architecture);

/// "training_config", from "compile_config".
Config training_config_from(const Config& compile_config);

}  // namespace keratin::saving
