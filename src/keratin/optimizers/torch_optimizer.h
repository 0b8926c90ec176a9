// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/optimizer.h"

/// For keratin.torch alone: no list has it, and no file names it. Not installed.
namespace keratin::optimizers {

/// Names are torch's; each formula takes those that it has.
struct TorchOptimizerOptions {
  std::string formula = "SGD";  // or "RMSprop", "Adagrad", "Adam"
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay =
      {};  // w -= w * weight_decay * learning_rate, before the rest
  double momentum = 0;
  double dampening = 0;
  bool nesterov = false;
  double alpha = 0.99;
  double eps = 1e-8;
  bool centered = false;
  double lr_decay = 0;
  double initial_accumulator_value = 0;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  bool amsgrad = false;
#include "keratin/optimizers/options_of_all.inc"
};

/// The step of torch.optim's class of that name on a dense gradient, t being 1 at the first one:
///
///   SGD: buf = momentum * buf + g * (t == 1 ? 1 : 1 - dampening); w -= lr * buf, nesterov:
///     w -= lr * (g + momentum * buf); without momentum w -= lr * g
///   RMSprop: v = alpha * v + (1 - alpha) * g^2; step = g / (sqrt(v) + eps), centered: with
///     a = alpha * a + (1 - alpha) * g, sqrt(v - a^2); w -= lr * step, or with momentum
///     buf = momentum * buf + step, w -= lr * buf
///   Adagrad: sum += g^2; w -= lr / (1 + (t - 1) * lr_decay) * g / (sqrt(sum) + eps)
///   Adam: m += (g - m) * (1 - beta_1); v += (g^2 - v) * (1 - beta_2);
///     w -= lr / (1 - beta_1^t) * m / (sqrt(v / (1 - beta_2^t)) + eps), amsgrad: of the largest v
///
/// Scalars are taken in double, as torch takes them. Throws std::invalid_argument for another
/// formula, and where a row without gradient would be 0 / 0.
class TorchOptimizer final : public Configured<TorchOptimizer, TorchOptimizerOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "TorchOptimizer";
  explicit TorchOptimizer(Options options = {});
};

}  // namespace keratin::optimizers

extern template class keratin::Configured<keratin::optimizers::TorchOptimizer,
                                          keratin::optimizers::TorchOptimizerOptions,
                                          keratin::optimizers::Optimizer>;
