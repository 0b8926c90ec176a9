// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/regularization/base_dropout.h"

namespace keratin::layers {

struct GaussianNoiseOptions {
  double stddev = -1;  // in [0, 1]; must be given
  std::optional<std::int64_t> seed = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// In training, adds normal numbers around 0. Else the identity. A mask passes through. With the
/// same seed, the numbers of Keras on JAX.
class GaussianNoise final
    : public Configured<GaussianNoise, GaussianNoiseOptions, LayerOf<GaussianNoise, BaseDropout>> {
 public:
  static constexpr std::string_view kName = "GaussianNoise";
  explicit GaussianNoise(GaussianNoiseOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override { return input_shape; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

struct GaussianDropoutOptions {
  double rate = -1;  // in [0, 1]; must be given
  std::optional<std::int64_t> seed = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// In training, multiplies with normal numbers around 1, of stddev sqrt(rate / (1 - rate)). Else
/// the identity. A mask passes through. Throws std::invalid_argument in training for a rate of 1.
class GaussianDropout final : public Configured<GaussianDropout, GaussianDropoutOptions,
                                                LayerOf<GaussianDropout, BaseDropout>> {
 public:
  static constexpr std::string_view kName = "GaussianDropout";
  explicit GaussianDropout(GaussianDropoutOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override { return input_shape; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

struct AlphaDropoutOptions {
  double rate = -1;        // share of the inputs that is dropped, in [0, 1]; must be given
  Shape noise_shape = {};  // as Dropout's
  std::optional<std::int64_t> seed = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Dropout for selu: in training, a share of the inputs becomes selu's limit, and all are scaled so
/// that mean and variance stay. Else the identity. A mask passes through. Throws
/// std::invalid_argument in training for a rate of 1.
class AlphaDropout final
    : public Configured<AlphaDropout, AlphaDropoutOptions, LayerOf<AlphaDropout, BaseDropout>> {
 public:
  static constexpr std::string_view kName = "AlphaDropout";
  explicit AlphaDropout(AlphaDropoutOptions options);
  static AlphaDropoutOptions options_from(const Config& config);

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
