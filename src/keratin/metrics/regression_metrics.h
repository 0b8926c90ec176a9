// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/losses/regression_losses.h"
#include "keratin/metrics/mean.h"

namespace keratin::metrics {

struct MeanSquaredErrorOptions {
  std::string name = "mean_squared_error";
};

/// The mean of losses::MeanSquaredError.
class MeanSquaredError final : public MeanOfValues {
 public:
  using Options = MeanSquaredErrorOptions;
  explicit MeanSquaredError(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "MeanSquaredError"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::MeanSquaredError loss_;
};

struct MeanAbsoluteErrorOptions {
  std::string name = "mean_absolute_error";
};

/// The mean of losses::MeanAbsoluteError.
class MeanAbsoluteError final : public MeanOfValues {
 public:
  using Options = MeanAbsoluteErrorOptions;
  explicit MeanAbsoluteError(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "MeanAbsoluteError"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::MeanAbsoluteError loss_;
};

struct MeanAbsolutePercentageErrorOptions {
  std::string name = "mean_absolute_percentage_error";
};

/// The mean of losses::MeanAbsolutePercentageError.
class MeanAbsolutePercentageError final : public MeanOfValues {
 public:
  using Options = MeanAbsolutePercentageErrorOptions;
  explicit MeanAbsolutePercentageError(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "MeanAbsolutePercentageError"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::MeanAbsolutePercentageError loss_;
};

struct MeanSquaredLogarithmicErrorOptions {
  std::string name = "mean_squared_logarithmic_error";
};

/// The mean of losses::MeanSquaredLogarithmicError.
class MeanSquaredLogarithmicError final : public MeanOfValues {
 public:
  using Options = MeanSquaredLogarithmicErrorOptions;
  explicit MeanSquaredLogarithmicError(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "MeanSquaredLogarithmicError"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::MeanSquaredLogarithmicError loss_;
};

struct LogCoshErrorOptions {
  std::string name = "logcosh";
};

/// The mean of losses::LogCosh.
class LogCoshError final : public MeanOfValues {
 public:
  using Options = LogCoshErrorOptions;
  explicit LogCoshError(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "LogCoshError"; }
  Config get_config() const override;

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
class CosineSimilarity final : public MeanOfValues {
 public:
  using Options = CosineSimilarityOptions;
  explicit CosineSimilarity(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "CosineSimilarity"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::CosineSimilarity loss_;
  Options options_;
};

struct RootMeanSquaredErrorOptions {
  std::string name = "root_mean_squared_error";
};

/// The square root of the mean of (y_pred - y_true)^2. Keras: the mask does not apply.
class RootMeanSquaredError final : public Metric {
 public:
  using Options = RootMeanSquaredErrorOptions;
  explicit RootMeanSquaredError(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "RootMeanSquaredError"; }
  Config get_config() const override;

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override { return sum_.parts(); }
  SampleSum sum_;
};

}  // namespace keratin::metrics
