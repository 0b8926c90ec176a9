// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/initializers/initializer.h"

/// Initializers whose scale follows from the shape of the weight. fan_in is the number of input
/// units, fan_out of output units: for a shape (a, b) they are a and b; for (a,) both are a; for
/// (..., a, b) both are multiplied by the product of the dimensions in front; for () both are 1.
/// input_axes and output_axes, when both are given, name the dimensions instead; negative ones
/// count from the end. Seeds: as in random_initializers.h.
namespace keratin::initializers {

struct VarianceScalingOptions {
  double scale = 1.0;
  std::string mode = "fan_in";                    // or "fan_out", "fan_avg"
  std::string distribution = "truncated_normal";  // or "untruncated_normal", "uniform"
  std::optional<std::int64_t> seed = std::nullopt;
  std::optional<std::vector<std::int64_t>> input_axes = std::nullopt;
  std::optional<std::vector<std::int64_t>> output_axes = std::nullopt;
};

/// What the seven classes below share. The variance is scale / n, n the fan that `mode` names (at
/// least 1); the truncated normal is widened by 1 / 0.8796 so that this holds after the cut. fill
/// throws std::invalid_argument when an axis is not in the shape.
class FanScaled : public Initializer {
 public:
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;
  /// What it draws where these axes are the inputs and the outputs, unless its options name some.
  Tensor drawn_along(const Shape& shape, const std::vector<std::int64_t>& input_axes,
                     const std::vector<std::int64_t>& output_axes) const;

 protected:
  FanScaled(std::string_view who, VarianceScalingOptions options);
  const VarianceScalingOptions& options() const { return options_; }

 private:
  VarianceScalingOptions options_;
  std::int64_t seed_;
};

/// Throws std::invalid_argument for a scale that is not positive, an unknown mode or distribution.
/// The distribution is read without case; "normal" (Keras 2) means "truncated_normal".
class VarianceScaling final
    : public Configured<VarianceScaling, VarianceScalingOptions, FanScaled> {
 public:
  static constexpr std::string_view kName = "VarianceScaling";
  explicit VarianceScaling(VarianceScalingOptions options = {});
};

/// The options of the six classes with a fixed scale.
struct FanOptions {
  std::optional<std::int64_t> seed = std::nullopt;
  std::optional<std::vector<std::int64_t>> input_axes = std::nullopt;
  std::optional<std::vector<std::int64_t>> output_axes = std::nullopt;
};

using GlorotUniformOptions = FanOptions;

/// Uniform in [-limit, limit], limit = sqrt(6 / (fan_in + fan_out)). Glorot and Bengio 2010.
class GlorotUniform final : public Configured<GlorotUniform, GlorotUniformOptions, FanScaled> {
 public:
  static constexpr std::string_view kName = "GlorotUniform";
  explicit GlorotUniform(GlorotUniformOptions options = {});
};

using GlorotNormalOptions = FanOptions;

/// Truncated normal of standard deviation sqrt(2 / (fan_in + fan_out)). Glorot and Bengio 2010.
class GlorotNormal final : public Configured<GlorotNormal, GlorotNormalOptions, FanScaled> {
 public:
  static constexpr std::string_view kName = "GlorotNormal";
  explicit GlorotNormal(GlorotNormalOptions options = {});
};

using LecunNormalOptions = FanOptions;

/// Truncated normal of standard deviation sqrt(1 / fan_in). Klambauer et al. 2017.
class LecunNormal final : public Configured<LecunNormal, LecunNormalOptions, FanScaled> {
 public:
  static constexpr std::string_view kName = "LecunNormal";
  explicit LecunNormal(LecunNormalOptions options = {});
};

using LecunUniformOptions = FanOptions;

/// Uniform in [-limit, limit], limit = sqrt(3 / fan_in).
class LecunUniform final : public Configured<LecunUniform, LecunUniformOptions, FanScaled> {
 public:
  static constexpr std::string_view kName = "LecunUniform";
  explicit LecunUniform(LecunUniformOptions options = {});
};

using HeNormalOptions = FanOptions;

/// Truncated normal of standard deviation sqrt(2 / fan_in). He et al. 2015.
class HeNormal final : public Configured<HeNormal, HeNormalOptions, FanScaled> {
 public:
  static constexpr std::string_view kName = "HeNormal";
  explicit HeNormal(HeNormalOptions options = {});
};

using HeUniformOptions = FanOptions;

/// Uniform in [-limit, limit], limit = sqrt(6 / fan_in). He et al. 2015.
class HeUniform final : public Configured<HeUniform, HeUniformOptions, FanScaled> {
 public:
  static constexpr std::string_view kName = "HeUniform";
  explicit HeUniform(HeUniformOptions options = {});
};

}  // namespace keratin::initializers
