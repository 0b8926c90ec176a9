// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/metrics/confusion_counts.h"
#include "keratin/metrics/metric.h"

namespace keratin::metrics {

struct TruePositivesOptions {
  Thresholds thresholds = {};
  std::string name = "";
};

/// The weighted number of true positives, one a threshold (default 0.5).
class TruePositives final : public Metric {
 public:
  using Options = TruePositivesOptions;
  explicit TruePositives(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "TruePositives"; }
  Config get_config() const override;

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override {
    return {counts_.part("accumulator", counts_.true_positives)};
  }
  ConfusionCounts counts_;
  Options options_;
};

struct TrueNegativesOptions {
  Thresholds thresholds = {};
  std::string name = "";
};

/// The weighted number of true negatives, one a threshold (default 0.5).
class TrueNegatives final : public Metric {
 public:
  using Options = TrueNegativesOptions;
  explicit TrueNegatives(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "TrueNegatives"; }
  Config get_config() const override;

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override {
    return {counts_.part("accumulator", counts_.true_negatives)};
  }
  ConfusionCounts counts_;
  Options options_;
};

struct FalsePositivesOptions {
  Thresholds thresholds = {};
  std::string name = "";
};

/// The weighted number of false positives, one a threshold (default 0.5).
class FalsePositives final : public Metric {
 public:
  using Options = FalsePositivesOptions;
  explicit FalsePositives(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "FalsePositives"; }
  Config get_config() const override;

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override {
    return {counts_.part("accumulator", counts_.false_positives)};
  }
  ConfusionCounts counts_;
  Options options_;
};

struct FalseNegativesOptions {
  Thresholds thresholds = {};
  std::string name = "";
};

/// The weighted number of false negatives, one a threshold (default 0.5).
class FalseNegatives final : public Metric {
 public:
  using Options = FalseNegativesOptions;
  explicit FalseNegatives(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "FalseNegatives"; }
  Config get_config() const override;

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override {
    return {counts_.part("accumulator", counts_.false_negatives)};
  }
  ConfusionCounts counts_;
  Options options_;
};

struct PrecisionOptions {
  Thresholds thresholds = {};
  std::optional<std::int64_t> top_k = std::nullopt;
  std::optional<std::int64_t> class_id = std::nullopt;
  std::string name = "";
};

/// The share of the positive predictions that are right, one a threshold (default 0.5). With top_k
/// only the k largest of a row may be positive; with class_id only that column counts.
class Precision final : public Metric {
 public:
  using Options = PrecisionOptions;
  explicit Precision(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "Precision"; }
  Config get_config() const override;

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override {
    return {counts_.part("true_positives", counts_.true_positives),
            counts_.part("false_positives", counts_.false_positives)};
  }
  ConfusionCounts counts_;
  Options options_;
};

struct RecallOptions {
  Thresholds thresholds = {};
  std::optional<std::int64_t> top_k = std::nullopt;
  std::optional<std::int64_t> class_id = std::nullopt;
  std::string name = "";
};

/// The share of the positives that are predicted, one a threshold (default 0.5). With top_k only
/// the k largest of a row may be positive; with class_id only that column counts.
class Recall final : public Metric {
 public:
  using Options = RecallOptions;
  explicit Recall(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "Recall"; }
  Config get_config() const override;

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override {
    return {counts_.part("true_positives", counts_.true_positives),
            counts_.part("false_negatives", counts_.false_negatives)};
  }
  ConfusionCounts counts_;
  Options options_;
};

}  // namespace keratin::metrics
