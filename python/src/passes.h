// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "keratin/graph/pass.h"

/// Functions of the user's that are part of a pass: the `call` of a layer, a loss, what stands under a GradientTape.
namespace keratin::python {

/// While it lives, this thread is in a call of a model or layer that the user wrote down, outside of any other: what is in
/// its pass may be asked for.
class CalledByHand {
 public:
  CalledByHand() : outer_(is_) { is_ = true; }
  ~CalledByHand() { is_ = outer_; }
  CalledByHand(const CalledByHand&) = delete;
  CalledByHand& operator=(const CalledByHand&) = delete;
  static bool is_so() { return is_; }

 private:
  bool outer_;
  static inline thread_local bool is_ = false;
};

/// While it lives, this thread is in a function of the user's that is part of `pass`: weights that the function reads
/// are values of that pass, and layers that it calls take part in it. They may stand one in another.
class CurrentPass {
 public:
  /// `by_hand`: the user opened it, by a GradientTape or a call from outside of any model, and may ask what was in it.
  explicit CurrentPass(Pass* pass, bool by_hand = false) : outer_(innermost_), outer_by_hand_(by_hand_) {
    by_hand_ = by_hand || (pass == innermost_ ? by_hand_ : innermost_ == nullptr && CalledByHand::is_so());
    innermost_ = pass;
  }
  ~CurrentPass() {
    innermost_ = outer_;
    by_hand_ = outer_by_hand_;
  }
  CurrentPass(const CurrentPass&) = delete;
  CurrentPass& operator=(const CurrentPass&) = delete;

  /// The innermost; null outside of such functions.
  static Pass* get() { return innermost_; }
  static bool is_by_hand() { return by_hand_; }

 private:
  Pass* outer_;
  bool outer_by_hand_;
  static inline thread_local Pass* innermost_ = nullptr;
  static inline thread_local bool by_hand_ = false;
};

/// What `training` is in a call that says so, or says nothing: then as around it.
class TrainingHere {
 public:
  TrainingHere(Pass& pass, std::optional<bool> training) : pass_(pass), outside_(pass.training) {
    if (training) pass.training = *training;
  }
  ~TrainingHere() { pass_.training = outside_; }
  TrainingHere(const TrainingHere&) = delete;
  TrainingHere& operator=(const TrainingHere&) = delete;

 private:
  Pass& pass_;
  bool outside_;
};

}  // namespace keratin::python
