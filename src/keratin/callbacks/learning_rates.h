// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/base/error.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/trainers/callback.h"

namespace keratin::callbacks {

/// Calls f(optimizer, name) for what has a rate: the optimizer, whose name is then "", or each of a
/// MultiOptimizer.
template <class F>
void for_each_rate(optimizers::Optimizer& optimizer, const F& f) {
  if (optimizer.several().empty()) return f(optimizer, std::string());
  for (const auto& one : optimizer.several()) f(*one, one->name());
}

/// Into the logs: "learning_rate", or of a MultiOptimizer "learning_rate_adam" ...
inline void log_rates(optimizers::Optimizer& optimizer, Logs& logs) {
  for_each_rate(optimizer, [&](const optimizers::Optimizer& one, const std::string& name) {
    logs.set(name.empty() ? "learning_rate" : "learning_rate_" + name,
             static_cast<double>(one.learning_rate()));
  });
}

}  // namespace keratin::callbacks
