// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct PReLUOptions {
  Identifier<const initializers::Initializer> alpha_initializer = "zeros";
  Identifier<const regularizers::Regularizer> alpha_regularizer = {};
  Identifier<const constraints::Constraint> alpha_constraint = {};
  std::optional<std::vector<std::int64_t>> shared_axes = {};  // along which alpha is one number
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// x, or alpha x where x < 0, with an alpha that is learnt: a weight of the shape of a sample, 1
/// along `shared_axes` (the batch is axis 0). A mask passes through.
class PReLU final : public Configured<PReLU, PReLUOptions, LayerOf<PReLU>> {
 public:
  static constexpr std::string_view kName = "PReLU";
  explicit PReLU(PReLUOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;
  Shape alpha_shape(const Shape& input_shape) const;
};

}  // namespace keratin::layers
