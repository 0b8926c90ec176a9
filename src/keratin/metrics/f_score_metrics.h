// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/metrics/metric.h"

namespace keratin::metrics {

/// What FBetaScore and F1Score gather, a column each.
class FScoreCounts {
 public:
  struct Rule {
    std::optional<std::string> average;
    double beta;
    std::optional<double> threshold;
  };
  /// Throws std::invalid_argument, naming `who`, for an average other than none, "micro", "macro",
  /// "weighted", beta not positive, or a threshold outside (0, 1].
  FScoreCounts(Rule rule, std::string_view who);
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
              std::string_view who);
  Tensor result() const;
  void reset();
  std::vector<StatePart> parts();
  void set_width(std::size_t width) {
    if (columns_.empty()) columns_.resize(width);
  }

 private:
  struct Column {
    double true_positives = 0;
    double false_positives = 0;
    double false_negatives = 0;
    double weight = 0;
  };
  Rule rule_;
  std::vector<Column> columns_;
};

struct FBetaScoreOptions {
  std::optional<std::string> average = std::nullopt;
  double beta = 1.0;
  std::optional<double> threshold = std::nullopt;
  std::string name = "fbeta_score";
};

/// (1 + beta^2) precision recall / (beta^2 precision + recall) of (B, C) predictions. A prediction
/// is positive above `threshold`, or, without one, where it is the largest of its row. `average`
/// none gives a score a class (shape (0,) before the first batch), "micro" counts all classes
/// together, "macro" is the mean, "weighted" that by how often a class is true.
class FBetaScore final : public Configured<FBetaScore, FBetaScoreOptions, Metric> {
 public:
  static constexpr std::string_view kName = "FBetaScore";
  explicit FBetaScore(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override { return counts_.parts(); }
  void set_width(std::size_t width) override { counts_.set_width(width); }
  FScoreCounts counts_;
};

struct F1ScoreOptions {
  std::optional<std::string> average = std::nullopt;
  std::optional<double> threshold = std::nullopt;
  std::string name = "f1_score";
};

/// FBetaScore of beta 1 of (B, C) predictions. A prediction is
/// positive above `threshold`, or, without one, where it is the largest of its row. `average` none
/// gives a score a class (shape (0,) before the first batch), "micro" counts all classes together,
/// "macro" is the mean, "weighted" that by how often a class is true.
class F1Score final : public Configured<F1Score, F1ScoreOptions, Metric> {
 public:
  static constexpr std::string_view kName = "F1Score";
  explicit F1Score(Options options = {});

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;
  void reset_state() override;

 private:
  std::vector<StatePart> parts() override { return counts_.parts(); }
  void set_width(std::size_t width) override { counts_.set_width(width); }
  FScoreCounts counts_;
};

}  // namespace keratin::metrics
