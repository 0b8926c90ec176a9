// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/constraints/constraint.h"

/// Constraints on the L2 norms along some axes of a weight. Where norm + 1e-7 stands below, the
/// 1e-7 is keras.config.epsilon().
namespace keratin::constraints {

/// The axes a norm runs over: `0`, `{0, 1, 2}`, or `nullptr` (Keras: None) for all. Negative ones
/// count from the end.
class Axes {
 public:
  template <std::integral Int>
  Axes(Int axis) : axes_{static_cast<int>(axis)} {}
  Axes(std::initializer_list<int> axes) : axes_(axes), is_list_(true) {}
  Axes(std::vector<int> axes) : axes_(std::move(axes)), is_list_(true) {}
  Axes(std::nullptr_t) : is_all_(true) {}

  /// Writes for each dimension of `shape` whether the norm runs over it. Throws
  /// std::invalid_argument, [who], for an axis that is not there or comes twice.
  void mark(std::string_view who, const Shape& shape, std::span<bool> normed) const;
  /// Whether the norms of a matrix take in more than one row.
  bool include_rows() const;
  /// Whether there is one norm for each row of a matrix.
  bool are_of_rows() const;

  friend Config to_config(const Axes& axes);
  friend void from_config(const Config& config, Axes& axes);

 private:
  std::vector<int> axes_;
  bool is_list_ = false;
  bool is_all_ = false;
};

struct MaxNormOptions {
  double max_value = 2;
  Axes axis = 0;
};

/// w * min(norm, max_value) / (norm + 1e-7).
class MaxNorm final : public Configured<MaxNorm, MaxNormOptions, Constraint> {
 public:
  static constexpr std::string_view kName = "MaxNorm";
  explicit MaxNorm(MaxNormOptions options = {});
  void apply(std::span<float> w, const Shape& shape) const override;
  bool couples_rows() const override { return options_.axis.include_rows(); }
  std::vector<NormRange> norm_ranges() const override;
};

struct UnitNormOptions {
  Axes axis = 0;
};

/// w / (norm + 1e-7).
class UnitNorm final : public Configured<UnitNorm, UnitNormOptions, Constraint> {
 public:
  static constexpr std::string_view kName = "UnitNorm";
  explicit UnitNorm(UnitNormOptions options = {});
  void apply(std::span<float> w, const Shape& shape) const override;
  bool couples_rows() const override { return options_.axis.include_rows(); }
  std::vector<NormRange> norm_ranges() const override;
};

struct MinMaxNormOptions {
  double min_value = 0.0;
  double max_value = 1.0;
  double rate = 1.0;
  Axes axis = 0;
};

/// w * (rate * clip(norm, min_value, max_value) + (1 - rate) * norm) / (norm + 1e-7).
class MinMaxNorm final : public Configured<MinMaxNorm, MinMaxNormOptions, Constraint> {
 public:
  static constexpr std::string_view kName = "MinMaxNorm";
  explicit MinMaxNorm(MinMaxNormOptions options = {});
  void apply(std::span<float> w, const Shape& shape) const override;
  bool couples_rows() const override { return options_.axis.include_rows(); }
  std::vector<NormRange> norm_ranges() const override;
};

}  // namespace keratin::constraints
