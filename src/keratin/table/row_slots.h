// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "keratin/table/deferred_steps.h"
#include "keratin/tensor/pages.h"

namespace keratin::table {

/// Most pieces of state that an optimizer keeps for a row: three slots and an average.
inline constexpr std::size_t kMaxRowSlots = 4;
using RowPointers = std::array<float*, kMaxRowSlots>;

/// What one optimizer keeps beside the rows of one table: the slots of each row, and the step up to
/// which the row is true. Rows have places, which the table gives out.
class RowSlots {
 public:
  /// `initial` has the first value of each slot. `steps` may be null: then a row stands still while
  /// it has no gradient. They must not be used without the table they are attached to.
  RowSlots(std::int64_t width, std::vector<float> initial,
           std::shared_ptr<const DeferredSteps> steps)
      : width_(width),
        initial_(std::move(initial)),
        steps_(std::move(steps)),
        slots_(initial_.size()) {}

  std::size_t count() const { return initial_.size(); }
  float initial(std::size_t slot) const { return initial_[slot]; }
  const DeferredSteps* steps() const { return steps_.get(); }

  /// Slot `k` of the row at `place` and of those that follow it.
  float* slot(std::size_t k, std::int64_t place = 0) const {
    return static_cast<float*>(slots_[k].data()) + place * width_;
  }
  RowPointers at(std::int64_t place) const {
    RowPointers result{};
    for (std::size_t k = 0; k < count(); ++k) result[k] = slot(k, place);
    return result;
  }
  std::int64_t& since(std::int64_t place) const {
    return static_cast<std::int64_t*>(since_.data())[place];
  }
  void prefetch(std::int64_t place) const;

  /// Makes room for `places` rows in all. Throws OutOfMemory; then nothing has changed that counts.
  void grow(std::int64_t places);
  /// Gives the rows up to `places` that have none their first values, true at step `since`.
  void start(std::int64_t places, std::int64_t since);

 private:
  std::int64_t width_;
  std::vector<float> initial_;
  std::shared_ptr<const DeferredSteps> steps_;
  std::vector<Pages> slots_;
  std::int64_t started_ = 0;
  Pages since_;  // int64 a place; none without steps
};

}  // namespace keratin::table
