// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/monitor_callback.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "keratin/base/error.h"
#include "keratin/trainers/trainer.h"

namespace keratin::callbacks {
namespace {

// Keras: the `_direction` of its metrics. The counts (TruePositives ...), Mean and Sum have none.
constexpr std::array<std::string_view, 24> kMoreIsBetter = {"Accuracy",
                                                            "BinaryAccuracy",
                                                            "CategoricalAccuracy",
                                                            "SparseCategoricalAccuracy",
                                                            "TopKCategoricalAccuracy",
                                                            "SparseTopKCategoricalAccuracy",
                                                            "Precision",
                                                            "Recall",
                                                            "SensitivityAtSpecificity",
                                                            "SpecificityAtSensitivity",
                                                            "PrecisionAtRecall",
                                                            "RecallAtPrecision",
                                                            "AUC",
                                                            "PearsonCorrelation",
                                                            "ConcordanceCorrelation",
                                                            "FBetaScore",
                                                            "F1Score",
                                                            "IoU",
                                                            "BinaryIoU",
                                                            "MeanIoU",
                                                            "OneHotIoU",
                                                            "OneHotMeanIoU",
                                                            "CosineSimilarity",
                                                            "R2Score"};
constexpr std::array<std::string_view, 14> kLessIsBetter = {
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy",
    "KLDivergence",
    "Poisson",
    "Hinge",
    "SquaredHinge",
    "CategoricalHinge",
    "MeanSquaredError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredLogarithmicError",
    "RootMeanSquaredError",
    "LogCoshError",
};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_validation(std::string_view name) { return name.substr(0, 4) == "val_"; }

}  // namespace

MonitorCallback::MonitorCallback(std::string_view who, std::string monitor, std::string_view mode,
                                 double min_delta)
    : who_(who) {
  watch(std::move(monitor), mode, min_delta);
}

void MonitorCallback::watch(std::string monitor, std::string_view mode, double min_delta) {
  Direction direction = Direction::kUnknown;
  if (mode == "min") {
    direction = Direction::kLess;
  } else if (mode == "max") {
    direction = Direction::kMore;
  } else if (mode != "auto") {
    invalid_argument(who_, "mode must be 'auto', 'min' or 'max'. Received: '", mode, "'");
  }
  monitor_ = std::move(monitor);
  min_delta_ = std::fabs(min_delta);
  direction_ = direction;
}

MonitorCallback::Direction MonitorCallback::direction_of_metric() const {
  const std::string_view name =
      is_validation(monitor_) ? std::string_view(monitor_).substr(4) : monitor_;
  if (name == "loss") return Direction::kLess;
  const metrics::Metric* metric = model().find_metric(name);
  if (metric != nullptr && contains(kMoreIsBetter, metric->class_name())) return Direction::kMore;
  if (metric != nullptr && contains(kLessIsBetter, metric->class_name())) return Direction::kLess;
  invalid_argument(who_, "cannot tell whether '", monitor_,
                   "' should grow or shrink: give mode = \"max\" or mode = \"min\".");
}

std::optional<double> MonitorCallback::watched_if_there(const Logs& logs) {
  const std::optional<double> value = logs.get(monitor_);
  if (value && direction_ == Direction::kUnknown) direction_ = direction_of_metric();
  return value;
}

std::optional<double> MonitorCallback::watched(const Logs& logs) {
  const std::optional<double> value = watched_if_there(logs);
  if (!value) {
    bool validated = false;
    std::string names;
    for (const auto& item : logs) {
      validated = validated || is_validation(item.first);
      names += (names.empty() ? "" : ", ") + item.first;
    }
    if (is_validation(monitor_) && !validated && params().validation) return std::nullopt;
    invalid_argument(who_, "monitor = '", monitor_,
                     "' is not among the numbers of an epoch. Available: ", names);
  }
  return value;
}

bool MonitorCallback::is_improvement(double value, std::optional<double> reference) const {
  if (!reference) return true;
  const auto bound = static_cast<float>(*reference);
  return direction_ == Direction::kLess ? static_cast<float>(value + min_delta_) < bound
                                        : static_cast<float>(value - min_delta_) > bound;
}

}  // namespace keratin::callbacks
