// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/callback.h"

#include <stdexcept>

namespace keratin {

void Logs::set(std::string_view name, double value) {
  for (auto& [known, number] : items_) {
    if (known == name) {
      number = value;
      return;
    }
  }
  items_.emplace_back(name, value);
}

std::optional<double> Logs::get(std::string_view name) const {
  for (const auto& [known, number] : items_) {
    if (known == name) return number;
  }
  return std::nullopt;
}

namespace callbacks {

trainers::Trainer& Callback::model() const {
  if (model_ == nullptr)
    throw std::logic_error("[Callback] it is not part of a fit, evaluate or predict.");
  return *model_;
}

}  // namespace callbacks
}  // namespace keratin
