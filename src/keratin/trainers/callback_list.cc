// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/callback_list.h"

#include <cstddef>
#include <stdexcept>
#include <string>

namespace keratin::trainers {

CallbackList::CallbackList(const std::vector<CallbackChoice>& choices, Trainer& model,
                           callbacks::Params params) {
  bool has_progress = params.verbose == 0;
  for (const CallbackChoice& choice : choices) {
    if (!choice.get()) throw std::invalid_argument("[Trainer] a callback must be given.");
    callbacks_.push_back(choice.get());
    has_progress = has_progress || choice.get()->shows_progress();
  }
  if (!has_progress) callbacks_.push_back(callbacks::make_progress());
  for (const auto& callback : callbacks_) {
    callback->set_model(&model);
    callback->set_params(params);
  }
}

CallbackList::~CallbackList() {
  for (const auto& callback : callbacks_) callback->set_model(nullptr);
}

/// Another error is on its way, which says what happened first.
void CallbackList::all_heard_anyway() const noexcept {
  try {
    (*this)(&callbacks::Callback::on_all_heard);
  } catch (...) {
  }
}

RunState CallbackList::run_state() const {
  RunState state;
  for (std::size_t i = 0; i < callbacks_.size(); ++i)
    state.add(std::to_string(i), callbacks_[i]->run_state());
  return state;
}

void CallbackList::set_run_state(const RunState& state) const {
  for (std::size_t i = 0; i < callbacks_.size(); ++i)
    callbacks_[i]->set_run_state(state.part(std::to_string(i)));
}

}  // namespace keratin::trainers
