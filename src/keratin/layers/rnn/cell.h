// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "keratin/layers/layer.h"

namespace keratin::layers {

/// How a sequence runs through a cell, beside what the cell is.
struct SequenceOptions {
  bool return_sequences = false;
  bool go_backwards = false;
  bool zero_output_for_mask = false;  // else a masked step shows what the one before it did
  bool keeps_choices = false;         // a step of a cell by itself: FusedCell::reset_dropout_mask()
};

/// One step of a recurrent layer, as a layer: what RNN runs over the steps of a sequence.
///   input    (B, ...), that of a step, float32 unless input_dtype() says otherwise, and "states",
///   what the step before left: (B, size)
///            each; those of get_initial_state() where none are given
///   outputs  (B, output_size()), then the states behind the step
/// A cell of one's own says how wide its states are, and gives `call`, which all else is made of;
/// RNN shares it: `RNN({.cell = shared(MyCell())})`.
class Cell : public Layer {
 public:
  /// The width of each state, one or more.
  virtual std::vector<std::int64_t> state_sizes() const = 0;
  /// The width of the output: that of the first state.
  virtual std::int64_t output_size() const { return state_sizes().at(0); }
  /// The states to begin with, (batch_size, size) each: zeros. Those that a cell learns are weights
  /// in that pass.
  virtual Values get_initial_state(std::int64_t batch_size, Pass& pass) const;
  /// How many dimensions inputs of a step must have; 0: two or more.
  virtual std::size_t rank_of_step() const { return 0; }

  /// Builds it for inputs of a step of that shape.
  virtual void prepare_step(const Shape& input_shape) const { build(input_shape); }
  /// The output of a sequence (B, T, ...), then the states behind it. `mask`, bool (B, T), and
  /// `states` may be none. The cell must be built. Throws std::invalid_argument for other shapes.
  Values run_sequence(const Value& x, const Value& mask, const Values& states,
                      const SequenceOptions& options, Pass& pass) const;

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  bool takes_keyword(std::string_view name) const override {
    return name == "states" || Layer::takes_keyword(name);
  }

 protected:
  using Layer::Layer;
  void check_call(const Inputs& inputs) const override;
  /// What run_sequence() gives, once it has looked: step by step, unless a cell can do better.
  virtual Values over_steps(const Value& x, const Value& mask, const Values& states,
                            const SequenceOptions& options, Pass& pass) const;
  /// The "states" of a call, or those to begin with.
  Values states_of(const Inputs& inputs, Pass& pass) const;
};

/// What `layer` is as a cell. Throws std::invalid_argument, told by `who`, for what is none, and
/// for a cell without states or of widths below 1.
std::shared_ptr<Cell> cell_from(std::string_view who, const std::shared_ptr<Layer>& layer);

/// What a cell gives: its output, then the states behind it.
Values with_states(const Value& output, const Values& states);

/// The shape of one step of a sequence (B, T, ...).
Shape shape_of_step(const Shape& sequence);

/// Throws std::invalid_argument unless there is a state (batch, size) for each of `sizes`.
void check_states(const Layer& layer, std::string_view what, const Values& states,
                  const std::vector<std::int64_t>& sizes, std::int64_t batch);

}  // namespace keratin::layers
