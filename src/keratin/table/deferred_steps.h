// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace keratin::table {

/// What an optimizer owes to the rows that it has not visited: the steps in which a row had no
/// gradient, and in which Keras would have moved it all the same.
///
/// Each row of a table carries the number of the step up to which it is true, `since`; these
/// functions bring one row to now(). `slots` are the row's pieces of optimizer state, in the
/// optimizer's order. Threads: safe on rows of their own, while no step is being added.
class DeferredSteps {
 public:
  virtual ~DeferredSteps() = default;

  /// Steps so far: a row with since == now() is true as it is.
  virtual std::int64_t now() const = 0;
  /// Asks for the memory that catching up a row, true after step `since`, will look at.
  virtual void prefetch(std::int64_t since) const = 0;
  /// The row's n weights, true after step `since`, become those after now(). The slots are read as
  /// they were after `since`, and left so.
  virtual void catch_up_weights(float* w, const float* const* slots, std::size_t n,
                                std::int64_t since) const = 0;
  /// The same for slots alone. False, and nothing has changed, where they cannot go without the
  /// weights.
  virtual bool catch_up_slots(float* const* slots, std::size_t n, std::int64_t since) const = 0;
  /// The same for weights and slots.
  virtual void catch_up(float* w, float* const* slots, std::size_t n, std::int64_t since) const = 0;

  /// Whether steps may be taken one by one, so that a row that missed many is dear.
  virtual bool replays() const { return false; }
  struct Advanced {
    std::int64_t since;
    bool rests;  // what is left costs no more than a visit, however many steps are yet to come
  };
  /// Where they are, brings the row as near to now() as it is dear, and says up to which step it is
  /// true then. What the functions here give for it stays the same to the bit.
  virtual Advanced advance(float*, float* const*, std::size_t, std::int64_t since) const {
    return {since, true};
  }
};

}  // namespace keratin::table
