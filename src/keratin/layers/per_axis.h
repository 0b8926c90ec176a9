// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/config.h"

namespace keratin::layers {

/// A number for each axis that a window has: one for all of them, or one each. Keras: an int or a
/// tuple.
class PerAxis {
 public:
  PerAxis() = default;  // none
  PerAxis(std::int64_t all) : numbers_{all}, is_one_(true) {}
  PerAxis(std::initializer_list<std::int64_t> each) : numbers_(each) {}
  explicit PerAxis(std::vector<std::int64_t> each) : numbers_(std::move(each)) {}

  explicit operator bool() const { return !numbers_.empty(); }
  bool is_one() const { return is_one_; }
  const std::vector<std::int64_t>& list() const { return numbers_; }
  std::int64_t operator[](std::size_t axis) const { return numbers_[axis]; }
  std::size_t size() const { return numbers_.size(); }
  /// One for each of `axes` axes, each from `least` to 2^31 - 1. Throws std::invalid_argument, in
  /// the name of `who` and of its argument `name`, for others.
  PerAxis checked(std::string_view who, std::string_view name, std::size_t axes,
                  std::int64_t least = 1) const;

 private:
  std::vector<std::int64_t> numbers_;
  bool is_one_ = false;
};

Config to_config(const PerAxis& numbers);
void from_config(const Config& config, PerAxis& numbers);

}  // namespace keratin::layers
