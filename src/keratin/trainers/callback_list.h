// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "keratin/trainers/callback.h"
#include "keratin/trainers/trainer.h"

namespace keratin::trainers {

/// The callbacks of one fit, evaluate or predict, called in their order; verbose adds the progress
/// at the end unless one of them shows it. They lose the model when the list goes.
class CallbackList {
 public:
  CallbackList(const std::vector<CallbackChoice>& choices, Trainer& model,
               callbacks::Params params);
  ~CallbackList();
  CallbackList(const CallbackList&) = delete;
  CallbackList& operator=(const CallbackList&) = delete;

  bool empty() const { return callbacks_.empty(); }

  /// Calls one hook of each: `list(&Callback::on_epoch_end, epoch, logs)`.
  template <class Hook, class... Args>
  void operator()(Hook hook, Args&&... args) const {
    for (const auto& callback : callbacks_) (callback.get()->*hook)(args...);
  }
  /// The same of a hook that on_all_heard() stands behind.
  template <class Hook, class... Args>
  void and_all_heard(Hook hook, Args&&... args) const {
    try {
      (*this)(hook, args...);
    } catch (...) {
      all_heard_anyway();
      throw;
    }
    (*this)(&callbacks::Callback::on_all_heard);
  }

  /// Of each that has one, by its place.
  RunState run_state() const;
  void set_run_state(const RunState& state) const;

 private:
  void all_heard_anyway() const noexcept;

  std::vector<std::shared_ptr<callbacks::Callback>> callbacks_;
};

}  // namespace keratin::trainers
