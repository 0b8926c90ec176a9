// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/losses/hinge_losses.h"
#include "keratin/metrics/mean.h"

namespace keratin::metrics {

struct HingeOptions {
  std::string name = "hinge";
};

/// The mean of losses::Hinge.
class Hinge final : public MeanOfValues {
 public:
  using Options = HingeOptions;
  explicit Hinge(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "Hinge"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::Hinge loss_;
};

struct SquaredHingeOptions {
  std::string name = "squared_hinge";
};

/// The mean of losses::SquaredHinge.
class SquaredHinge final : public MeanOfValues {
 public:
  using Options = SquaredHingeOptions;
  explicit SquaredHinge(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "SquaredHinge"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::SquaredHinge loss_;
};

struct CategoricalHingeOptions {
  std::string name = "categorical_hinge";
};

/// The mean of losses::CategoricalHinge.
class CategoricalHinge final : public MeanOfValues {
 public:
  using Options = CategoricalHingeOptions;
  explicit CategoricalHinge(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "CategoricalHinge"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::CategoricalHinge loss_;
};

}  // namespace keratin::metrics
