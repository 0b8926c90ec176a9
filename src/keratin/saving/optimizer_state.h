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

/// Draws the rows of tables that are drawn on demand, all of them, with the values that reading
/// them would give. Throws OutOfMemory.
void draw_rows(const models::Model& model);

/// The state of a model's optimizer as Keras has it; none where it has none yet. What stands beside
/// a table has a row for each of the table's, in the order of their ids: of a table drawn on demand
/// an optimizer has only those of rows in use, in the order in which they came into use, so all are
/// drawn here. Throws OutOfMemory.
std::vector<Tensor> state_of(const models::Model& model);
/// Gives the optimizer, which is built, what state_of() gave, when all rows are in use.
void set_state(models::Model& model, std::vector<Tensor> state);

/// Whether the arrays are those that Keras writes of an optimizer that has taken no step and has no
/// slots yet, with the learning rate of this one, which is so too: then there is nothing to take.
bool is_as_made(const optimizers::Optimizer& optimizer, const std::vector<Tensor>& saved);

/// The state that an optimizer has, and a file's must be like.
struct OptimizerState {
  std::string class_name;
  std::vector<Tensor> weights;  // the number of steps, the learning rate, then the slots
  std::size_t variables = 0;    // that it was built for
  bool has_rate = true;         // else it comes from a schedule, and is no part of the state
  double beta_1 = 0;            // of a Nadam
};
/// What stands beside tables that grow has the rows of `coming`, once they have.
OptimizerState state_of(const optimizers::Optimizer& optimizer, const ReadWeights& coming);

/// Who wrote a state: that decides the order of the slots.
enum class StateForm {
  kToday,        // Keras 3, tf.keras 2.11 and later: as they are here
  kOptimizerV2,  // tf.keras up to 2.10, and its optimizers.legacy since: moments by kind
  kByKind,       // Keras 2.0 to 2.3: one kind of slot behind another
};
/// By the Keras and the name of the first array, "Adam/iter:0" in OptimizerV2.
StateForm state_form(std::string_view keras_version, std::string_view first_name);

/// `saved` in the order of `now`, the state of an optimizer that is built: with the learning rate
/// where the file has none. Nothing, after a warning, where counts or shapes differ, or the number
/// of steps is none: then it starts anew.
std::optional<std::vector<Tensor>> state_for(const OptimizerState& now, std::vector<Tensor> saved,
                                             StateForm form, const Warn& warn);

}  // namespace keratin::saving
