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

struct TruePositivesOptions {
  Thresholds thresholds = {};
  std::string name = "";
};

/// The weighted number of true positives, one a threshold (default 0.5).
class TruePositives final : public Configured<TruePositives, TruePositivesOptions, Metric> {
 public:
  static constexpr std::string_view kName = "TruePositives";
  explicit TruePositives(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override {
    return {counts_.part("accumulator", counts_.true_positives)};
  }
  ConfusionCounts counts_;
};

struct TrueNegativesOptions {
  Thresholds thresholds = {};
  std::string name = "";
};

/// The weighted number of true negatives, one a threshold (default 0.5).
class TrueNegatives final : public Configured<TrueNegatives, TrueNegativesOptions, Metric> {
 public:
  static constexpr std::string_view kName = "TrueNegatives";
  explicit TrueNegatives(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override {
    return {counts_.part("accumulator", counts_.true_negatives)};
  }
  ConfusionCounts counts_;
};

struct FalsePositivesOptions {
  Thresholds thresholds = {};
  std::string name = "";
};

/// The weighted number of false positives, one a threshold (default 0.5).
class FalsePositives final : public Configured<FalsePositives, FalsePositivesOptions, Metric> {
 public:
  static constexpr std::string_view kName = "FalsePositives";
  explicit FalsePositives(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override {
    return {counts_.part("accumulator", counts_.false_positives)};
  }
  ConfusionCounts counts_;
};

struct FalseNegativesOptions {
  Thresholds thresholds = {};
  std::string name = "";
};

/// The weighted number of false negatives, one a threshold (default 0.5).
class FalseNegatives final : public Configured<FalseNegatives, FalseNegativesOptions, Metric> {
 public:
  static constexpr std::string_view kName = "FalseNegatives";
  explicit FalseNegatives(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override {
    return {counts_.part("accumulator", counts_.false_negatives)};
  }
  ConfusionCounts counts_;
};

struct PrecisionOptions {
  Thresholds thresholds = {};
  std::optional<std::int64_t> top_k = std::nullopt;
  std::optional<std::int64_t> class_id = std::nullopt;
  std::string name = "";
};

/// The share of the positive predictions that are right, one a threshold (default 0.5). With top_k
/// only the k largest of a row may be positive; with class_id only that column counts.
class Precision final : public Configured<Precision, PrecisionOptions, Metric> {
 public:
  static constexpr std::string_view kName = "Precision";
  explicit Precision(Options options = {});

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
};

struct RecallOptions {
  Thresholds thresholds = {};
  std::optional<std::int64_t> top_k = std::nullopt;
  std::optional<std::int64_t> class_id = std::nullopt;
  std::string name = "";
};

/// The share of the positives that are predicted, one a threshold (default 0.5). With top_k only
/// the k largest of a row may be positive; with class_id only that column counts.
class Recall final : public Configured<Recall, RecallOptions, Metric> {
 public:
  static constexpr std::string_view kName = "Recall";
  explicit Recall(Options options = {});

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
};

}  // namespace keratin::metrics
