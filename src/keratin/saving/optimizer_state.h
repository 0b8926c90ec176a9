// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/models/model.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/saving/weights_reader.h"

/// The state of an optimizer in files of every Keras. Not installed.
namespace keratin::saving {

/// The state of a model's optimizer; none where it has none yet.
std::vector<Tensor> state_of(const models::Model& model);

/// The state that an optimizer has, and a file's must be like.
struct OptimizerState {
  std::string class_name;
  std::vector<Tensor> weights;  // the number of steps, the learning rate, then the slots
  std::size_t variables = 0;    // that it was built for
  bool has_rate = true;         // else it comes from a schedule, and is no part of the state
};
OptimizerState state_of(const optimizers::Optimizer& optimizer);

/// `saved` in the order of `now`, the state of an optimizer that is built: with the learning rate
/// where the file has none, and one variable's slots behind another's where the file has one kind
/// of slot behind another (Keras 2.0 to 2.10). Nothing, after a warning, where counts or shapes
/// differ, or the number of steps is none: then it starts anew.
std::optional<std::vector<Tensor>> state_for(const OptimizerState& now, std::vector<Tensor> saved,
                                             std::string_view keras_version, const Warn& warn);

}  // namespace keratin::saving
