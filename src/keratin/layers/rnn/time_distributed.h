// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct TimeDistributedOptions {
  Identifier<Layer> layer = {};  // must be given; it is shared
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// A layer on every step by itself.
///   input   (B, T, ...): the layer takes (B, ...), of one input and one output
///   output  (B, T, ...)
/// All steps at once where that is the same; one after another, as in Keras, where the layer draws
/// by chance or keeps what it saw of a batch in weights.
///
/// A mask is of the steps, (B, T), and goes on with the outputs, or of what is in them too,
/// (B, T, ...): then the layer is given that of its step, and what it makes of it goes on. Keras 3
/// drops it, as MaskPolicy::kKeras3 does.
class TimeDistributed final
    : public Configured<TimeDistributed, TimeDistributedOptions, LayerOf<TimeDistributed>> {
 public:
  static constexpr std::string_view kName = "TimeDistributed";
  /// Throws std::invalid_argument for no layer, and one that takes several inputs.
  explicit TimeDistributed(const TimeDistributedOptions& options);

  const std::shared_ptr<Layer>& layer() const { return options_.layer.shared(); }
  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  std::optional<DType> input_dtype() const override { return std::nullopt; }  // the layer's
  bool supports_masking() const override { return true; }
  bool keeps_mask(MaskPolicy policy) const override { return policy != MaskPolicy::kKeras3; }
  using Layer::compute_mask;
  Values compute_mask(const Inputs& inputs) const override;
  void check_inputs(const Tensor& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  std::vector<std::shared_ptr<Layer>> parts() const override { return {layer()}; }
  std::string_view name_of_part(std::size_t) const override { return "layer"; }
  std::vector<std::int64_t> chance() const override { return layer()->chance(); }

 private:
  void build_weights(std::span<const Spec> inputs) override;
  void take_chance(const std::vector<std::int64_t>& chance) override;
  Shape shape_of_step(const Shape& input_shape) const;
  bool goes_by_steps(const Pass& pass) const;
};

}  // namespace keratin::layers
