// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/losses/loss.h"

namespace keratin::losses {

struct DiceOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "dice";
  std::optional<std::vector<std::int64_t>> axis = std::nullopt;
};

/// 1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred) + 1e-7), sums over the axes `axis`; none:
/// over everything, so that the batch has one value.
class Dice final : public Configured<Dice, DiceOptions, Loss> {
 public:
  static constexpr std::string_view kName = "Dice";
  explicit Dice(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
  Shape values_shape(const Shape& shape) const override;
};

struct TverskyOptions {
  double alpha = 0.5;
  double beta = 0.5;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "tversky";
  std::optional<std::vector<std::int64_t>> axis = std::nullopt;
};

/// 1 - i / (i + alpha fp + beta fn + 1e-7), with i = sum(y_true y_pred), fp = sum((1 - y_true)
/// y_pred), fn = sum(y_true (1 - y_pred)), sums as in Dice.
class Tversky final : public Configured<Tversky, TverskyOptions, Loss> {
 public:
  static constexpr std::string_view kName = "Tversky";
  explicit Tversky(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
  Shape values_shape(const Shape& shape) const override;
};

// Keras's functions: the values per sample. Shapes and errors as Loss.
Tensor dice(const Tensor& y_true, const Tensor& y_pred,
            const std::optional<std::vector<std::int64_t>>& axis = {});
Tensor tversky(const Tensor& y_true, const Tensor& y_pred, double alpha = 0.5, double beta = 0.5,
               const std::optional<std::vector<std::int64_t>>& axis = {});

}  // namespace keratin::losses

namespace keratin {
extern template class Configured<losses::Dice, losses::DiceOptions, losses::Loss>;
extern template class Configured<losses::Tversky, losses::TverskyOptions, losses::Loss>;
}  // namespace keratin
