// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/losses/loss.h"

namespace keratin::losses {

struct HingeOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "hinge";
};

/// mean(max(1 - y_true y_pred, 0)) over the last axis. Labels are -1 and 1; where all of a batch
/// are 0 or 1 they are taken to -1 and 1.
class Hinge final : public Loss {
 public:
  using Options = HingeOptions;
  explicit Hinge(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "Hinge"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;

  Options options_;
};

struct SquaredHingeOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "squared_hinge";
};

/// mean(max(1 - y_true y_pred, 0)^2) over the last axis; labels as in Hinge.
class SquaredHinge final : public Loss {
 public:
  using Options = SquaredHingeOptions;
  explicit SquaredHinge(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "SquaredHinge"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;

  Options options_;
};

struct CategoricalHingeOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "categorical_hinge";
};

/// max(max((1 - y_true) y_pred) - sum(y_true y_pred) + 1, 0) over the last axis.
class CategoricalHinge final : public Loss {
 public:
  using Options = CategoricalHingeOptions;
  explicit CategoricalHinge(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "CategoricalHinge"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;

  Options options_;
};

}  // namespace keratin::losses
