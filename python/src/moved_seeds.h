// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "bindings.h"
#include "keratin/random/seed_generator.h"
#include "passes.h"

/// Generators of seeds that functions of the user's draw from in a step: where the step fails they stand where they stood.
namespace keratin::python {

/// Those that were drawn from while it lives; ended by an error, it puts them back. Threads: one.
class MovedSeeds {
 public:
  MovedSeeds() = default;
  ~MovedSeeds() {
    if (before_.empty()) return;
    const nb::gil_scoped_acquire gil;
    if (std::uncaught_exceptions() > exceptions_) {
      for (const auto& [generator, state] : before_) nb::cast<random::SeedGenerator&>(generator).set_state(state);
    }
    before_.clear();
  }
  MovedSeeds(const MovedSeeds&) = delete;
  MovedSeeds& operator=(const MovedSeeds&) = delete;

  void note(nb::handle generator, random::Key state) {
    if (std::ranges::any_of(before_, [&](const auto& known) { return known.first.is(generator); })) return;
    before_.emplace_back(nb::borrow(generator), state);
  }
  /// What this one knows the other knows too.
  void tell(MovedSeeds& other) const {
    if (before_.empty()) return;
    const nb::gil_scoped_acquire gil;
    for (const auto& [generator, state] : before_) other.note(generator, state);
  }

 private:
  std::vector<std::pair<nb::object, random::Key>> before_;
  int exceptions_ = std::uncaught_exceptions();
};

/// While it lives this thread is in a step that a user wrote, or in a call by hand.
class SeedsOfStep {
 public:
  SeedsOfStep() : outer_(innermost_) { innermost_ = this; }
  ~SeedsOfStep() {
    innermost_ = outer_;
    if (outer_ != nullptr) seeds_.tell(outer_->seeds_);  // which may fail yet
  }
  SeedsOfStep(const SeedsOfStep&) = delete;
  SeedsOfStep& operator=(const SeedsOfStep&) = delete;
  static SeedsOfStep* innermost() { return innermost_; }
  MovedSeeds& seeds() { return seeds_; }

 private:
  SeedsOfStep* outer_;
  MovedSeeds seeds_;
  static inline thread_local SeedsOfStep* innermost_ = nullptr;
};

/// Kept by a pass of Keratin's own, which one thread makes and ends.
class SeedsOfPass {
 public:
  explicit SeedsOfPass(const Pass* pass) : pass_(pass), outer_(innermost_) { innermost_ = this; }
  ~SeedsOfPass() { innermost_ = outer_; }
  SeedsOfPass(const SeedsOfPass&) = delete;
  SeedsOfPass& operator=(const SeedsOfPass&) = delete;
  static MovedSeeds& of(Pass& pass) {
    if (innermost_ == nullptr || innermost_->pass_ != &pass) pass.keep(std::make_shared<SeedsOfPass>(&pass));
    return innermost_->seeds_;
  }

 private:
  const Pass* pass_;
  SeedsOfPass* outer_;  // of the pass that this one runs within
  MovedSeeds seeds_;
  static inline thread_local SeedsOfPass* innermost_ = nullptr;
};

/// Before a draw from a `_core.SeedGenerator`.
inline void drawing_from(nb::handle generator) {
  const random::Key state = nb::cast<const random::SeedGenerator&>(generator).state();
  Pass* const pass = CurrentPass::get();
  if (SeedsOfStep* const step = SeedsOfStep::innermost()) {
    step->seeds().note(generator, state);
  } else if (pass != nullptr && !CurrentPass::is_by_hand()) {  // else nobody knows when it has failed
    SeedsOfPass::of(*pass).note(generator, state);
  }
}

}  // namespace keratin::python
