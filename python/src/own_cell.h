// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <nanobind/stl/vector.h>

#include "keratin/layers/rnn/cell.h"
#include "own_layers.h"

namespace keratin::python {

/// A layer of a user's own, and a cell of RNN where it has a state_size. The object of Python has, beside Own's
///     _state_sizes()                   the widths of its states; none: it is no cell
///     _output_size()                   the width of the output of a step
///     _first_states(batch_size)        the states to begin with
///     _prepare_step(shape)             builds it
///     _run_step(inputs, states)        the output, and the states behind it
class OwnCell final : public Own<layers::Cell> {
 public:
  using Own<layers::Cell>::Own;

  std::vector<std::int64_t> state_sizes() const override {
    const nb::gil_scoped_acquire gil;
    return nb::cast<std::vector<std::int64_t>>(object().attr("_state_sizes")());
  }
  std::int64_t output_size() const override {
    const nb::gil_scoped_acquire gil;
    return nb::cast<std::int64_t>(object().attr("_output_size")());
  }
  Values get_initial_state(std::int64_t batch_size, Pass& pass) const override {
    const Access::UserFunction here;
    const CurrentPass current(&pass);
    return values_from(object().attr("_first_states")(batch_size), "states");
  }
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  void prepare_step(const Shape& input_shape) const override {
    const Access::UserFunction here;
    object().attr("_prepare_step")(tuple_from(input_shape));
  }
  Shape compute_output_shape(const Shape& input_shape) const override {
    return state_sizes().empty() ? Own::compute_output_shape(input_shape) : Cell::compute_output_shape(input_shape);
  }
  Values run(const Inputs& inputs, Pass& pass) const override {
    const Values* const states = inputs.find("states");
    if (states == nullptr) return Own::run(inputs, pass);
    const Access::UserFunction here;
    const CurrentPass current(&pass);
    const Scope scope(*this);
    return values_from(object().attr("_run_step")(inputs[0], kept_from(*states)), "output");
  }
};

}  // namespace keratin::python
