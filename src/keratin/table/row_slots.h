// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "keratin/table/deferred_steps.h"
#include "keratin/tensor/pages.h"

namespace keratin::table {

/// What one optimizer keeps beside the rows of one table: the slots of each row, and the step up to
/// which the row is true. Rows have places, which the table gives out.
class RowSlots {
 public:
  /// `initial` has the first value of each slot. `steps` may be null: then a row stands still while
  /// it has no gradient. They must not be used without the table they are attached to.
  /// `kind` says which optimizer's they are, for a file that has them from before.
  RowSlots(std::int64_t width, std::vector<float> initial,
           std::shared_ptr<const DeferredSteps> steps, std::string kind = {})
      : width_(width),
        kind_(std::move(kind)),
        initial_(std::move(initial)),
        steps_(std::move(steps)),
        slots_(initial_.size()) {}

  const std::string& kind() const { return kind_; }
  std::size_t count() const { return initial_.size(); }
  float initial(std::size_t slot) const { return initial_[slot]; }
  const DeferredSteps* steps() const { return steps_.get(); }

  /// Slot `k` of the row at `place` and of those that follow it.
  float* slot(std::size_t k, std::int64_t place = 0) const {
    return static_cast<float*>(slots_[k].data()) + place * width_;
  }
  /// The slots of a row; null behind the last.
  RowPointers at(std::int64_t place) const {
    RowPointers result{};
    const std::int64_t first = place * width_;
    const Pages* const slots = slots_.data();
    for (std::size_t k = 0; k < slots_.size(); ++k)
      result[k] = static_cast<float*>(slots[k].data()) + first;
    return result;
  }
  /// The step up to which the row is true, and whether DeferredSteps::advance() has nothing to do
  /// for it.
  std::int64_t since(std::int64_t place) const { return since_of(state(place)); }
  bool rests(std::int64_t place) const { return rests_of(state(place)); }
  void set_since(std::int64_t place, std::int64_t step, bool rests = false) const {
    state(place) = state_of(step, rests);
  }
  /// For one thread among several to take a row for itself, until it says set_claimed(): what
  /// state() was, or kClaimed when another has it.
  std::int64_t claim(std::int64_t place) const {
    return std::atomic_ref(state(place)).exchange(kClaimed, std::memory_order_acq_rel);
  }
  void set_claimed(std::int64_t place, std::int64_t state_now) const {
    std::atomic_ref(state(place)).store(state_now, std::memory_order_release);
  }
  static constexpr std::int64_t kClaimed = -1;
  static constexpr std::int64_t since_of(std::int64_t state) { return state >> 1; }
  static constexpr bool rests_of(std::int64_t state) { return (state & 1) != 0; }
  static constexpr std::int64_t state_of(std::int64_t since, bool rests) {
    return 2 * since + (rests ? 1 : 0);
  }
  /// Calls body(address) for each cache line of what is kept of a row.
  template <class Body>
  void for_lines(std::int64_t place, const Body& body) const {
    for (const Pages& slot : slots_) {
      const float* row = static_cast<const float*>(slot.data()) + place * width_;
      for (std::int64_t d = 0; d < width_; d += 16) body(row + d);
    }
    if (steps_) body(&state(place));
  }

  /// Makes room for `places` rows in all. Throws OutOfMemory; then nothing has changed that counts.
  void grow(std::int64_t places);
  /// Slot `k` of `places` rows lies at `data`, which `owner` keeps, from now on.
  void lie_at(std::size_t k, float* data, std::int64_t places, std::shared_ptr<const void> owner);
  /// Where they lay is others' from now on: they cannot be attached any more.
  void lose() {
    for (Pages& slot : slots_) slot = Pages();
    is_lost_ = true;
  }
  bool is_lost() const { return is_lost_; }
  /// The rows up to `places` have their values already.
  void start_with(std::int64_t places) { started_ = places; }
  /// Steps of the optimizer, as it counts them: what a file keeps beside its slots.
  std::int64_t iterations() const { return iterations_; }
  void set_iterations(std::int64_t iterations) { iterations_ = iterations; }
  /// Gives the rows up to `places` that have none their first values, true at step `since`.
  void start(std::int64_t places, std::int64_t since);
  /// Gives the row at `place` its first values again, true at step `since`.
  void restart(std::int64_t place, std::int64_t since) const;

 private:
  std::int64_t& state(std::int64_t place) const {
    return static_cast<std::int64_t*>(since_.data())[place];
  }

  std::int64_t width_;
  std::string kind_;
  std::int64_t iterations_ = 0;
  bool is_lost_ = false;
  std::vector<float> initial_;
  std::shared_ptr<const DeferredSteps> steps_;
  std::vector<Pages> slots_;
  std::int64_t started_ = 0;
  Pages since_;  // state_of() each place; none without steps
};

}  // namespace keratin::table
