// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct AdagradOptions {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Divides the gradient by a root of the sum of its squares so far:
///   a += g^2; w -= learning_rate * g / sqrt(a + epsilon).
class Adagrad final : public Configured<Adagrad, AdagradOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "Adagrad";
  explicit Adagrad(Options options = {});
};

}  // namespace keratin::optimizers
