// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/named_values.h"

namespace keratin::layers {

struct RemoveAccidentalHitsOptions {
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Takes negatives out of a softmax that are the positive candidate of their row once more: 3.4e36
/// less is their logit. KerasRS: `keras_rs.layers.RemoveAccidentalHits`.
///   logits, labels  float32 (..., C) of one shape; labels are 1 for the positive candidate, else 0
///   candidate_ids   integers (..., C), or of the last axes of that shape
///   output          float32 (..., C)
/// Source: TensorFlow Recommenders, `layers.loss.RemoveAccidentalHits`.
class RemoveAccidentalHits final
    : public Configured<RemoveAccidentalHits, RemoveAccidentalHitsOptions,
                        LayerOf<RemoveAccidentalHits>>,
      public NamedValues {
 public:
  static constexpr std::string_view kName = "RemoveAccidentalHits";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit RemoveAccidentalHits(RemoveAccidentalHitsOptions options);

  bool takes_several() const override { return true; }
  std::span<const std::string_view> value_names() const override;
  std::optional<DType> input_dtype() const override { return {}; }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
