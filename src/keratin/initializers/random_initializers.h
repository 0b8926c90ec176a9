// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "keratin/initializers/initializer.h"

/// Every seeded value is that of Keras on JAX (base/distributions.h). Without a seed an object
/// takes one from make_default_seed() when it is made and keeps it: the same object always gives
/// the same values.
namespace keratin::initializers {

struct RandomNormalOptions {
  double mean = 0.0;
  double stddev = 0.05;
  std::optional<std::int64_t> seed = std::nullopt;
};

/// Normal distribution.
class RandomNormal final : public Initializer {
 public:
  using Options = RandomNormalOptions;
  explicit RandomNormal(RandomNormalOptions options = {});
  static RandomNormalOptions options_from(const Config& config);
  std::string_view class_name() const override { return "RandomNormal"; }
  Config get_config() const override;
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;

 private:
  RandomNormalOptions options_;
  std::int64_t seed_;
};

struct TruncatedNormalOptions {
  double mean = 0.0;
  double stddev = 0.05;
  std::optional<std::int64_t> seed = std::nullopt;
};

/// Normal distribution cut at two standard deviations from the mean (by inversion, so that nothing
/// is drawn again). `stddev` is that of the distribution before the cut.
class TruncatedNormal final : public Initializer {
 public:
  using Options = TruncatedNormalOptions;
  explicit TruncatedNormal(TruncatedNormalOptions options = {});
  static TruncatedNormalOptions options_from(const Config& config);
  std::string_view class_name() const override { return "TruncatedNormal"; }
  Config get_config() const override;
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;

 private:
  TruncatedNormalOptions options_;
  std::int64_t seed_;
};

struct RandomUniformOptions {
  double minval = -0.05;
  double maxval = 0.05;
  std::optional<std::int64_t> seed = std::nullopt;
};

/// Uniform distribution in [minval, maxval).
class RandomUniform final : public Initializer {
 public:
  using Options = RandomUniformOptions;
  explicit RandomUniform(RandomUniformOptions options = {});
  static RandomUniformOptions options_from(const Config& config);
  std::string_view class_name() const override { return "RandomUniform"; }
  Config get_config() const override;
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;

 private:
  RandomUniformOptions options_;
  std::int64_t seed_;
};

}  // namespace keratin::initializers
