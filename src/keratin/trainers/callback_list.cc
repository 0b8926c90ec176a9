// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/callback_list.h"

#include <stdexcept>

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

}  // namespace keratin::trainers
