// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/rnn/recurrent.h"

namespace keratin::layers {

struct BidirectionalOptions {
  Identifier<Layer> layer = {};                      // a recurrent layer; must be given
  std::optional<std::string> merge_mode = "concat";  // "sum", "mul", "ave", "concat"; none: both
  Identifier<Layer> backward_layer = {};  // null: one made like `layer` that runs the other way
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// A recurrent layer over the steps in both directions (M. Schuster, K. K. Paliwal, "Bidirectional
/// recurrent neural networks", IEEE Trans. Signal Processing 45(11), 1997).
///   input   float32 (B, T, N)
///   output  what the layers give for it, (B, units) or (B, T, units), made one: (B, [T,] 2 units)
///   by
///           "concat". Steps stand in the order of the input. With return_state the states of the
///           first and those of the second behind it.
/// The call takes "initial_state", the states of the first and those of the second.
///
/// Keras: `layer` is made again from its config, under the name "forward_" + its own, with weights
/// of its own; and both give zeros at masked steps where they return all of them. The mask goes on
/// with these, as by Recurrent.
class Bidirectional final
    : public Configured<Bidirectional, BidirectionalOptions, LayerOf<Bidirectional>> {
 public:
  static constexpr std::string_view kName = "Bidirectional";
  /// Throws std::invalid_argument unless both layers are Recurrent, of one kind of output, and run
  /// in different directions.
  explicit Bidirectional(const BidirectionalOptions& options);
  /// Of two layers as they are.
  Bidirectional(const BidirectionalOptions& options, std::shared_ptr<Recurrent> forward,
                std::shared_ptr<Recurrent> backward);

  const std::shared_ptr<Recurrent>& forward_layer() const { return forward_; }
  const std::shared_ptr<Recurrent>& backward_layer() const { return backward_; }

  /// Of the first output.
  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  bool supports_masking() const override { return true; }
  bool keeps_mask(MaskPolicy policy) const override { return forward_->keeps_mask(policy); }
  using Layer::compute_mask;
  Values compute_mask(const Inputs& inputs) const override;
  bool takes_keyword(std::string_view name) const override { return forward_->takes_keyword(name); }
  void prepare(const Inputs& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  /// The states that stateful layers keep become zero.
  void reset_state();
  std::vector<std::shared_ptr<Layer>> parts() const override { return {forward_, backward_}; }
  std::string_view name_of_part(std::size_t i) const override {
    return i == 0 ? "forward_layer" : "backward_layer";
  }
  std::vector<std::int64_t> chance() const override;

 private:
  void build_weights(const Shape& input_shape) override;
  void take_chance(const std::vector<std::int64_t>& chance) override;
  void check_call(const Inputs& inputs) const override;
  Value merged(const Value& forward, const Value& backward) const;

  std::shared_ptr<Recurrent> forward_, backward_;
};

}  // namespace keratin::layers
