// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/retrieval/remove_accidental_hits.h"

#include <array>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/retrieval/logits_beside.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/choices.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/places.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {
namespace {

constexpr std::array<std::string_view, 3> kHit = {"logits", "labels", "candidate_ids"};

}  // namespace

template <class F>
void fields(F& f, RemoveAccidentalHitsOptions& o) {
  common_fields(f, o);
}

RemoveAccidentalHits::RemoveAccidentalHits(RemoveAccidentalHitsOptions options)
    : Configured(options, base_options(kName, options)) {
  build_at_init();
}

std::span<const std::string_view> RemoveAccidentalHits::value_names() const { return kHit; }

std::vector<Spec> RemoveAccidentalHits::compute_output_spec(const Inputs& inputs) const {
  const Shape shape = logits_shape(*this, inputs, 2, 3);
  require_last_axes(*this, inputs[2].shape(), shape, kHit[2]);
  return {{shape, DType::kFloat32}};
}

Values RemoveAccidentalHits::call(const Inputs& inputs, Pass&) const {
  const Value logits = ops::cast(inputs[0].with_mask({}), DType::kFloat32);
  const Value labels = ops::cast(inputs[1].with_mask({}).constant(), DType::kFloat32);
  const Shape& shape = logits.shape();
  if (shape.size() == 0) return logits;
  const Value ids = ops::broadcast_to(inputs[2].with_mask({}), shape);
  const Value positive = ops::take_along_axis(ids, ops::argmax(labels, -1, true), -1);
  const Value again = ops::cast(ops::equal(ids, positive), DType::kFloat32) - labels;
  // Keras: KerasRS takes away the smallest normal number over 100, which is nothing.
  return logits - again * kFar;
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::RemoveAccidentalHits, layers::RemoveAccidentalHitsOptions,
                          layers::LayerOf<layers::RemoveAccidentalHits>>;
}  // namespace keratin
