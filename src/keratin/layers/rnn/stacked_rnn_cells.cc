// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/stacked_rnn_cells.h"

#include <algorithm>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {

template <class F>
void fields(F& f, StackedRNNCellsOptions& o) {
  common_fields(f, o);
  f("cells", o.cells);
}

namespace {

std::vector<std::shared_ptr<Cell>> cells_from(const std::vector<Identifier<Layer>>& layers) {
  constexpr std::string_view kWho = StackedRNNCells::kName;
  if (layers.empty())
    invalid_argument(kWho, "cells must be a list of one cell or more. Received: none");
  std::vector<std::shared_ptr<Cell>> cells;
  for (const auto& layer : layers) cells.push_back(cell_from(kWho, layer.shared()));
  return cells;
}

/// Before the layer has taken a name.
const StackedRNNCellsOptions& checked_stack(const StackedRNNCellsOptions& options) {
  cells_from(options.cells);
  return options;
}

}  // namespace

StackedRNNCells::StackedRNNCells(const StackedRNNCellsOptions& options)
    : Configured(checked_stack(options), base_options(kName, options)),
      cells_(cells_from(options.cells)) {
  for (const auto& cell : cells_) {
    // Keras: the places of a list are told apart by their classes.
    const std::string name = str("cells/", to_snake_case(cell->class_name()));
    const auto number = std::ranges::count_if(
        cells_.begin(), cells_.begin() + static_cast<std::ptrdiff_t>(names_.size()),
        [&](const auto& one) { return one->class_name() == cell->class_name(); });
    names_.push_back(number == 0 ? name : str(name, "_", number));
    if (!trainable()) cell->set_trainable(false);
  }
}

std::vector<std::int64_t> StackedRNNCells::state_sizes() const {
  std::vector<std::int64_t> all;
  for (const auto& cell : cells_) {
    const std::vector<std::int64_t> sizes = cell->state_sizes();
    all.insert(all.end(), sizes.begin(), sizes.end());
  }
  return all;
}

Values StackedRNNCells::get_initial_state(std::int64_t batch_size, Pass& pass) const {
  Values all;
  for (const auto& cell : cells_) {
    for (const Value& state : cell->get_initial_state(batch_size, pass)) all.push_back(state);
  }
  return all;
}

Shape StackedRNNCells::compute_output_shape(const Shape& input_shape) const {
  Shape shape = input_shape;
  for (const auto& cell : cells_) shape = cell->compute_output_shape(shape);
  return shape;
}

void StackedRNNCells::build_weights(const Shape& input_shape) {
  Shape shape = input_shape;
  for (const auto& cell : cells_) {
    cell->prepare_step(shape);
    shape = cell->compute_output_shape(shape);
  }
}

Values StackedRNNCells::call(const Inputs& inputs, Pass& pass) const {
  const Values states = states_of(inputs, pass);
  Value through = inputs[0];
  Values behind;
  std::size_t first = 0;
  for (const auto& cell : cells_) {
    Inputs step(through);
    Values own;
    for (const std::size_t end = first + cell->state_sizes().size(); first < end; ++first)
      own.push_back(states[first]);
    step.named.emplace_back("states", std::move(own));
    const Values found = cell->run(step, pass);
    through = found[0];
    for (std::size_t i = 1; i < found.size(); ++i) behind.push_back(found[i]);
  }
  return with_states(through, behind);
}

Values StackedRNNCells::over_steps(const Value& x, const Value& mask, const Values& states,
                                   const SequenceOptions& options, Pass& pass) const {
  Value through = x, counting = mask;
  SequenceOptions inner = options;
  Values behind;
  std::size_t first = 0;
  for (std::size_t k = 0; k < cells_.size(); ++k) {
    const std::shared_ptr<Cell>& cell = cells_[k];
    const bool is_last = k + 1 == cells_.size();
    inner.return_sequences = !is_last || options.return_sequences;
    inner.zero_output_for_mask = is_last && options.zero_output_for_mask;
    Values own;
    for (const std::size_t end = first + cell->state_sizes().size(); first < end; ++first) {
      if (!states.empty()) own.push_back(states[first]);
    }
    const Values found = cell->run_sequence(through, counting, own, inner, pass);
    through = found[0];
    for (std::size_t i = 1; i < found.size(); ++i) behind.push_back(found[i]);
    // What a cell gives stands in the order in which it went.
    if (inner.go_backwards && counting) counting = ops::flip(counting, {1});
    inner.go_backwards = false;
  }
  return with_states(through, behind);
}

std::vector<std::shared_ptr<Layer>> StackedRNNCells::parts() const {
  return {cells_.begin(), cells_.end()};
}

std::vector<std::int64_t> StackedRNNCells::chance() const {
  std::vector<std::int64_t> all;
  for (const auto& cell : cells_) {
    const std::vector<std::int64_t> own = cell->chance();
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

void StackedRNNCells::take_chance(const std::vector<std::int64_t>& chance) {
  auto first = chance.begin();
  for (const auto& cell : cells_) {
    const auto end = first + static_cast<std::ptrdiff_t>(cell->chance().size());
    cell->set_chance({first, end});
    first = end;
  }
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::StackedRNNCells, layers::StackedRNNCellsOptions,
                          layers::LayerOf<layers::StackedRNNCells, layers::Cell>>;
}  // namespace keratin
