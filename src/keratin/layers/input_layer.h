// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct InputLayerOptions {
  std::optional<Shape> shape = {};  // without the batch; this or batch_shape must be given
  std::optional<std::int64_t> batch_size = {};
  DType dtype = DType::kFloat32;  // what summary and files say; ids keep the type they come in
  std::optional<Shape> batch_shape = {};
  std::optional<std::string> name = {};
};

/// Says what shape comes in, so that a model can be built before any data.
class InputLayer final : public Configured<InputLayer, InputLayerOptions, LayerOf<InputLayer>> {
 public:
  static constexpr std::string_view kName = "InputLayer";
  explicit InputLayer(InputLayerOptions options);

  /// With the batch, kNone where it may vary.
  const Shape& batch_shape() const { return *options_.batch_shape; }

  Shape compute_output_shape(const Shape& input_shape) const override;
  /// Without inputs, what comes in.
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  std::optional<Shape> input_shape_from_options() const override { return batch_shape(); }
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

/// What comes into a model: a value without elements, which layers are called on, or a Sequential
/// begins with. Keras's `Input(shape=(10,))`: `Input({.shape = kt::Shape{10}})` or, shorter,
/// `Input({10})`.
Value Input(InputLayerOptions options);
inline Value Input(std::initializer_list<std::int64_t> shape) {
  return Input(InputLayerOptions{.shape = Shape(shape)});
}

}  // namespace keratin::layers
