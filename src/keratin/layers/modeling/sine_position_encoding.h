// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct SinePositionEncodingOptions {
  double max_wavelength = 10000;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Waves for each step: element d of step t is the sine, for odd d the cosine, of t
/// max_wavelength^(-2 floor(d / 2) / D). A. Vaswani et al., "Attention is all you need" (2017).
/// KerasHub: `keras_hub.layers.SinePositionEncoding`.
///   input   (B, ..., T, D), of which the shape alone counts
///   output  float32, of that shape
/// A call may be given by name `start_index`, the position of the first step, a number or a value
/// of one, or `positions`, (T) or (B, T), that of each.
class SinePositionEncoding final
    : public Configured<SinePositionEncoding, SinePositionEncodingOptions,
                        LayerOf<SinePositionEncoding>> {
 public:
  static constexpr std::string_view kName = "SinePositionEncoding";
  static constexpr std::string_view kPackage = "keras_hub";
  explicit SinePositionEncoding(SinePositionEncodingOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool takes_keyword(std::string_view name) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  /// What a position is multiplied with for each element of a vector of that width.
  std::vector<double> frequencies(std::int64_t width) const;
};

}  // namespace keratin::layers
