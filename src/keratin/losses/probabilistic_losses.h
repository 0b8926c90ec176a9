// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/losses/loss.h"

namespace keratin::losses {

struct BinaryCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "binary_crossentropy";
};

/// The mean along `axis` of -(y log p + (1 - y) log(1 - p)), with p clipped to [1e-7, 1 - 1e-7];
/// with `from_logits` p = sigmoid(y_pred). `label_smoothing` s takes y to y (1 - s) + s / 2. Throws
/// std::invalid_argument unless 0 <= label_smoothing <= 1.
class BinaryCrossentropy final : public Loss {
 public:
  using Options = BinaryCrossentropyOptions;
  explicit BinaryCrossentropy(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "BinaryCrossentropy"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;
  std::int64_t axis() const override { return options_.axis; }

  Options options_;
};

struct BinaryFocalCrossentropyOptions {
  bool apply_class_balancing = false;
  double alpha = 0.25;
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "binary_focal_crossentropy";
};

/// The mean along `axis` of (1 - p_t)^gamma times the binary crossentropy, p_t the probability
/// given to the true class; with `apply_class_balancing` also times alpha (class 1) or 1 - alpha
/// (class 0). Throws std::invalid_argument unless 0 <= label_smoothing <= 1.
class BinaryFocalCrossentropy final : public Loss {
 public:
  using Options = BinaryFocalCrossentropyOptions;
  explicit BinaryFocalCrossentropy(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "BinaryFocalCrossentropy"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;
  std::int64_t axis() const override { return options_.axis; }

  Options options_;
};

struct KLDivergenceOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "kl_divergence";
};

/// sum(y_true log(y_true / y_pred)) over the last axis, both clipped to [1e-7, 1].
class KLDivergence final : public Loss {
 public:
  using Options = KLDivergenceOptions;
  explicit KLDivergence(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "KLDivergence"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;

  Options options_;
};

struct PoissonOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "poisson";
};

/// mean(y_pred - y_true log(y_pred + 1e-7)) over the last axis.
class Poisson final : public Loss {
 public:
  using Options = PoissonOptions;
  explicit Poisson(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "Poisson"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;

  Options options_;
};

}  // namespace keratin::losses
