// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "keratin/base/configured.h"
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
class RandomNormal final : public Configured<RandomNormal, RandomNormalOptions, Initializer> {
 public:
  static constexpr std::string_view kName = "RandomNormal";
  explicit RandomNormal(RandomNormalOptions options = {});
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;

 private:
  std::int64_t seed_;
};

struct TruncatedNormalOptions {
  double mean = 0.0;
  double stddev = 0.05;
  std::optional<std::int64_t> seed = std::nullopt;
};

/// Normal distribution cut at two standard deviations from the mean (by inversion, so that nothing
/// is drawn again). `stddev` is that of the distribution before the cut.
class TruncatedNormal final
    : public Configured<TruncatedNormal, TruncatedNormalOptions, Initializer> {
 public:
  static constexpr std::string_view kName = "TruncatedNormal";
  explicit TruncatedNormal(TruncatedNormalOptions options = {});
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;

 private:
  std::int64_t seed_;
};

struct RandomUniformOptions {
  double minval = -0.05;
  double maxval = 0.05;
  std::optional<std::int64_t> seed = std::nullopt;
};

/// Uniform distribution in [minval, maxval).
class RandomUniform final : public Configured<RandomUniform, RandomUniformOptions, Initializer> {
 public:
  static constexpr std::string_view kName = "RandomUniform";
  explicit RandomUniform(RandomUniformOptions options = {});
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;

 private:
  std::int64_t seed_;
};

}  // namespace keratin::initializers
