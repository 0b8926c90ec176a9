// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

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

 protected:
  FanScaled(std::string_view who, VarianceScalingOptions options);
  const VarianceScalingOptions& options() const { return options_; }

 private:
  VarianceScalingOptions options_;
  std::int64_t seed_;
};

/// Throws std::invalid_argument for a scale that is not positive, an unknown mode or distribution.
/// The distribution is read without case; "normal" (Keras 2) means "truncated_normal".
class VarianceScaling final : public FanScaled {
 public:
  using Options = VarianceScalingOptions;
  explicit VarianceScaling(VarianceScalingOptions options = {});
  static VarianceScalingOptions options_from(const Config& config);
  std::string_view class_name() const override { return "VarianceScaling"; }
  Config get_config() const override;
};

/// The options of the six classes with a fixed scale.
struct FanOptions {
  std::optional<std::int64_t> seed = std::nullopt;
  std::optional<std::vector<std::int64_t>> input_axes = std::nullopt;
  std::optional<std::vector<std::int64_t>> output_axes = std::nullopt;
};

using GlorotUniformOptions = FanOptions;

/// Uniform in [-limit, limit], limit = sqrt(6 / (fan_in + fan_out)). Glorot and Bengio 2010.
class GlorotUniform final : public FanScaled {
 public:
  using Options = GlorotUniformOptions;
  explicit GlorotUniform(GlorotUniformOptions options = {});
  static GlorotUniformOptions options_from(const Config& config);
  std::string_view class_name() const override { return "GlorotUniform"; }
  Config get_config() const override;
};

using GlorotNormalOptions = FanOptions;

/// Truncated normal of standard deviation sqrt(2 / (fan_in + fan_out)). Glorot and Bengio 2010.
class GlorotNormal final : public FanScaled {
 public:
  using Options = GlorotNormalOptions;
  explicit GlorotNormal(GlorotNormalOptions options = {});
  static GlorotNormalOptions options_from(const Config& config);
  std::string_view class_name() const override { return "GlorotNormal"; }
  Config get_config() const override;
};

using LecunNormalOptions = FanOptions;

/// Truncated normal of standard deviation sqrt(1 / fan_in). Klambauer et al. 2017.
class LecunNormal final : public FanScaled {
 public:
  using Options = LecunNormalOptions;
  explicit LecunNormal(LecunNormalOptions options = {});
  static LecunNormalOptions options_from(const Config& config);
  std::string_view class_name() const override { return "LecunNormal"; }
  Config get_config() const override;
};

using LecunUniformOptions = FanOptions;

/// Uniform in [-limit, limit], limit = sqrt(3 / fan_in).
class LecunUniform final : public FanScaled {
 public:
  using Options = LecunUniformOptions;
  explicit LecunUniform(LecunUniformOptions options = {});
  static LecunUniformOptions options_from(const Config& config);
  std::string_view class_name() const override { return "LecunUniform"; }
  Config get_config() const override;
};

using HeNormalOptions = FanOptions;

/// Truncated normal of standard deviation sqrt(2 / fan_in). He et al. 2015.
class HeNormal final : public FanScaled {
 public:
  using Options = HeNormalOptions;
  explicit HeNormal(HeNormalOptions options = {});
  static HeNormalOptions options_from(const Config& config);
  std::string_view class_name() const override { return "HeNormal"; }
  Config get_config() const override;
};

using HeUniformOptions = FanOptions;

/// Uniform in [-limit, limit], limit = sqrt(6 / fan_in). He et al. 2015.
class HeUniform final : public FanScaled {
 public:
  using Options = HeUniformOptions;
  explicit HeUniform(HeUniformOptions options = {});
  static HeUniformOptions options_from(const Config& config);
  std::string_view class_name() const override { return "HeUniform"; }
  Config get_config() const override;
};

}  // namespace keratin::initializers
