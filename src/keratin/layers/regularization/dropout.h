// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/regularization/base_dropout.h"

namespace keratin::layers {

struct DropoutOptions {
  double rate = -1;  // share of the inputs that is set to 0, in [0, 1]; must be given
  Shape noise_shape =
      {};  // of the kept/dropped choice, broadcast over the inputs; kNone: as the inputs
  std::optional<std::int64_t> seed = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// In training, sets a share of the inputs to 0 and divides the others by 1 - rate. Else the
/// identity. A mask passes through. With the same seed, the choices of Keras on JAX: call t draws
/// from the key [seed, t].
class Dropout final : public Configured<Dropout, DropoutOptions, LayerOf<Dropout, BaseDropout>> {
 public:
  static constexpr std::string_view kName = "Dropout";
  explicit Dropout(DropoutOptions options);
  /// Dropout(0.5). A template, so that `{}` are options.
  template <std::floating_point Rate>
  explicit Dropout(Rate rate) : Dropout(DropoutOptions{.rate = rate}) {}
  static DropoutOptions options_from(const Config& config);

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
};

struct SpatialDropout1DOptions {
  double rate = -1;  // share of the channels that is set to 0, in [0, 1]; must be given
  std::optional<std::int64_t> seed = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Dropout of whole channels of (B, T, D): the choice is made once for all steps of a sample.
class SpatialDropout1D final : public Configured<SpatialDropout1D, SpatialDropout1DOptions,
                                                 LayerOf<SpatialDropout1D, BaseDropout>> {
 public:
  static constexpr std::string_view kName = "SpatialDropout1D";
  explicit SpatialDropout1D(SpatialDropout1DOptions options);
  template <std::floating_point Rate>
  explicit SpatialDropout1D(Rate rate) : SpatialDropout1D(SpatialDropout1DOptions{.rate = rate}) {}

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
};

struct SpatialDropout2DOptions {
  double rate = -1;  // share of the channels that is set to 0, in [0, 1]; must be given
  std::string data_format = "channels_last";
  std::optional<std::int64_t> seed = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The same of (B, H, W, D), or of (B, D, H, W) with "channels_first".
class SpatialDropout2D final : public Configured<SpatialDropout2D, SpatialDropout2DOptions,
                                                 LayerOf<SpatialDropout2D, BaseDropout>> {
 public:
  static constexpr std::string_view kName = "SpatialDropout2D";
  explicit SpatialDropout2D(SpatialDropout2DOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
