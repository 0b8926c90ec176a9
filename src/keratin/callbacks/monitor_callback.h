// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/trainers/callback.h"

namespace keratin::callbacks {

/// What callbacks that watch one number share: whether less or more of it is better, and what
/// counts as better. Keras: `MonitorCallback`.
class MonitorCallback : public Callback {
 protected:
  /// Throws std::invalid_argument unless mode is "auto", "min" or "max".
  MonitorCallback(std::string_view who, std::string monitor, std::string_view mode,
                  double min_delta);
  /// From now on; throws as the constructor does.
  void watch(std::string monitor, std::string_view mode, double min_delta);

  /// The watched number; nothing in an epoch without validation when it is one of validation's.
  /// Throws std::invalid_argument when it can never come, naming those there are, and for mode
  /// "auto" when the metric does not say which way is better.
  std::optional<double> watched(const Logs& logs);
  /// The same; nothing wherever it is not among these numbers.
  std::optional<double> watched_if_there(const Logs& logs);
  const std::string& monitor() const { return monitor_; }
  /// Better than `reference` by more than min_delta, in float32 as Keras compares; anything is
  /// better than nothing. Only after watched().
  bool is_improvement(double value, std::optional<double> reference) const;

 private:
  enum class Direction { kUnknown, kLess, kMore };
  Direction direction_of_metric() const;

  std::string who_;
  std::string monitor_;
  double min_delta_ = 0;
  Direction direction_ = Direction::kUnknown;
};

}  // namespace keratin::callbacks
