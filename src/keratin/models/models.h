// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "keratin/models/functional.h"
#include "keratin/models/sequential.h"

/// Every class of models that a file may name, and how it becomes a model.
namespace keratin::models {

/// From {"class_name": "Sequential" or "Functional", "config": ...}, as Model::serialize gives it
/// and Keras's serialize_keras_object; the model is not compiled. Throws std::invalid_argument for
/// another class, naming those that are known, and for what its from_config refuses.
std::shared_ptr<Model> deserialize(const Config& config, const LoadOptions& options = {});

/// Whether a config is that of a layer or a model, {"class_name", "config"}: it says what is
/// trainable, as no other object's does, or, of models of Keras 2, which layers there are.
bool is_layer(const Config& entry);

}  // namespace keratin::models
