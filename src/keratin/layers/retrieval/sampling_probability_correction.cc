// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/retrieval/sampling_probability_correction.h"

#include <array>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/retrieval/logits_beside.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/rounding.h"

namespace keratin::layers {
namespace {

constexpr std::array<std::string_view, 2> kCorrected = {"logits", "candidate_sampling_probability"};

const SamplingProbabilityCorrectionOptions& checked(const SamplingProbabilityCorrectionOptions& o) {
  if (!(o.epsilon >= 0 && o.epsilon <= 1)) {
    invalid_argument("SamplingProbabilityCorrection",
                     "epsilon must be between 0 and 1. Received: ", o.epsilon);
  }
  return o;
}

}  // namespace

template <class F>
void fields(F& f, SamplingProbabilityCorrectionOptions& o) {
  common_fields(f, o);
  f("epsilon", o.epsilon);
}

SamplingProbabilityCorrection::SamplingProbabilityCorrection(
    SamplingProbabilityCorrectionOptions options)
    : Configured(options, base_options(kName, checked(options))) {
  build_at_init();
}

std::span<const std::string_view> SamplingProbabilityCorrection::value_names() const {
  return kCorrected;
}

std::vector<Spec> SamplingProbabilityCorrection::compute_output_spec(const Inputs& inputs) const {
  const Shape shape = logits_shape(*this, inputs, 1, 2);
  require_last_axes(*this, inputs[1].shape(), shape, kCorrected[1]);
  return {{shape, DType::kFloat32}};
}

Values SamplingProbabilityCorrection::call(const Inputs& inputs, Pass&) const {
  const Value likely = ops::clip(inputs[1].with_mask({}), options_.epsilon, 1.0);
  return inputs[0].with_mask({}) - ops::log(likely);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::SamplingProbabilityCorrection,
                          layers::SamplingProbabilityCorrectionOptions,
                          layers::LayerOf<layers::SamplingProbabilityCorrection>>;
}  // namespace keratin
