// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "keratin/layers/rnn/cell.h"

namespace keratin::layers {

/// What the layers that run a cell over the steps of a sequence have in common. Keras: `RNN`.
///   input   float32 (B, T, N), N known when the layer is built; of a cell of one's own (B, T, ...)
///   output  float32 (B, units), or (B, T, units) of all steps; with return_state the states behind
///           the last step too, each (B, its width)
/// The call takes "initial_state", as many values (B, width) as there are states.
///
/// Steps that are masked are left out: the state goes past them, and the output of one is that of
/// the step before it, or zero. What is padded, wherever and however far, has the same bits as what
/// is not. A mask goes on with the outputs of all steps, in the order in which those stand. Keras 3
/// drops it, as MaskPolicy::kKeras3 does.
///
/// A stateful one begins where the batch before it ended, sample by sample: the batch size must be
/// known when it is built. The states behind a batch are kept when its pass is committed: by fit,
/// evaluate and predict, which then goes batch by batch, and needs the layer alone. They are zeros
/// at first, and no weights: no file has them, no copy.
class Recurrent : public Layer {
 public:
  /// Keras's arguments of RNN.
  struct Run {
    bool return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask;
  };
  const Run& how() const { return run_; }
  /// What Bidirectional sets.
  void set_zero_output_for_mask(bool zero) { run_.zero_output_for_mask = zero; }

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  std::optional<DType> input_dtype() const override { return cell_->input_dtype(); }
  bool supports_masking() const override { return true; }
  bool keeps_mask(MaskPolicy policy) const override { return policy != MaskPolicy::kKeras3; }
  using Layer::compute_mask;
  Values compute_mask(const Inputs& inputs) const override;
  bool takes_keyword(std::string_view name) const override {
    return name == "initial_state" || Layer::takes_keyword(name);
  }
  void prepare(const Inputs& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  /// Of a stateful layer that is built the states that it keeps; else none.
  const std::vector<std::shared_ptr<Variable>>& kept_states() const { return kept_; }
  /// The states that it keeps become zero.
  void reset_state();
  std::vector<std::shared_ptr<Layer>> parts() const override { return {cell_}; }
  const std::shared_ptr<Cell>& cell() const { return cell_; }
  std::string_view name_of_part(std::size_t) const override { return "cell"; }
  std::vector<std::int64_t> chance() const override { return cell_->chance(); }

 protected:
  Recurrent(const LayerOptions& options, std::shared_ptr<Cell> cell, const Run& run);

 private:
  void build_weights(const Shape& input_shape) override;
  void take_chance(const std::vector<std::int64_t>& chance) override;
  void check_call(const Inputs& inputs) const override;
  Value mask_of(const Inputs& inputs, MaskPolicy policy) const;

  std::shared_ptr<Cell> cell_;
  Run run_;
  std::vector<std::shared_ptr<Variable>> kept_;
};

/// The mask of the sequences that a recurrent layer is called on. Keras 3 finds a mask for a layer
/// that is called on one value: beside an `initial_state` it loses that of the sequences, and so
/// does the mask policy keras3. One that is given as an argument counts.
Value mask_beside_states(const Inputs& inputs, MaskPolicy policy);

/// Whether a call leaves something behind for the next: there is a stateful layer in it.
bool keeps_state(const Layer& layer);

}  // namespace keratin::layers
