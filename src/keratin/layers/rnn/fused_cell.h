// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keratin/layers/rnn/cell.h"
#include "keratin/ops/nn/recurrent.h"

namespace keratin::layers {

/// What a recurrent cell of Keratin is made of, whatever its class.
struct CellSpec {
  ops::nn::CellKind kind = ops::nn::CellKind::kSimple;
  std::int64_t units = 0;
  Identifier<const activations::Activation> activation = {};
  Identifier<const activations::Activation> recurrent_activation = {};
  bool use_bias = true;
  bool unit_forget_bias = false;
  Identifier<const initializers::Initializer> kernel_initializer = {};
  Identifier<const initializers::Initializer> recurrent_initializer = {};
  Identifier<const initializers::Initializer> bias_initializer = {};
  Identifier<const regularizers::Regularizer> kernel_regularizer = {};
  Identifier<const regularizers::Regularizer> recurrent_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const constraints::Constraint> kernel_constraint = {};
  Identifier<const constraints::Constraint> recurrent_constraint = {};
  Identifier<const constraints::Constraint> bias_constraint = {};
  double dropout = 0;
  double recurrent_dropout = 0;
  std::optional<std::int64_t> seed = {};
};

/// A cell whose steps are one op, of a whole sequence at once.
///   weights  kernel (N, gates * units), recurrent_kernel (units, gates * units), and where it has
///            one bias (gates * units), of a GRU that resets behind the product (2, 3 * units)
class FusedCell : public Cell {
 public:
  std::int64_t units() const { return spec_.units; }
  /// One or two, (B, units) each.
  std::vector<std::int64_t> state_sizes() const override;
  std::size_t rank_of_step() const override { return 2; }
  /// (B, N) to (B, units).
  Shape compute_output_shape(const Shape& input_shape) const override;
  /// A sequence of one step.
  Values call(const Inputs& inputs, Pass& pass) const override;
  std::vector<std::int64_t> chance() const override;
  /// The next call in training chooses anew which inputs it drops. What a cell that is called by
  /// itself has chosen stays until then, so that it is one choice for the steps of a sequence, as
  /// in Keras; RNN chooses anew for every sequence. A copy chooses anew.
  void reset_dropout_mask() { input_choice_.reset(); }
  /// The same of the state.
  void reset_recurrent_dropout_mask() { recurrent_choice_.reset(); }

 protected:
  /// Throws std::invalid_argument for units below 1, and an activation that changes shapes.
  FusedCell(const LayerOptions& options, CellSpec spec);

  /// In training it drops by chance what its options say: one choice for all steps. Keras draws so,
  /// in this order, and outside of training too, where nothing uses it.
  Values over_steps(const Value& x, const Value& mask, const Values& states,
                    const SequenceOptions& options, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;
  void take_chance(const std::vector<std::int64_t>& chance) override;
  bool draws() const;
  using Choice = std::optional<std::int64_t>;  // the first of its draws
  std::int64_t choose(Choice& kept, double rate, std::size_t count, const SequenceOptions& options,
                      Pass& pass) const;
  std::vector<Tensor> masks(const Shape& shape, double rate, std::size_t count,
                            std::int64_t first) const;

  CellSpec spec_;
  std::int64_t seed_;
  mutable Choice input_choice_, recurrent_choice_;  // of calls in training, which are alone
};

}  // namespace keratin::layers
