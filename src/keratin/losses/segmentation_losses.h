// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/losses/loss.h"

namespace keratin::losses {

struct DiceOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "dice";
  std::optional<std::vector<std::int64_t>> axis = std::nullopt;
};

/// 1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred) + 1e-7), sums over the axes `axis`; none:
/// over everything, so that the batch has one value.
class Dice final : public Loss {
 public:
  using Options = DiceOptions;
  explicit Dice(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "Dice"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;
  Shape values_shape(const Shape& shape) const override;

  Options options_;
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
class Tversky final : public Loss {
 public:
  using Options = TverskyOptions;
  explicit Tversky(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "Tversky"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;
  Shape values_shape(const Shape& shape) const override;

  Options options_;
};

}  // namespace keratin::losses
