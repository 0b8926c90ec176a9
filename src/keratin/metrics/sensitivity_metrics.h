// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/metrics/confusion_counts.h"
#include "keratin/metrics/metric.h"

namespace keratin::metrics {

struct SensitivityAtSpecificityOptions {
  double specificity = 0.5;  // Keras has no default
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id = std::nullopt;
  std::string name = "";
};

/// The best sensitivity (recall) at a threshold where the specificity is at least `specificity`.
/// Throws std::invalid_argument unless 0 <= specificity <= 1 and num_thresholds > 0.
class SensitivityAtSpecificity final
    : public Configured<SensitivityAtSpecificity, SensitivityAtSpecificityOptions, Metric> {
 public:
  static constexpr std::string_view kName = "SensitivityAtSpecificity";
  explicit SensitivityAtSpecificity(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override { return counts_.parts(); }
  ConfusionCounts counts_;
};

struct SpecificityAtSensitivityOptions {
  double sensitivity = 0.5;  // Keras has no default
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id = std::nullopt;
  std::string name = "";
};

/// The best specificity at a threshold where the sensitivity is at least `sensitivity`. Throws
/// std::invalid_argument unless 0 <= sensitivity <= 1 and num_thresholds > 0.
class SpecificityAtSensitivity final
    : public Configured<SpecificityAtSensitivity, SpecificityAtSensitivityOptions, Metric> {
 public:
  static constexpr std::string_view kName = "SpecificityAtSensitivity";
  explicit SpecificityAtSensitivity(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override { return counts_.parts(); }
  ConfusionCounts counts_;
};

struct PrecisionAtRecallOptions {
  double recall = 0.5;  // Keras has no default
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id = std::nullopt;
  std::string name = "";
};

/// The best precision at a threshold where the recall is at least `recall`. Throws
/// std::invalid_argument unless 0 <= recall <= 1 and num_thresholds > 0.
class PrecisionAtRecall final
    : public Configured<PrecisionAtRecall, PrecisionAtRecallOptions, Metric> {
 public:
  static constexpr std::string_view kName = "PrecisionAtRecall";
  explicit PrecisionAtRecall(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override { return counts_.parts(); }
  ConfusionCounts counts_;
};

struct RecallAtPrecisionOptions {
  double precision = 0.5;  // Keras has no default
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id = std::nullopt;
  std::string name = "";
};

/// The best recall at a threshold where the precision is at least `precision`. Throws
/// std::invalid_argument unless 0 <= precision <= 1 and num_thresholds > 0.
class RecallAtPrecision final
    : public Configured<RecallAtPrecision, RecallAtPrecisionOptions, Metric> {
 public:
  static constexpr std::string_view kName = "RecallAtPrecision";
  explicit RecallAtPrecision(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override { return counts_.parts(); }
  ConfusionCounts counts_;
};

}  // namespace keratin::metrics
