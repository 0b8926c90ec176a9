// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/layers/layer.h"
#include "keratin/layers/named_values.h"

namespace keratin::layers {

/// A last layer of many classes, which is told the labels so that it need not compute all of them.
///   inputs  float32 (..., D)
///   labels  of any integer type: (...), or (..., T) where a sample may have several
///   output  with labels a loss (...) a sample, with the mask of the inputs; without, float32
///           (..., V): what each class has
class LabelledOutput : public Layer, public NamedValues {
 public:
  bool takes_several() const override { return true; }
  std::span<const std::string_view> value_names() const override;
  bool supports_masking() const override { return true; }
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  using Layer::compute_output_shape;
  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 protected:
  using Layer::Layer;
  virtual std::int64_t classes() const = 0;
  virtual bool takes_several_labels() const { return false; }
  virtual void build_width(std::int64_t width) = 0;
  /// x (N, D) and labels int64 (N, T), N > 0: (N,).
  virtual Value losses(const Value& x, const Tensor& labels, Pass& pass) const = 0;
  /// x (N, D), N > 0: (N, V).
  virtual Value scores(const Value& x, Pass& pass) const = 0;

 private:
  void build_weights(std::span<const Spec> inputs) override;
};

}  // namespace keratin::layers
