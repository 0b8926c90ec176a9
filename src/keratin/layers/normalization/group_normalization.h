// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct GroupNormalizationOptions {
  std::int64_t groups = 32;  // of channels; -1: each is one
  std::int64_t axis = -1;    // of the channels
  double epsilon = 1e-3;     // above 0
  bool center = true;        // whether there is a beta
  bool scale = true;         // whether there is a gamma
  Identifier<const initializers::Initializer> beta_initializer = "zeros";
  Identifier<const initializers::Initializer> gamma_initializer = "ones";
  Identifier<const regularizers::Regularizer> beta_regularizer = {};
  Identifier<const regularizers::Regularizer> gamma_regularizer = {};
  Identifier<const constraints::Constraint> beta_constraint = {};
  Identifier<const constraints::Constraint> gamma_constraint = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of each group of
/// channels of a sample; gamma and beta (C). A mask passes through.
class GroupNormalization final : public Configured<GroupNormalization, GroupNormalizationOptions,
                                                   LayerOf<GroupNormalization>> {
 public:
  static constexpr std::string_view kName = "GroupNormalization";
  explicit GroupNormalization(GroupNormalizationOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;
  std::size_t axis_of(const Shape& input_shape) const;
};

}  // namespace keratin::layers
