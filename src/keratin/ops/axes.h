// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "keratin/graph/operation.h"

namespace keratin::ops {

/// Python's `axis` argument: None (all axes), one, or several. Negative ones count from the end.
class Axes {
 public:
  Axes() = default;  // None
  Axes(std::int64_t axis) : axes_(std::vector<std::int64_t>{axis}), is_one_(true) {}
  Axes(std::initializer_list<std::int64_t> axes) : axes_(std::vector<std::int64_t>(axes)) {}
  Axes(std::vector<std::int64_t> axes) : axes_(std::move(axes)) {}

  bool is_none() const { return !axes_; }
  bool is_one() const { return is_one_; }
  const std::vector<std::int64_t>& list() const { return *axes_; }
  /// Each as 0 <= axis < rank in the order given; all of them in order where this is None. Throws
  /// std::invalid_argument, in the name of `op`, for one that is not there or comes twice.
  std::vector<std::int64_t> of(const Operation& op, std::size_t rank) const;

 private:
  std::optional<std::vector<std::int64_t>> axes_;
  bool is_one_ = false;
};

Config to_config(const Axes& axes);
void from_config(const Config& config, Axes& axes);

/// Axis 0 <= axis < rank. Throws std::invalid_argument in the name of `op` where there is none.
std::size_t axis_of(const Operation& op, std::int64_t axis, std::size_t rank);

}  // namespace keratin::ops
