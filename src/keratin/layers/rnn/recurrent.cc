// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/recurrent.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/ops/shapes.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {

Recurrent::Recurrent(const LayerOptions& options, std::shared_ptr<Cell> cell, const Run& run)
    : Layer(options), cell_(std::move(cell)), run_(run) {
  if (!trainable()) cell_->set_trainable(false);
}

Shape Recurrent::compute_output_shape(const Shape& input_shape) const {
  const std::size_t rank = cell_->rank_of_step();
  if (rank > 0 || input_shape.rank() < 3) check_rank(input_shape, rank > 0 ? rank + 1 : 3);
  const Shape last = cell_->compute_output_shape(shape_of_step(input_shape));
  return run_.return_sequences ? Shape{input_shape[0], input_shape[1], last[1]} : last;
}

std::vector<Spec> Recurrent::compute_output_spec(const Inputs& inputs) const {
  const Shape& shape = inputs[0].shape();
  std::vector<Spec> specs = {{compute_output_shape(shape), DType::kFloat32}};
  if (!run_.return_state) return specs;
  for (const std::int64_t size : cell_->state_sizes())
    specs.push_back({{shape[0], size}, DType::kFloat32});
  return specs;
}

void Recurrent::check_call(const Inputs& inputs) const {
  const Shape& shape = inputs[0].shape();
  compute_output_shape(shape);
  if (!kept_.empty() && shape[0] != kNone && shape[0] != kept_[0]->shape()[0]) {
    invalid_argument(class_name(), "layer '", name(), "' is stateful, for batches of ",
                     kept_[0]->shape()[0], " samples. Received: ", shape[0]);
  }
  if (const Values* const states = inputs.find("initial_state"))
    check_states(*this, "initial_state", *states, cell_->state_sizes(), shape[0]);
}

Value mask_beside_states(const Inputs& inputs, MaskPolicy policy) {
  const bool is_lost = policy == MaskPolicy::kKeras3 && inputs.find("initial_state") != nullptr &&
                       inputs.find("mask") == nullptr;
  return is_lost ? Value() : inputs.mask();
}

Value Recurrent::mask_of(const Inputs& inputs, MaskPolicy policy) const {
  const Value mask = mask_beside_states(inputs, policy);
  if (!mask) return mask;
  const Shape& shape = inputs[0].shape();
  if (mask.dtype() != DType::kBool || mask.shape() != Shape{shape[0], shape[1]}) {
    invalid_argument(class_name(), "layer '", name(), "' was given a mask of shape ", mask.shape(),
                     " and type ", to_string(mask.dtype()), " for inputs of shape ", shape,
                     ": it must be bool and have their leading dimensions.");
  }
  return mask;
}

Values Recurrent::compute_mask(const Inputs& inputs) const {
  if (!run_.return_sequences) return {};
  const Value mask = inputs.mask();
  // Keras 2 hands it on as it came in, in the order of other steps.
  return mask && run_.go_backwards ? ops::flip(mask, {1}) : mask;
}

void Recurrent::build_weights(const Shape& input_shape) {
  if (run_.stateful && input_shape[0] == kNone) {
    invalid_argument(class_name(), "layer '", name(),
                     "' is stateful: the batch size must be known, as of Input(batch_shape=...). "
                     "Received shape: ",
                     input_shape);
  }
  cell_->prepare_step(shape_of_step(input_shape));
  std::vector<std::shared_ptr<Variable>> kept;
  if (run_.stateful) {
    Pass pass;
    for (const Value& state : cell_->get_initial_state(input_shape[0], pass)) {
      kept.push_back(
          std::make_shared<Variable>(str(path(), "/rnn_state"), copy_of(state.tensor()), false));
    }
  }
  kept_ = std::move(kept);
}

void Recurrent::prepare(const Inputs& inputs) const {
  if (inputs.size() == 1 && inputs[0]) {
    const Shape& shape = inputs[0].shape();
    if (run_.unroll && shape.rank() > 1 && shape[1] == kNone) {
      invalid_argument(
          class_name(), "layer '", name(),
          "': Cannot unroll a RNN if the time dimension is undefined. Received shape: ", shape);
    }
    if (run_.stateful && !built()) build(shape);  // of as many samples as there are
  }
  Layer::prepare(inputs);
}

void Recurrent::reset_state() {
  for (const auto& state : kept_) state->assign(Tensor::zeros(state->shape()));
}

void Recurrent::take_chance(const std::vector<std::int64_t>& chance) { cell_->set_chance(chance); }

Values Recurrent::call(const Inputs& inputs, Pass& pass) const {
  Values states;
  if (const Values* const given = inputs.find("initial_state")) {
    states = *given;
  } else {
    for (const auto& state : kept_) states.push_back(pass.value(*state));
  }
  const Values all = cell_->run_sequence(inputs[0], mask_of(inputs, pass.mask_policy), states,
                                         {.return_sequences = run_.return_sequences,
                                          .go_backwards = run_.go_backwards,
                                          .zero_output_for_mask = run_.zero_output_for_mask},
                                         pass);
  for (std::size_t i = 0; i < kept_.size(); ++i) pass.update(*kept_[i], all[i + 1].tensor());
  return run_.return_state ? all : Values(all[0]);
}

bool keeps_state(const Layer& layer) {
  const auto* const recurrent = dynamic_cast<const Recurrent*>(&layer);
  if (recurrent != nullptr) return recurrent->how().stateful;
  return std::ranges::any_of(layer.parts(), [](const auto& part) { return keeps_state(*part); });
}

}  // namespace keratin::layers
