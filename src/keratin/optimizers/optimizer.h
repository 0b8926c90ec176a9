// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/identifier.h"
#include "keratin/optimizers/schedules/learning_rate_schedule.h"
#include "keratin/tensor/variable.h"

namespace keratin::optimizers {

/// Turns gradients into new weights. Threads: one step at a time.
///
/// The trainer fills each variable's gradient and calls apply() once a step. The regularizer's part of
/// the gradient is added here, and the constraint applied here, because for a table both must happen
/// row by row: no (V, D) gradient is ever formed.
class Optimizer {
 public:
  virtual ~Optimizer();
  virtual std::string_view class_name() const = 0;
  virtual Config get_config() const = 0;
  const std::string& name() const;

  /// Makes the state for these variables; a second call with the same variables does nothing.
  void build(std::span<Variable* const> variables);
  bool built() const;
  /// One step on the variables it was built for (built now, if not yet). A variable without gradient
  /// is left alone, as in Keras. Throws std::invalid_argument for a variable it was not built for.
  void apply(std::span<Variable* const> variables);
  /// Writes the averages of `use_ema` into the variables: the end of fit.
  void finalize_variable_values(std::span<Variable* const> variables);

  /// Steps taken so far.
  std::int64_t iterations() const;
  /// The rate of the next step; from the schedule where there is one.
  float learning_rate() const;
  /// Throws std::invalid_argument when the rate comes from a schedule.
  void set_learning_rate(double rate);

  /// Numbers in the state: what summary() counts as optimizer params.
  std::int64_t count_params() const;

  /// The state, in Keras's order of `optimizer.variables`: iterations, learning rate, then the slots.
  std::vector<Tensor> get_weights() const;
  /// Throws std::invalid_argument, and changes nothing, when number or shapes differ.
  void set_weights(const std::vector<Tensor>& weights);

  // The closed list: optimizers.cc. Names in any case, as Keras: "adam", "Adam".
  static std::shared_ptr<Optimizer> get(std::string_view name);
  static std::shared_ptr<Optimizer> deserialize(const Config& config);
  Config serialize() const;
};

}  // namespace keratin::optimizers
