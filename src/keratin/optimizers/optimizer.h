// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/identifier.h"
#include "keratin/base/owned.h"
#include "keratin/graph/pass.h"
#include "keratin/optimizers/schedules/learning_rate_schedule.h"
#include "keratin/tensor/gradients.h"
#include "keratin/tensor/variable.h"

namespace keratin::optimizers {

class Rule;          // the formula of one optimizer: rule.h
class StepGradient;  // one gradient of a step: step_gradient.h
struct VariableState;
struct OwnOptimizer;
struct Move;

/// What every optimizer takes, those of Keras's base class: the options of one of your own.
struct OptimizerOptions {
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Functions of a user's that stand where a class derived from one of the closed list would have
/// methods anew; each may be none.
struct Overrides {
  std::string class_name;  // that errors name
  /// In the place of update_step(): Optimizer::base_update_step() is what it stands before.
  std::function<void(const Value&, Variable&, float learning_rate, Pass&)> update_step = {};
  /// In the place of apply(), which it may call.
  std::function<void(std::span<Variable* const>, const Gradients&)> apply = {};
};

/// Turns gradients into new weights. Movable, not copyable. Threads: one step at a time.
///
/// The trainer calls apply() once a step. The regularizer's part of the gradient is added here, and
/// the constraint applied here, because for a table both must happen row by row: no (V, D) gradient
/// is ever formed.
///
/// Every optimizer takes, after its own options, those of Keras's base class:
///   weight_decay: w -= w * weight_decay * learning_rate, before the rule
///   clipnorm, clipvalue, global_clipnorm: at most one of them
///   use_ema, ema_momentum, ema_overwrite_frequency: averages of the weights
///   loss_scale_factor: the gradients are of the loss times this; they are divided by it
///   gradient_accumulation_steps: weights move every so many calls of apply, by the mean gradient
/// Norms are of the whole gradient of a variable (global: of all variables), regularizer included.
/// A table that has an optimizer of its own (DistributedEmbedding) is moved by that, in the same
/// step, and so is the state of that one a part, the last, of this one's. Steps are taken as Keras
/// takes them on the JAX backend.
///
/// One of your own derives from it, and gives class_name(), get_config(), update_step() and, where
/// it has state, build_variables(). All of the above is done around it:
///
///   class Momentum : public optimizers::Optimizer {
///    public:
///     explicit Momentum(optimizers::OptimizerOptions options) : Optimizer("Momentum", options) {}
///     std::string_view class_name() const override { return "Momentum"; }
///     Config get_config() const override { return base_config(); }
///
///    protected:
///     void build_variables(std::span<Variable* const> variables) override {
///       moments_ = add_variables(variables, "momentum");
///     }
///     void update_step(const Value& gradient, Variable& variable, float learning_rate,
///                      Pass& step) override {
///       Variable& moment = *moments_[index_of(variable)];
///       step.update(moment, (0.9 * step.value(moment) - learning_rate * gradient).tensor());
///       step.update(variable, (step.value(variable) + step.value(moment)).tensor());
///     }
///
///    private:
///     std::vector<Variable*> moments_;
///   };
class Optimizer {
 public:
  virtual ~Optimizer();
  virtual std::string_view class_name() const = 0;
  virtual Config get_config() const = 0;
  const std::string& name() const;

  /// Makes the state for these variables, which must outlive the optimizer's use; a second call
  /// with some of the same variables does nothing, and with any other throws std::invalid_argument.
  virtual void build(std::span<Variable* const> variables);
  virtual bool built() const;
  /// As before build(): it has no variables and no state of them. For who built it to see which
  /// state it would have, and found none that fits.
  virtual void unbuild();
  /// Those it was built for.
  virtual std::vector<const Variable*> variables() const;
  /// One step on the variables it was built for (built now, if not yet). A variable without
  /// gradient and regularizer is left alone, as in Keras; gradients of others are not looked at.
  /// The gradients stay as they are. Throws std::invalid_argument for a variable it was not built
  /// for, and when no variable has a gradient; then nothing has changed. What a constraint throws
  /// comes out at the end of the step, which is whole but for that projection.
  virtual void apply(std::span<Variable* const> variables, const Gradients& gradients);
  /// A step as trainers take it: apply(), or the function in its place, whose gradients have the
  /// part of the penalties, as Keras's do; apply() does not add that again then.
  void step(std::span<Variable* const> variables, const Gradients& gradients);
  /// From now on these functions, which must not throw away what a step needs (a table is swept
  /// whole where there is an update_step). Throws std::invalid_argument after build().
  void override_with(Overrides functions);
  bool is_overridden() const;
  /// The step of one variable as this class takes it, within Overrides::update_step: its state
  /// becomes what step.value() gives of it at the end of the step. Throws std::logic_error outside
  /// of that, std::invalid_argument for a gradient of another shape.
  void base_update_step(const Value& gradient, Variable& variable, float learning_rate, Pass& step);
  /// These variables, and those whose name contains one of `names` ("bias"), get no weight decay.
  /// Throws std::invalid_argument after build().
  virtual void exclude_from_weight_decay(std::span<Variable* const> variables,
                                         std::vector<std::string> names = {});
  /// Writes the averages of `use_ema` into the variables: the end of fit.
  virtual void finalize_variable_values(std::span<Variable* const> variables);
  /// Whether it has `use_ema`.
  virtual bool keeps_averages() const;
  /// Exchanges the averages of `use_ema` with the variables' values; before build() there are none,
  /// and nothing happens. Throws std::invalid_argument without `use_ema`, and then nothing has
  /// changed.
  virtual void swap_averages();
  /// Makes the averages what the variables are now. Otherwise as swap_averages().
  virtual void reset_averages();

  /// The gradients, one a variable, as apply() would clip them by clipnorm, clipvalue or
  /// global_clipnorm. New float32 tensors; null stays null.
  std::vector<Tensor> clip_gradients(const std::vector<Tensor>& gradients) const;

  /// Those of a MultiOptimizer, each of which has a rate while there is none of all; none of
  /// others.
  virtual std::span<const std::shared_ptr<Optimizer>> several() const { return {}; }
  /// Steps taken so far: calls of apply(), over gradient_accumulation_steps where that is set.
  virtual std::int64_t iterations() const;
  /// As if so many calls of apply() had been made: what schedules and corrections of a bias go by.
  /// Keras: `optimizer.iterations.assign`. Throws std::invalid_argument for a negative number.
  virtual void set_iterations(std::int64_t calls);
  /// What the loss (its gradient) is to be multiplied by before apply(); 1 where nothing was set.
  virtual float loss_scale_factor() const;
  /// From now on that; none: 1.
  virtual void set_loss_scale_factor(std::optional<double> factor);
  /// The rate of the next step; from the schedule where there is one.
  virtual float learning_rate() const;
  /// The rate as an option: the schedule, or the number as it stands now.
  virtual LearningRate learning_rate_option() const;
  /// Throws std::invalid_argument when the rate comes from a schedule.
  virtual void set_learning_rate(double rate);
  /// From now on the rates come from this schedule; it is no part of get_weights() any more. Throws
  /// std::invalid_argument for null.
  virtual void set_learning_rate(std::shared_ptr<const schedules::LearningRateSchedule> schedule);

  /// Numbers in the state: what a model's summary() counts as optimizer params.
  virtual std::int64_t count_params() const;
  /// The state, in Keras's order of `optimizer.variables`: iterations, learning rate, then the
  /// slots. Of a table whose rows are drawn on demand the slots are those of the rows in use,
  /// (n, D), in the order of Embedding::used_rows(); throws std::invalid_argument where steps have
  /// moved rows that were never drawn (weight decay, Ftrl).
  virtual std::vector<Tensor> get_weights() const;
  /// One of them. Throws std::out_of_range where there is none.
  virtual Tensor get_weight(std::size_t index) const;
  /// Their names, as Keras has them: "iteration", "learning_rate", "dense_kernel_momentum".
  virtual std::vector<std::string> weight_names() const;
  /// Throws std::invalid_argument, and changes nothing, when number or shapes differ.
  virtual void set_weights(const std::vector<Tensor>& weights);

  // The closed list: optimizers.cc. Names in any case, as Keras: "adam", "Adam".
  static std::shared_ptr<Optimizer> get(std::string_view name);
  static std::shared_ptr<Optimizer> deserialize(const Config& config);
  Config serialize() const;

 protected:
  /// Throws std::invalid_argument where Keras refuses the options.
  Optimizer(std::string_view class_name, const OptimizerOptions& options,
            std::unique_ptr<Rule> rule);
  Optimizer(Optimizer&&) noexcept;
  Optimizer& operator=(Optimizer&&) noexcept;

  /// What apply() is of one optimizer, of several that share the variables out among them: all of
  /// them take their step, or none does.
  using Share = std::pair<Optimizer*, std::vector<Variable*>>;
  static void apply_all(std::span<const Share> shares, const Gradients& gradients);

  // For an optimizer of one's own.

  /// Throws std::invalid_argument where Keras refuses the options.
  Optimizer(std::string_view class_name, const OptimizerOptions& options);
  /// What `variable`, and its state, become by its gradient: step.update() says it, step.value()
  /// reads them as they are in this step. They become so at the end of the step; what it throws
  /// leaves everything as it was. `gradient` is float32 of the variable's shape, of a table too,
  /// whose rows are all visited then: with the penalties' part, unscaled and clipped. Weight decay
  /// is in step.value(variable) already; averages and constraints follow.
  virtual void update_step(const Value& gradient, Variable& variable, float learning_rate,
                           Pass& step);
  /// Makes the state of the variables, which build() was given; what it throws leaves nothing.
  virtual void build_variables(std::span<Variable* const> /*variables*/) {}
  /// A part of the state: float32, all `initial`. It is there as long as the optimizer, wherever
  /// that is moved, and part of get_weights(), behind everything else.
  Variable& add_variable(std::string_view name, const Shape& shape, float initial = 0);
  /// One of the shape and the path of a variable. Keras: `add_variable_from_reference`.
  Variable& add_variable_like(const Variable& variable, std::string_view name, float initial = 0);
  /// One like each variable, in their order. Keras: `add_optimizer_variables`.
  std::vector<Variable*> add_variables(std::span<Variable* const> variables, std::string_view name,
                                       float initial = 0);
  /// Its place among those that build() was given. Throws std::invalid_argument where it has none.
  std::size_t index_of(const Variable& variable) const;
  /// The options that all have: where get_config() begins.
  Config base_config() const;

 private:
  struct Step;
  class TableMoves;
  std::vector<OwnOptimizer> shared_out(std::span<Variable* const> variables,
                                       std::vector<Variable*>& rest);
  void set_rest(const std::vector<Tensor>& weights);
  void add_steps(std::span<Variable* const> variables, const Gradients& gradients,
                 std::vector<Step>& steps);
  static void take(std::span<Step> steps, const Gradients& gradients);
  void prepare(Step& step, const Gradients& found);
  std::exception_ptr finish(Step& step);
  void build_own();
  void exchange_averages(bool both);
  void update_own(const VariableState& of, const StepGradient& gradient, float rate, Pass& step);
  void rule_step(const Value& gradient, Variable& variable, float rate, Pass& step);
  struct State;
  Owned<State> state_;
};

}  // namespace keratin::optimizers
