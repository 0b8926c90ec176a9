// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

/// An optimizer that has others take its steps, each of some of the variables. Its state is a
/// number of steps and a rate, 0, as every optimizer of Keras has, what it adds, and then the state
/// of each of the others.
class SharedOut : public Optimizer {
 public:
  const std::vector<std::shared_ptr<Optimizer>>& optimizers() const { return inner_; }

  void build(std::span<Variable* const> variables) override;
  bool built() const override { return built_; }
  void unbuild() override;
  std::vector<const Variable*> variables() const override;
  void apply(std::span<Variable* const> variables, const Gradients& gradients) override;
  /// Of all that it has.
  void exclude_from_weight_decay(std::span<Variable* const> variables,
                                 std::vector<std::string> names = {}) override;
  void finalize_variable_values(std::span<Variable* const> variables) override;
  std::int64_t count_params() const override;
  std::vector<Tensor> get_weights() const override;
  Tensor get_weight(std::size_t index) const override;
  std::vector<std::string> weight_names() const override;
  void set_weights(const std::vector<Tensor>& weights) override;

 protected:
  /// Of optimizers that are there, each once.
  SharedOut(std::string_view class_name, const OptimizerOptions& options,
            std::vector<std::shared_ptr<Optimizer>> inner);
  /// Which of optimizers() moves that variable.
  virtual std::size_t place_of(const Variable& /*variable*/) const { return 0; }
  /// What it adds to the state once it is built: numbers.
  virtual std::vector<std::string> own_names() const { return {}; }
  virtual std::vector<Tensor> own_state() const { return {}; }
  /// Of as many numbers. Cannot fail.
  virtual void set_own_state(std::span<const Tensor> /*state*/) {}

 private:
  std::vector<Tensor> weights_of_this() const;
  std::vector<Share> shares(std::span<Variable* const> variables) const;

  std::vector<std::shared_ptr<Optimizer>> inner_;
  std::vector<Variable*> variables_;
  std::unordered_map<const Variable*, std::size_t> places_;  // in inner_
  bool built_ = false;
};

}  // namespace keratin::optimizers
