// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/regularizers/regularizer.h"

/// The penalties that are sums over elements. Factors must be finite and not negative, else the
/// constructors throw std::invalid_argument.
namespace keratin::regularizers {

struct L1Options {
  double l1 = 0.01;
};

/// l1 * sum(|x|). Keras on JAX: the derivative at 0 is +l1 (on torch and TensorFlow it is 0).
class L1 final : public Configured<L1, L1Options, Regularizer> {
 public:
  static constexpr std::string_view kName = "L1";
  explicit L1(L1Options options = {});
  float penalty(std::span<const float> x, const Shape& shape) const override;
  std::optional<double> part_of_penalty(std::span<const float> x) const override;
  void add_gradient(std::span<const float> x, const Shape& shape, float scale,
                    std::span<float> gradient) const override;
};

struct L2Options {
  double l2 = 0.01;
};

/// l2 * sum(x^2).
class L2 final : public Configured<L2, L2Options, Regularizer> {
 public:
  static constexpr std::string_view kName = "L2";
  explicit L2(L2Options options = {});
  float penalty(std::span<const float> x, const Shape& shape) const override;
  std::optional<double> part_of_penalty(std::span<const float> x) const override;
  void add_gradient(std::span<const float> x, const Shape& shape, float scale,
                    std::span<float> gradient) const override;
};

struct L1L2Options {
  double l1 = 0.0;
  double l2 = 0.0;
};

/// l1 * sum(|x|) + l2 * sum(x^2). The name "l1_l2" gives 0.01 for both, as Keras documents.
class L1L2 final : public Configured<L1L2, L1L2Options, Regularizer> {
 public:
  static constexpr std::string_view kName = "L1L2";
  explicit L1L2(L1L2Options options = {});
  float penalty(std::span<const float> x, const Shape& shape) const override;
  std::optional<double> part_of_penalty(std::span<const float> x) const override;
  void add_gradient(std::span<const float> x, const Shape& shape, float scale,
                    std::span<float> gradient) const override;
};

}  // namespace keratin::regularizers
