// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct DotInteractionOptions {
  bool self_interaction = false;  // whether a feature meets itself too
  bool skip_gather = false;       // all F x F places, with 0 where a pair stands already
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The dot products of all pairs of features: M. Naumov et al., "Deep learning recommendation model
/// for personalization and recommendation systems" (2019). KerasRS:
/// `keras_rs.layers.DotInteraction`.
///   inputs  F of float32 (B, D)
///   output  float32 (B, F (F - 1) / 2), with self_interaction (B, F (F + 1) / 2): of pair (i, j),
///           j before i, row by row; with skip_gather (B, F F)
class DotInteraction final
    : public Configured<DotInteraction, DotInteractionOptions, LayerOf<DotInteraction>> {
 public:
  static constexpr std::string_view kName = "DotInteraction";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit DotInteraction(DotInteractionOptions options);

  bool takes_several() const override { return true; }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
