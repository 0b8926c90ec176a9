// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/retrieval/hard_negative_mining.h"

#include <algorithm>
#include <array>
#include <limits>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/retrieval/logits_beside.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/composed.h"
#include "keratin/ops/places.h"
#include "keratin/ops/sorting.h"

namespace keratin::layers {
namespace {

constexpr std::array<std::string_view, 2> kMined = {"logits", "labels"};

const HardNegativeMiningOptions& checked(const HardNegativeMiningOptions& o) {
  if (o.num_hard_negatives < 1) {
    invalid_argument("HardNegativeMining",
                     "num_hard_negatives must be positive. Received: ", o.num_hard_negatives);
  }
  return o;
}

}  // namespace

template <class F>
void fields(F& f, HardNegativeMiningOptions& o) {
  common_fields(f, o);
  f("num_hard_negatives", o.num_hard_negatives);
}

HardNegativeMining::HardNegativeMining(HardNegativeMiningOptions options)
    : Configured(options, base_options(kName, checked(options))) {
  build_at_init();
}

std::span<const std::string_view> HardNegativeMining::value_names() const { return kMined; }

std::vector<Spec> HardNegativeMining::compute_output_spec(const Inputs& inputs) const {
  Shape shape = logits_shape(*this, inputs, 2, 2);
  if (shape.back() == kNone) {
    invalid_argument(kName, "layer '", name(),
                     "' needs the number of candidates to be known. Received shape: ", shape);
  }
  std::int64_t& candidates = shape[shape.rank() - 1];
  candidates =
      candidates <= options_.num_hard_negatives ? candidates : options_.num_hard_negatives + 1;
  return {{shape, DType::kFloat32}, {shape, DType::kFloat32}};
}

Values HardNegativeMining::call(const Inputs& inputs, Pass&) const {
  const Value logits = inputs[0].with_mask({});
  const Value labels = inputs[1].with_mask({});
  const std::int64_t kept = compute_output_spec(inputs)[0].shape.back();
  // Keras: KerasRS adds a large number to the logit of the positive, which stays -infinity where it
  // is; and an infinite negative is before it.
  const Value is = ops::cast(labels.constant(), DType::kFloat32);
  const Value places =
      ops::where(ops::greater(is, ops::number(0)),
                 ops::multiply(is, ops::number(std::numeric_limits<float>::max())),
                 ops::minimum(logits.constant(), ops::number(static_cast<float>(kFar))));
  const Value order = ops::top_k(places, kept)[1];
  return Values{ops::take_along_axis(logits, order, -1), ops::take_along_axis(labels, order, -1)};
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::HardNegativeMining, layers::HardNegativeMiningOptions,
                          layers::LayerOf<layers::HardNegativeMining>>;
}  // namespace keratin
