// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/losses/loss.h"

namespace keratin::losses {

struct MeanSquaredErrorOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "mean_squared_error";
};

/// mean((y_true - y_pred)^2) over the last axis.
class MeanSquaredError final : public Configured<MeanSquaredError, MeanSquaredErrorOptions, Loss> {
 public:
  static constexpr std::string_view kName = "MeanSquaredError";
  explicit MeanSquaredError(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
};

struct MeanAbsoluteErrorOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "mean_absolute_error";
};

/// mean(|y_true - y_pred|) over the last axis.
class MeanAbsoluteError final
    : public Configured<MeanAbsoluteError, MeanAbsoluteErrorOptions, Loss> {
 public:
  static constexpr std::string_view kName = "MeanAbsoluteError";
  explicit MeanAbsoluteError(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
};

struct MeanAbsolutePercentageErrorOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "mean_absolute_percentage_error";
};

/// 100 mean(|y_true - y_pred| / max(|y_true|, 1e-7)) over the last axis.
class MeanAbsolutePercentageError final
    : public Configured<MeanAbsolutePercentageError, MeanAbsolutePercentageErrorOptions, Loss> {
 public:
  static constexpr std::string_view kName = "MeanAbsolutePercentageError";
  explicit MeanAbsolutePercentageError(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
};

struct MeanSquaredLogarithmicErrorOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "mean_squared_logarithmic_error";
};

/// mean((log(max(y_true, 1e-7) + 1) - log(max(y_pred, 1e-7) + 1))^2) over the last axis.
class MeanSquaredLogarithmicError final
    : public Configured<MeanSquaredLogarithmicError, MeanSquaredLogarithmicErrorOptions, Loss> {
 public:
  static constexpr std::string_view kName = "MeanSquaredLogarithmicError";
  explicit MeanSquaredLogarithmicError(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
};

struct HuberOptions {
  double delta = 1.0;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "huber_loss";
};

/// The mean over the last axis of e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2, with
/// e = y_pred - y_true. Throws std::invalid_argument unless delta > 0.
class Huber final : public Configured<Huber, HuberOptions, Loss> {
 public:
  static constexpr std::string_view kName = "Huber";
  explicit Huber(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
};

struct LogCoshOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "log_cosh";
};

/// mean(log(cosh(y_pred - y_true))) over the last axis.
class LogCosh final : public Configured<LogCosh, LogCoshOptions, Loss> {
 public:
  static constexpr std::string_view kName = "LogCosh";
  explicit LogCosh(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
};

struct CosineSimilarityOptions {
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "cosine_similarity";
};

/// -sum(l2_normalize(y_true) l2_normalize(y_pred)) along `axis`: -1 for the same direction, 1 for
/// the opposite. A norm below 1e-7 counts as 1e-7.
class CosineSimilarity final : public Configured<CosineSimilarity, CosineSimilarityOptions, Loss> {
 public:
  static constexpr std::string_view kName = "CosineSimilarity";
  explicit CosineSimilarity(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
  std::int64_t axis() const override { return options_.axis; }
};

// Keras's functions: the values per sample. Shapes and errors as Loss.
Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred);
Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred);
Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred);
Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred);
Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta = 1.0);
Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred);
Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis = -1);

}  // namespace keratin::losses

namespace keratin {
extern template class Configured<losses::MeanSquaredError, losses::MeanSquaredErrorOptions,
                                 losses::Loss>;
extern template class Configured<losses::MeanAbsoluteError, losses::MeanAbsoluteErrorOptions,
                                 losses::Loss>;
extern template class Configured<losses::MeanAbsolutePercentageError,
                                 losses::MeanAbsolutePercentageErrorOptions, losses::Loss>;
extern template class Configured<losses::MeanSquaredLogarithmicError,
                                 losses::MeanSquaredLogarithmicErrorOptions, losses::Loss>;
extern template class Configured<losses::Huber, losses::HuberOptions, losses::Loss>;
extern template class Configured<losses::LogCosh, losses::LogCoshOptions, losses::Loss>;
extern template class Configured<losses::CosineSimilarity, losses::CosineSimilarityOptions,
                                 losses::Loss>;
}  // namespace keratin
