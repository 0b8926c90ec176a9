// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/named_values.h"

namespace keratin::layers {

struct SamplingProbabilityCorrectionOptions {
  double epsilon = 1e-6;  // the least that a probability is taken for, from 0 to 1
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// logits - log(min(max(p, epsilon), 1)): what a softmax over sampled candidates wants where
/// candidate c was drawn with probability p. KerasRS:
/// `keras_rs.layers.SamplingProbabilityCorrection`.
///   logits                          float32 (..., C)
///   candidate_sampling_probability  float32 of the same shape, or of its last axes
///   output                          float32 (..., C)
/// Source: Yi et al., "Sampling-bias-corrected neural modeling for large corpus item
/// recommendations" (2019).
class SamplingProbabilityCorrection final
    : public Configured<SamplingProbabilityCorrection, SamplingProbabilityCorrectionOptions,
                        LayerOf<SamplingProbabilityCorrection>>,
      public NamedValues {
 public:
  static constexpr std::string_view kName = "SamplingProbabilityCorrection";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit SamplingProbabilityCorrection(SamplingProbabilityCorrectionOptions options);

  bool takes_several() const override { return true; }
  std::span<const std::string_view> value_names() const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
