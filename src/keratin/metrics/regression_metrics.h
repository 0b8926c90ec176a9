// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/losses/regression_losses.h"
#include "keratin/metrics/mean.h"

namespace keratin::metrics {

struct MeanSquaredErrorOptions {
  std::string name = "mean_squared_error";
};

/// The mean of losses::MeanSquaredError.
class MeanSquaredError final
    : public Configured<MeanSquaredError, MeanSquaredErrorOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "MeanSquaredError";
  explicit MeanSquaredError(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::MeanSquaredError loss_;
};

struct MeanAbsoluteErrorOptions {
  std::string name = "mean_absolute_error";
};

/// The mean of losses::MeanAbsoluteError.
class MeanAbsoluteError final
    : public Configured<MeanAbsoluteError, MeanAbsoluteErrorOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "MeanAbsoluteError";
  explicit MeanAbsoluteError(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::MeanAbsoluteError loss_;
};

struct MeanAbsolutePercentageErrorOptions {
  std::string name = "mean_absolute_percentage_error";
};

/// The mean of losses::MeanAbsolutePercentageError.
class MeanAbsolutePercentageError final
    : public Configured<MeanAbsolutePercentageError, MeanAbsolutePercentageErrorOptions,
                        MeanOfValues> {
 public:
  static constexpr std::string_view kName = "MeanAbsolutePercentageError";
  explicit MeanAbsolutePercentageError(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::MeanAbsolutePercentageError loss_;
};

struct MeanSquaredLogarithmicErrorOptions {
  std::string name = "mean_squared_logarithmic_error";
};

/// The mean of losses::MeanSquaredLogarithmicError.
class MeanSquaredLogarithmicError final
    : public Configured<MeanSquaredLogarithmicError, MeanSquaredLogarithmicErrorOptions,
                        MeanOfValues> {
 public:
  static constexpr std::string_view kName = "MeanSquaredLogarithmicError";
  explicit MeanSquaredLogarithmicError(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::MeanSquaredLogarithmicError loss_;
};

struct LogCoshErrorOptions {
  std::string name = "logcosh";
};

/// The mean of losses::LogCosh.
class LogCoshError final : public Configured<LogCoshError, LogCoshErrorOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "LogCoshError";
  explicit LogCoshError(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::LogCosh loss_;
};

struct CosineSimilarityOptions {
  std::string name = "cosine_similarity";
  std::int64_t axis = -1;
};

/// The mean cosine of the angle between y_true and y_pred along `axis`: the loss of that name,
/// negated.
class CosineSimilarity final
    : public Configured<CosineSimilarity, CosineSimilarityOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "CosineSimilarity";
  explicit CosineSimilarity(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::CosineSimilarity loss_;
};

struct RootMeanSquaredErrorOptions {
  std::string name = "root_mean_squared_error";
};

/// The square root of the mean of (y_pred - y_true)^2. Keras: the mask does not apply.
class RootMeanSquaredError final
    : public Configured<RootMeanSquaredError, RootMeanSquaredErrorOptions, Metric> {
 public:
  static constexpr std::string_view kName = "RootMeanSquaredError";
  explicit RootMeanSquaredError(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override { return sum_.parts(); }
  SampleSum sum_;
};

}  // namespace keratin::metrics
