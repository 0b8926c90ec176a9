// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/losses/hinge_losses.h"
#include "keratin/metrics/mean.h"

namespace keratin::metrics {

struct HingeOptions {
  std::string name = "hinge";
};

/// The mean of losses::Hinge.
class Hinge final : public Configured<Hinge, HingeOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "Hinge";
  explicit Hinge(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::Hinge loss_;
};

struct SquaredHingeOptions {
  std::string name = "squared_hinge";
};

/// The mean of losses::SquaredHinge.
class SquaredHinge final : public Configured<SquaredHinge, SquaredHingeOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "SquaredHinge";
  explicit SquaredHinge(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::SquaredHinge loss_;
};

struct CategoricalHingeOptions {
  std::string name = "categorical_hinge";
};

/// The mean of losses::CategoricalHinge.
class CategoricalHinge final
    : public Configured<CategoricalHinge, CategoricalHingeOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "CategoricalHinge";
  explicit CategoricalHinge(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::CategoricalHinge loss_;
};

}  // namespace keratin::metrics
