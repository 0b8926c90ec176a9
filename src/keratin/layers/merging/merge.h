// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/layers/layer.h"

namespace keratin::layers {

struct MergeOptions {
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// What layers share that make one value of several: `Add()({a, b})`. Integers stay integers. All
/// throw std::invalid_argument for inputs whose shapes do not go together.
class Merge : public Layer {
 public:
  bool takes_several() const final { return true; }
  bool supports_masking() const final { return true; }
  std::optional<DType> input_dtype() const final { return std::nullopt; }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const final;
  void prepare(const Inputs& inputs) const final;
  Values call(const Inputs& inputs, Pass& pass) const final;

 protected:
  Merge(std::string_view class_name, const MergeOptions& options);

  /// Shape and type of the output for one or more inputs of at least one dimension.
  virtual Spec merged_spec(std::span<const Spec> inputs) const = 0;
  /// The output. Values of float64 come as float32.
  virtual Value merged(const Values& values, const Values& masks) const = 0;
  void build_weights(std::span<const Spec> inputs) final;
  /// Each none, or of the leading axes of its input; throws std::invalid_argument for another.
  Values masks_of(const Inputs& inputs) const;
  /// Throws std::invalid_argument unless there are `count` inputs.
  void check_count(std::span<const Spec> inputs, std::size_t count) const;

 private:
  std::vector<Spec> checked(std::span<const Spec> inputs) const;
};

/// As Keras's errors list them: "[(None, 2), (None, 3)]".
std::string shapes_of(std::span<const Spec> inputs);

}  // namespace keratin::layers
