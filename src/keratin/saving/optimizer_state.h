// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "keratin/models/model.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/saving/weights_reader.h"

/// The state of an optimizer in files of every Keras. Not installed.
namespace keratin::saving {

/// The state of a model's optimizer; none where it has none yet.
std::vector<Tensor> state_of(const models::Model& model);

/// `saved` in the order in which `optimizer`, which is built, takes its state: with the learning
/// rate where the file has none, and one variable's slots behind another's where the file has one
/// kind of slot behind another (Keras 2.0 to 2.10). Nothing, after a warning, where counts or
/// shapes differ: then it starts anew.
std::optional<std::vector<Tensor>> state_for(const optimizers::Optimizer& optimizer,
                                             std::vector<Tensor> saved,
                                             std::string_view keras_version, const Warn& warn);

}  // namespace keratin::saving
