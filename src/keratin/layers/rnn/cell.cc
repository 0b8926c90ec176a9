// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/cell.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/making.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {
namespace {

/// Which samples count at a step, bool (B, 1, ...) of as many dimensions as `like` has.
Value counting(const Value& mask, const Value& like) {
  std::vector<std::int64_t> shape(like.shape().rank(), 1);
  shape[0] = mask.shape()[0];
  return ops::reshape(mask, shape);
}

}  // namespace

Values Cell::get_initial_state(std::int64_t batch_size, Pass& /*pass*/) const {
  Values states;
  for (const std::int64_t size : state_sizes()) states.push_back(ops::zeros({batch_size, size}));
  return states;
}

Shape Cell::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() < 2) check_rank(input_shape, 2);
  return {input_shape[0], output_size()};
}

std::vector<Spec> Cell::compute_output_spec(const Inputs& inputs) const {
  const Shape& shape = inputs[0].shape();
  std::vector<Spec> specs = {{compute_output_shape(shape), DType::kFloat32}};
  for (const std::int64_t size : state_sizes())
    specs.push_back({{shape[0], size}, DType::kFloat32});
  return specs;
}

void Cell::check_call(const Inputs& inputs) const {
  compute_output_shape(inputs[0].shape());
  if (const Values* const states = inputs.find("states"))
    check_states(*this, "states", *states, state_sizes(), inputs[0].shape()[0]);
}

Values Cell::states_of(const Inputs& inputs, Pass& pass) const {
  const Values* const given = inputs.find("states");
  return given == nullptr ? get_initial_state(inputs[0].shape()[0], pass) : *given;
}

Values Cell::run_sequence(const Value& x, const Value& mask, const Values& states,
                          const SequenceOptions& options, Pass& pass) const {
  const Shape& shape = x.shape();
  if (shape.rank() < 3) check_rank(shape, 3);
  compute_output_shape(shape_of_step(shape));
  if (mask && (mask.dtype() != DType::kBool || mask.shape() != Shape{shape[0], shape[1]})) {
    invalid_argument(class_name(), "layer '", name(), "' was given a mask of shape ", mask.shape(),
                     " and type ", to_string(mask.dtype()), " for inputs of shape ", shape,
                     ": it must be bool and have their leading dimensions.");
  }
  if (!states.empty()) check_states(*this, "initial_state", states, state_sizes(), shape[0]);
  Values floats;
  for (const Value& state : states) {
    floats.push_back(state.dtype() == DType::kFloat32 ? state : ops::cast(state, DType::kFloat32));
  }
  const DType dtype = input_dtype().value_or(x.dtype());
  return over_steps(x.dtype() == dtype ? x : ops::cast(x, dtype), mask, floats, options, pass);
}

Values Cell::over_steps(const Value& x, const Value& mask, const Values& given,
                        const SequenceOptions& options, Pass& pass) const {
  const std::int64_t batch = x.shape()[0], steps = x.shape()[1];
  const Values inputs = steps > 0 ? ops::unstack(x.with_mask({}), steps, 1) : Values();
  const Values masks = mask && steps > 0 ? ops::unstack(mask, steps, 1) : Values();
  Values states = given;
  if (given.empty()) {
    states = get_initial_state(batch, pass);
    check_states(*this, "get_initial_state", states, state_sizes(), batch);
  }
  Value output = ops::zeros({batch, output_size()});
  Values outputs;
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto at = static_cast<std::size_t>(options.go_backwards ? steps - 1 - step : step);
    Inputs call(inputs[at]);
    // What a masked step holds, NaN among it, reaches neither a number nor a derivative.
    if (mask) {
      call.values =
          ops::where(counting(masks[at], inputs[at]), inputs[at], ops::zeros_like(inputs[at]));
    }
    call.named.emplace_back("states", states);
    const Values found = run(call, pass);
    if (found.size() != states.size() + 1) {
      invalid_argument(class_name(), "layer '", name(), "': a step must give an output and ",
                       states.size(), " states. Received: ", found.size(), " values");
    }
    if (!mask) {
      output = found[0];
      outputs.push_back(output);
      for (std::size_t i = 0; i < states.size(); ++i) states[i] = found[i + 1];
      continue;
    }
    const Value counts = counting(masks[at], output);
    const Value shown = options.zero_output_for_mask ? ops::zeros_like(output) : output;
    outputs.push_back(ops::where(counts, found[0], shown));
    output = ops::where(counts, found[0], output);
    for (std::size_t i = 0; i < states.size(); ++i)
      states[i] = ops::where(counts, found[i + 1], states[i]);
  }
  if (options.return_sequences) {
    output = steps > 0 ? ops::stack(outputs, 1) : ops::zeros({batch, 0, output_size()});
  } else if (options.zero_output_for_mask && steps > 0) {
    output = outputs[outputs.size() - 1];
  }
  return with_states(output, states);
}

Values with_states(const Value& output, const Values& states) {
  Values all = output;
  for (const Value& state : states) all.push_back(state);
  return all;
}

Shape shape_of_step(const Shape& sequence) {
  Shape shape = sequence.from(1);
  shape[0] = sequence[0];
  return shape;
}

std::shared_ptr<Cell> cell_from(std::string_view who, const std::shared_ptr<Layer>& layer) {
  if (layer == nullptr) invalid_argument(who, "a cell must be a layer. Received: None");
  auto cell = std::dynamic_pointer_cast<Cell>(layer);
  if (cell == nullptr) {
    invalid_argument(who, "a cell must have a state_size, as LSTMCell has. Received: the layer '",
                     layer->name(), "', ", layer->class_name());
  }
  const std::vector<std::int64_t> sizes = cell->state_sizes();
  if (sizes.empty() || std::ranges::any_of(sizes, [](std::int64_t size) { return size < 1; }) ||
      cell->output_size() < 1) {
    invalid_argument(who,
                     "the state_size of a cell must be a positive integer or a list of them. "
                     "Received: the layer '",
                     layer->name(), "', ", layer->class_name());
  }
  return cell;
}

void check_states(const Layer& layer, std::string_view what, const Values& states,
                  const std::vector<std::int64_t>& sizes, std::int64_t batch) {
  if (states.size() != sizes.size()) {
    invalid_argument(layer.class_name(), "layer '", layer.name(), "' has ", sizes.size(),
                     " states: ", what, " must be as many. Received: ", states.size());
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const Shape wanted{batch, sizes[i]};
    if (!states[i] || !states[i].shape().is_compatible_with(wanted)) {
      invalid_argument(layer.class_name(), "layer '", layer.name(), "': ", what,
                       " must have shape ", wanted,
                       ". Received: ", states[i] ? to_string(states[i].shape()) : "none");
    }
  }
}

}  // namespace keratin::layers
