// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct RotaryEmbeddingOptions {
  double max_wavelength = 10000;
  double scaling_factor = 1;         // positions are stretched over so many times the length
  std::string rope_type = "linear";  // how: "linear", "dynamic" or "yarn"
  double beta_fast = 32;             // of "yarn": turns over the original length, above which a
  double beta_slow = 1;              //   frequency stays, and below which it is scaled
  double original_max_position_embeddings = 4096;
  bool truncate = true;  // whether the dimensions between the two are whole numbers
  std::int64_t sequence_axis = 1;
  std::int64_t feature_axis = -1;
  std::optional<std::int64_t> denominator_dim = {};  // in place of the width, in the frequencies
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Pairs of features turned by an angle that grows with the step: feature i and i + D / 2 by t
/// max_wavelength^(-2 i / D). J. Su et al., "RoFormer: enhanced transformer with rotary position
/// embedding" (2021); "yarn": B. Peng et al., "YaRN: efficient context window extension of large
/// language models" (2023). KerasHub: `keras_hub.layers.RotaryEmbedding`.
///   input   float32, of at least three dimensions, with an even number of features
///   output  float32, of that shape
/// A call may be given `start_index` and `positions`, as SinePositionEncoding; the samples of the
/// latter are the first axis that is neither of steps nor of features.
class RotaryEmbedding final
    : public Configured<RotaryEmbedding, RotaryEmbeddingOptions, LayerOf<RotaryEmbedding>> {
 public:
  static constexpr std::string_view kName = "RotaryEmbedding";
  static constexpr std::string_view kPackage = "keras_hub";
  explicit RotaryEmbedding(RotaryEmbeddingOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool takes_keyword(std::string_view name) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

  // -- what the forms of other programs ask for --

  /// Where samples, steps and features are. Throws std::invalid_argument for inputs of a shape that
  /// it cannot take.
  struct Axes {
    std::size_t samples, steps, features;
  };
  Axes axes_of(const Shape& shape) const;
  /// What a position is multiplied with for the angle of each pair.
  std::vector<double> frequencies(std::int64_t width) const;
  /// What sines and cosines are multiplied with.
  double length() const;

 private:
  double yarn(double frequency, std::int64_t pair, std::int64_t width) const;
};

}  // namespace keratin::layers
