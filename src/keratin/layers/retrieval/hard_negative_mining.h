// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/named_values.h"

namespace keratin::layers {

struct HardNegativeMiningOptions {
  std::int64_t num_hard_negatives = 0;  // must be given, positive
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Of the candidates of a row the positive one and those negatives that have the largest logits.
/// KerasRS: `keras_rs.layers.HardNegativeMining`.
///   logits, labels  float32 (..., C) of one shape; labels are 1 for the positive candidate, else 0
///   output          two, both (..., n + 1), n = num_hard_negatives, or (..., C) where that is
///   less:
///                   the positive one first, then from the largest logit on
class HardNegativeMining final
    : public Configured<HardNegativeMining, HardNegativeMiningOptions, LayerOf<HardNegativeMining>>,
      public NamedValues {
 public:
  static constexpr std::string_view kName = "HardNegativeMining";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit HardNegativeMining(HardNegativeMiningOptions options);

  bool takes_several() const override { return true; }
  std::span<const std::string_view> value_names() const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
