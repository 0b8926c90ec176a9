// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "keratin/tensor/tensor.h"

namespace keratin::ops::nn {

/// The steps of (B, T, ...) that count, as rows in the order in which a recurrent cell takes them:
/// what is masked is no row, and costs nothing. Some samples make a group, which needs nothing of
/// the others; within one the longest come first, so that the rows of a step are the first samples
/// that are still running. Groups and rows depend on the steps that count alone, never on how many
/// do not, nor on threads.
class PackedSteps {
 public:
  /// A step of a group: `count` rows from `first` on.
  struct Step {
    std::int64_t first, count;
  };
  struct Group {
    std::vector<std::int64_t> samples;  // the longest first
    std::vector<Step> steps;            // each with as many rows as the one before it, or fewer
    std::int64_t first_row;
  };

  /// `mask`: bool (B, T), or null where all steps count.
  PackedSteps(std::int64_t batch, std::int64_t steps, const Tensor& mask, bool backwards);

  std::int64_t batch() const { return batch_; }
  std::int64_t steps() const { return steps_; }
  std::int64_t rows() const { return static_cast<std::int64_t>(sources_.size()); }
  std::span<const Group> groups() const { return groups_; }
  /// Where row r was read: b * T + t.
  std::int64_t source(std::int64_t row) const { return sources_[static_cast<std::size_t>(row)]; }
  /// Where it is written: b * T + how many steps, masked ones too, came before it.
  std::int64_t place(std::int64_t row) const { return places_[static_cast<std::size_t>(row)]; }
  /// How many places show it: its own, and those of the masked steps right behind it.
  std::int64_t shown(std::int64_t row) const { return shown_[static_cast<std::size_t>(row)]; }
  /// How many masked steps of the sample come before the first that counts.
  std::int64_t leading(std::int64_t sample) const {
    return leading_[static_cast<std::size_t>(sample)];
  }
  /// Whether the rows lie in their sources' order, without gaps.
  bool is_as_it_lies() const { return as_it_lies_; }

 private:
  struct Walk;
  std::int64_t batch_, steps_;
  std::vector<Group> groups_;
  std::vector<std::int64_t> sources_, places_, shown_, leading_;
  bool as_it_lies_ = false;
};

}  // namespace keratin::ops::nn
