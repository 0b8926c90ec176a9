// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/losses/loss.h"

namespace keratin::losses {

struct MeanSquaredErrorOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "mean_squared_error";
};

/// mean((y_true - y_pred)^2) over the last axis.
class MeanSquaredError final : public Loss {
 public:
  using Options = MeanSquaredErrorOptions;
  explicit MeanSquaredError(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "MeanSquaredError"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;

  Options options_;
};

struct MeanAbsoluteErrorOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "mean_absolute_error";
};

/// mean(|y_true - y_pred|) over the last axis.
class MeanAbsoluteError final : public Loss {
 public:
  using Options = MeanAbsoluteErrorOptions;
  explicit MeanAbsoluteError(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "MeanAbsoluteError"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;

  Options options_;
};

struct MeanAbsolutePercentageErrorOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "mean_absolute_percentage_error";
};

/// 100 mean(|y_true - y_pred| / max(|y_true|, 1e-7)) over the last axis.
class MeanAbsolutePercentageError final : public Loss {
 public:
  using Options = MeanAbsolutePercentageErrorOptions;
  explicit MeanAbsolutePercentageError(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "MeanAbsolutePercentageError"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;

  Options options_;
};

struct MeanSquaredLogarithmicErrorOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "mean_squared_logarithmic_error";
};

/// mean((log(max(y_true, 1e-7) + 1) - log(max(y_pred, 1e-7) + 1))^2) over the last axis.
class MeanSquaredLogarithmicError final : public Loss {
 public:
  using Options = MeanSquaredLogarithmicErrorOptions;
  explicit MeanSquaredLogarithmicError(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "MeanSquaredLogarithmicError"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;

  Options options_;
};

struct HuberOptions {
  double delta = 1.0;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "huber_loss";
};

/// The mean over the last axis of e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2, with
/// e = y_pred - y_true. Throws std::invalid_argument unless delta > 0.
class Huber final : public Loss {
 public:
  using Options = HuberOptions;
  explicit Huber(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "Huber"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;

  Options options_;
};

struct LogCoshOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "log_cosh";
};

/// mean(log(cosh(y_pred - y_true))) over the last axis.
class LogCosh final : public Loss {
 public:
  using Options = LogCoshOptions;
  explicit LogCosh(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "LogCosh"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;

  Options options_;
};

struct CosineSimilarityOptions {
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "cosine_similarity";
};

/// -sum(l2_normalize(y_true) l2_normalize(y_pred)) along `axis`: -1 for the same direction, 1 for
/// the opposite. A norm below 1e-7 counts as 1e-7.
class CosineSimilarity final : public Loss {
 public:
  using Options = CosineSimilarityOptions;
  explicit CosineSimilarity(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "CosineSimilarity"; }
  Config get_config() const override;

 private:
  double evaluate(const Batch& batch) const override;
  std::int64_t axis() const override { return options_.axis; }

  Options options_;
};

}  // namespace keratin::losses
