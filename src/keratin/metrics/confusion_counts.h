// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/metrics/metric.h"

namespace keratin::metrics {

/// The option `thresholds`: none, a number, or a list of numbers.
class Thresholds {
 public:
  Thresholds() = default;
  Thresholds(std::nullopt_t) {}
  Thresholds(double one) : values_{one}, given_(true) {}
  Thresholds(std::initializer_list<double> list) : values_(list), given_(true), list_(true) {}
  Thresholds(std::vector<double> list) : values_(std::move(list)), given_(true), list_(true) {}

  /// The numbers, or `otherwise` when none were given. Throws std::invalid_argument, naming `who`,
  /// for a number outside [0, 1] or an empty list.
  std::vector<double> values_or(double otherwise, std::string_view who) const;

  friend Config to_config(const Thresholds& thresholds);
  friend void from_config(const Config& config, Thresholds& thresholds);

 private:
  std::vector<double> values_;
  bool given_ = false;
  bool list_ = false;
};

/// What is known of a prediction before it is counted.
struct CountingOptions {
  std::optional<std::int64_t> top_k = std::nullopt;  // only the k largest of a row may be positive
  std::optional<std::int64_t> class_id = std::nullopt;  // only this column is counted
  bool multi_label = false;                             // a count for every column
  bool from_logits = false;                             // predictions go through sigmoid first
  std::vector<double> label_weights = {};               // one a column; empty: all 1
};

/// Thresholds at even places, at most: 2^24, above which predictions in float32 fall between no two
/// of them. A config that asks for more asks for memory alone.
constexpr std::int64_t kMostThresholds = std::int64_t{1} << 24;

/// Throws std::invalid_argument unless `number`, the option num_thresholds, is `least` to
/// kMostThresholds, and that many fit the machine's memory.
void check_num_thresholds(std::string_view who, std::int64_t number, std::int64_t least);

/// True and false positives and negatives at each threshold: positive is what lies above it.
/// A batch of n predictions and T thresholds costs O(n log T + T), or O(n + T) where the thresholds
/// are evenly spaced over [0, 1]. Masks have no part: Keras's do not.
class ConfusionCounts {
 public:
  /// Evenly spaced thresholds are told as Keras tells them (within 1e-7 + 1e-5 of their places).
  explicit ConfusionCounts(std::vector<double> thresholds);
  /// `evenly` as Keras's AUC has it: ends at -1e-7 and 1 + 1e-7, the others evenly in between.
  ConfusionCounts(std::vector<double> thresholds, bool evenly);

  /// True where the thresholds are i / (n - 1), n > 2.
  static bool are_even(const std::vector<double>& thresholds);

  /// Throws std::invalid_argument, before any count has changed, for shapes that do not go
  /// together, a class_id or top_k that y_pred lacks.
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
              const CountingOptions& options, std::string_view who);
  void reset();
  /// Makes room for the columns of a multi-label problem, where no batch has.
  void set_labels(std::size_t labels);

  std::size_t thresholds() const { return thresholds_.size(); }
  /// 1, or the number of columns of a multi-label problem (0 before its first batch).
  std::size_t labels() const { return labels_; }

  // At threshold t and label l: element t * labels() + l.
  std::vector<double> true_positives, false_positives, true_negatives, false_negatives;

  /// One of the four as a part of a metric's state.
  StatePart part(std::string_view name, std::vector<double>& counts);
  /// All four, in Keras's order. With `multi_label` a column a label, and none before a batch.
  std::vector<StatePart> parts(bool multi_label = false);

 private:
  std::size_t positive_at(float prediction) const;

  std::vector<float> thresholds_;
  std::vector<std::size_t> order_;  // where the sorted thresholds stand in the list that was given
  std::size_t labels_ = 1;
  bool labelled_ = false;  // labels_ is known from a batch
  bool evenly_;
  bool beyond_ = false;  // the ends lie outside [0, 1]: all is above the first
};

}  // namespace keratin::metrics
