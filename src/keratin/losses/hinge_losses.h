// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/losses/loss.h"

namespace keratin::losses {

struct HingeOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "hinge";
};

/// mean(max(1 - y_true y_pred, 0)) over the last axis. Labels are -1 and 1; where all of a batch
/// are 0 or 1 they are taken to -1 and 1.
class Hinge final : public Configured<Hinge, HingeOptions, Loss> {
 public:
  static constexpr std::string_view kName = "Hinge";
  explicit Hinge(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
};

struct SquaredHingeOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "squared_hinge";
};

/// mean(max(1 - y_true y_pred, 0)^2) over the last axis; labels as in Hinge.
class SquaredHinge final : public Configured<SquaredHinge, SquaredHingeOptions, Loss> {
 public:
  static constexpr std::string_view kName = "SquaredHinge";
  explicit SquaredHinge(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
};

struct CategoricalHingeOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "categorical_hinge";
};

/// max(max((1 - y_true) y_pred) - sum(y_true y_pred) + 1, 0) over the last axis.
class CategoricalHinge final : public Configured<CategoricalHinge, CategoricalHingeOptions, Loss> {
 public:
  static constexpr std::string_view kName = "CategoricalHinge";
  explicit CategoricalHinge(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
};

// Keras's functions: the values per sample. Shapes and errors as Loss.
Tensor hinge(const Tensor& y_true, const Tensor& y_pred);
Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred);
Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred);

}  // namespace keratin::losses

namespace keratin {
extern template class Configured<losses::Hinge, losses::HingeOptions, losses::Loss>;
extern template class Configured<losses::SquaredHinge, losses::SquaredHingeOptions, losses::Loss>;
extern template class Configured<losses::CategoricalHinge, losses::CategoricalHingeOptions,
                                 losses::Loss>;
}  // namespace keratin
