// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keratin/layers/layer.h"
#include "keratin/ops/nn/recurrent.h"

namespace keratin::layers {

/// What a recurrent cell of Keratin is made of, whatever its class.
struct CellSpec {
  std::string class_name;
  std::optional<std::string> name = {};
  bool trainable = true;
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

/// How a sequence runs through a cell, beside what the cell is.
struct SequenceOptions {
  bool return_sequences = false;
  bool go_backwards = false;
  bool zero_output_for_mask = false;
};

/// A recurrent cell: its weights, and a step of it, or a whole sequence at once.
///   weights  kernel (N, gates * units), recurrent_kernel (units, gates * units), and where it has
///            one bias (gates * units), of a GRU that resets behind the product (2, 3 * units)
class Cell : public Layer {
 public:
  /// Throws std::invalid_argument for units below 1, and an activation that changes shapes.
  explicit Cell(CellSpec spec);

  std::int64_t units() const { return spec_.units; }
  /// How many states it has, each (B, units).
  std::size_t states() const { return spec_.kind == ops::nn::CellKind::kLstm ? 2 : 1; }
  /// (B, N) to (B, units).
  Shape compute_output_shape(const Shape& input_shape) const override;
  Config get_config() const override { return base_config(); }
  Values call(const Inputs& inputs, Pass& pass) const override;
  std::vector<std::int64_t> chance() const override;

  /// The output of a sequence (B, T, N), and the states behind it. `mask` and `states` may be none.
  /// In training it drops by chance what its options say: one choice for all steps. Keras draws so,
  /// in this order, and outside of training too, where nothing uses it.
  Values run_sequence(const Value& x, const Value& mask, const Values& states,
                      const SequenceOptions& options, Pass& pass) const;

 private:
  void build_weights(const Shape& input_shape) override;
  void take_chance(const std::vector<std::int64_t>& chance) override;
  bool draws() const;
  std::vector<Tensor> draw_masks(const Shape& shape, double rate, std::size_t count,
                                 Pass& pass) const;

  CellSpec spec_;
  std::int64_t seed_;
};

}  // namespace keratin::layers
