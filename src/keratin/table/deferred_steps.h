// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace keratin::table {

/// Most pieces of state that an optimizer keeps for a row: three slots and an average.
inline constexpr std::size_t kMaxRowSlots = 4;
using RowPointers = std::array<float*, kMaxRowSlots>;

/// A row that is true after step `since`: its weights, and its pieces of optimizer state, in the
/// optimizer's order.
struct RowBehind {
  float* w;
  RowPointers slots;
  std::int64_t since;
};

/// What an optimizer owes to the rows that it has not visited: the steps in which a row had no
/// gradient, and in which Keras would have moved it all the same.
///
/// Each row of a table carries the number of the step up to which it is true, `since`; these
/// functions bring rows of n elements to now(), some at a time: what a call costs is a good part of
/// what a short row does. Threads: safe on rows of their own, while no step is being added.
class DeferredSteps {
 public:
  virtual ~DeferredSteps() = default;

  /// Steps so far: a row with since == now() is true as it is.
  virtual std::int64_t now() const = 0;
  /// Asks for the memory that catching up a row, true after step `since`, will look at.
  virtual void prefetch(std::int64_t since) const = 0;
  /// Weights become those after now(). Slots are read as they were after `since`, and left so.
  virtual void catch_up_weights(std::span<const RowBehind> rows, std::size_t n) const = 0;
  /// The same for slots alone. False, and nothing has changed, where they cannot go without the
  /// weights.
  virtual bool catch_up_slots(std::span<const RowBehind> rows, std::size_t n) const = 0;
  /// The same for weights and slots.
  virtual void catch_up(std::span<const RowBehind> rows, std::size_t n) const = 0;

  /// A row that missed so many steps may be dear, since they are taken one by one.
  virtual std::int64_t dear_after() const { return kNever; }
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  struct Advanced {
    std::int64_t since;
    bool rests;  // what is left costs no more than a visit, however many steps are yet to come
  };
  /// Brings a row that is dear so near to now() that it is not, and says up to which step it is
  /// true then. What the functions here give for it stays the same to the bit.
  virtual Advanced advance(float*, float* const*, std::size_t, std::int64_t since) const {
    return {since, true};
  }
};

}  // namespace keratin::table
