// SPDX-License-Identifier: Apache-2.0
// Trainer's fit and evaluate: the loops over epochs and batches.
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/parallel/parallel.h"
#include "keratin/random/process_state.h"
#include "keratin/trainers/callback_list.h"
#include "keratin/trainers/checked_source.h"
#include "keratin/trainers/class_weight.h"
#include "keratin/trainers/noted.h"
#include "keratin/trainers/training_state.h"

namespace keratin::trainers {
namespace {

using callbacks::Callback;

void check_positive(std::string_view name, const std::optional<std::int64_t>& count) {
  if (count && *count <= 0) invalid_argument("fit", name, " must be positive. Received: ", *count);
}

void check(const FitOptions& options) {
  check_verbose("fit", options.verbose);
  if (options.epochs <= 0)
    invalid_argument("fit", "epochs must be positive. Received: ", options.epochs);
  if (options.initial_epoch < 0) {
    invalid_argument("fit",
                     "initial_epoch must not be negative. Received: ", options.initial_epoch);
  }
  if (options.validation_freq.every() <= 0) {
    invalid_argument(
        "fit", "validation_freq must be positive. Received: ", options.validation_freq.every());
  }
  check_positive("steps_per_epoch", options.steps_per_epoch);
  check_positive("validation_steps", options.validation_steps);
  check_positive("validation_batch_size", options.validation_batch_size);
  if (options.sample_weight && !options.class_weight.empty()) {
    invalid_argument("fit", "sample_weight and class_weight cannot be given at the same time.");
  }
}

struct FitData {
  Arrays train;
  std::optional<Arrays> validation;
};

/// validation_data, where they are arrays.
std::optional<Arrays> validation_arrays(const FitOptions& options, const Places& places) {
  if (!options.validation_data || options.validation_data->source) return std::nullopt;
  const ValidationData& given = *options.validation_data;
  constexpr std::string_view who = "fit: validation_data";
  return places(who, checked_arrays(who, {given.x, given.y, given.sample_weight}));
}

FitData fit_data(const Tensors& x, const Tensors& y, const FitOptions& options,
                 const Places& places) {
  FitData data;
  data.train = places("fit", checked_arrays("fit", {x, y, options.sample_weight}));
  data.validation = validation_arrays(options, places);
  if (options.validation_split != 0 && !options.validation_data) {
    SplitArrays split = train_validation_split("fit", data.train, options.validation_split);
    data = {std::move(split.train), std::move(split.validation)};
  }
  weigh_classes("fit", data.train, options.class_weight);
  return data;
}

template <class Call>
void in_validation_data(Call&& call) {
  with_note(
      true, [] { return std::string(" (In validation_data.)"); }, call);
}

constexpr std::string_view kRanOut =
    "The data ran out before steps_per_epoch batches: the epoch is short, and the next one starts "
    "a new pass.";
constexpr std::string_view kUsedUp =
    "The data are used up: they came from a source that can be gone through once. Give "
    "steps_per_epoch, or a source that starts anew at every pass.";

}  // namespace

/// What fit and evaluate share: passes over data, of arrays or of batches.
struct Trainer::Loop {
  Trainer& model;
  const CallbackList& callbacks;
  const BetweenBatches& between_batches;
  const WhenIdle& when_idle;
  // Of a fit, where a run that takes this one up would begin: in that epoch, or before it.
  const EpochIterator* training = nullptr;
  const EpochIterator* validating = nullptr;
  int epoch = 0;
  bool within = false;

  /// Calls `step` for each batch of an epoch; false where there was none. Positions in a step's
  /// errors count from the first sample of the batch, so they are told where the batch is from.
  template <class Step>
  bool each(EpochIterator& batches, Step&& step, std::int64_t first = 0) const {
    Batch batch;
    for (std::int64_t i = first; next(batches, batch); ++i) {
      if (between_batches) between_batches();
      if (when_idle) when_idle();
      if (!step(i, batch)) break;
    }
    if (batches.empty()) {
      callbacks(&Callback::on_warning, kUsedUp);
    } else if (batches.ran_out()) {
      callbacks(&Callback::on_warning, kRanOut);
    }
    return !batches.empty();
  }

  bool next(EpochIterator& batches, Batch& batch) const {
    const parallel::Interruptible here(&between_batches);
    return batches.next(batch);
  }
  /// An epoch begins: a new order of the samples may be drawn.
  bool begin(EpochIterator& batches) const {
    const parallel::Interruptible here(&between_batches);
    return batches.begin_epoch();
  }

  /// A pass over test data; leaves its numbers in the state. No logs when the source is used up.
  Logs test(EpochIterator& batches) const {
    State& state = *model.state_;
    batches.restart();
    if (!begin(batches)) {
      callbacks(&Callback::on_warning, kUsedUp);
      return {};
    }
    state.reset_metrics(model);
    callbacks(&Callback::on_test_begin, Logs());
    double penalty = weight_penalty(model.trainable_variables()).sum;
    const bool any = each(batches, [&](std::int64_t i, const Batch& batch) {
      callbacks(&Callback::on_test_batch_begin, i, Logs());
      with_note(
          !batches.of_arrays(), [&] { return batches.where(); },
          [&] {
            if (build(batch)) penalty = weight_penalty(model.trainable_variables()).sum;
            const parallel::Interruptible here(&between_batches);
            state.test_step(model, batch, penalty, false);
          });
      if (!callbacks.empty()) callbacks(&Callback::on_test_batch_end, i, state.logs());
      return true;
    });
    Logs logs = any ? state.logs() : Logs();
    callbacks(&Callback::on_test_end, logs);
    return logs;
  }

  /// False where there was no batch. `first`: those before it are done.
  bool train_epoch(EpochIterator& batches, std::int64_t first) const {
    State& state = *model.state_;
    const auto step = [&](std::int64_t i, const Batch& batch) {
      callbacks(&Callback::on_train_batch_begin, i, Logs());
      with_note(
          !batches.of_arrays(), [&] { return batches.where(); },
          [&] {
            build(batch);
            const parallel::Interruptible here(&between_batches);
            state.train_step(model, batch, false);
          });
      if (!callbacks.empty())
        callbacks.and_all_heard(&Callback::on_train_batch_end, i, state.logs());
      return !model.stop_training;
    };
    return each(batches, step, first);
  }

  static History fit(Trainer& model, EpochIterator& batches,
                     std::optional<EpochIterator>& validation, const FitOptions& options) {
    const CallbackList callbacks(options.callbacks, model,
                                 {.verbose = options.verbose,
                                  .epochs = options.epochs,
                                  .steps = batches.num_batches(),
                                  .validation = validation.has_value(),
                                  .write = options.write});
    Loop loop{model,
              callbacks,
              options.between_batches,
              options.when_idle,
              &batches,
              validation ? &*validation : nullptr};
    const InProgress here(*model.state_, loop);
    return loop.epochs(batches, validation, options);
  }

  /// While it lives, callbacks may ask where the fit stands.
  struct InProgress {
    InProgress(State& state, Loop& loop)
        : state_(state), before_(std::exchange(state.loop, &loop)) {}
    ~InProgress() {
      state_.loop = before_;
      state_.to_resume.reset();
      state_.to_count.reset();
    }
    InProgress(const InProgress&) = delete;
    InProgress& operator=(const InProgress&) = delete;

   private:
    State& state_;
    Loop* before_;  // of the fit whose callback called this one
  };

  static Logs evaluate(Trainer& model, EpochIterator& batches, const EvaluateOptions& options) {
    const CallbackList callbacks(
        options.callbacks, model,
        {.verbose = options.verbose, .steps = batches.num_batches(), .write = options.write});
    return Loop{model, callbacks, options.between_batches, options.when_idle}.test(batches);
  }

  RunState run_state() const {
    RunState state;
    state.set_integer("epoch", epoch);
    state.set_integer("within", within ? 1 : 0);
    state.set_integer("stop", model.stop_training ? 1 : 0);
    state.set("random", random::process_state());
    state.add("training", training->run_state());
    if (validating != nullptr) state.add("validation", validating->run_state());
    if (within) state.add("counted", model.state_->run_state());
    state.add("callbacks", callbacks.run_state());
    return state;
  }

  /// Goes where the run stood that is taken up again. Of what on_epoch_begin does once more, the
  /// learning rate is not to stay.
  void resume(EpochIterator& batches, std::optional<EpochIterator>& validation) {
    const RunState state = *std::exchange(model.state_->to_resume, std::nullopt);
    epoch = static_cast<int>(state.integer("epoch"));
    within = state.integer("within") != 0;
    model.stop_training = state.integer("stop") != 0;
    if (const RunState data = state.part("training"); !data.empty()) batches.go_to(data, within);
    if (const RunState data = state.part("validation"); validation && !data.empty())
      validation->go_to(data, false);
    if (const Tensor* drawn = state.find("random")) random::set_process_state(*drawn);
    if (within) {
      optimizers::Optimizer& optimizer = *model.state_->optimizer;
      const auto rate = optimizer.learning_rate_option();
      model.state_->reset_metrics();
      model.state_->count_from(state.part("counted"));
      callbacks(&Callback::on_epoch_begin, epoch, Logs());
      if (rate.schedule() == nullptr) optimizer.set_learning_rate(rate.number());
    }
    callbacks.set_run_state(state.part("callbacks"));
  }

  /// The epochs of a fit.
  History epochs(EpochIterator& batches, std::optional<EpochIterator>& validation,
                 const FitOptions& options) {
    State& state = *model.state_;
    History history;
    Logs logs;
    model.stop_training = false;
    epoch = options.initial_epoch;
    callbacks(&Callback::on_train_begin, Logs());
    if (state.to_resume) resume(batches, validation);
    while (epoch < options.epochs && !model.stop_training) {
      const int current = epoch;
      if (!within) {
        if (!begin(batches)) {
          callbacks(&Callback::on_warning, kUsedUp);
          break;
        }
        state.reset_metrics(model);
        callbacks(&Callback::on_epoch_begin, current, Logs());
      }
      const std::int64_t first = within ? batches.given() : 0;
      within = true;
      if (!train_epoch(batches, first)) break;
      logs = state.logs();
      if (validation && options.validation_freq.validates_after(current)) {
        for (const auto& [name, value] : test(*validation)) logs.append("val_" + name, value);
      }
      epoch = current + 1;
      within = false;
      callbacks.and_all_heard(&Callback::on_epoch_end, current, logs);
      history.epoch.push_back(current);
      for (const auto& [name, value] : logs) history.history[name].push_back(value);
    }
    state.optimizer->finalize_variable_values(model.trainable_variables());
    callbacks(&Callback::on_train_end, logs);
    return history;
  }

  /// Weights for the first batch of a source; arrays had theirs before the loop. True when made.
  bool build(const Batch& batch) const {
    const std::size_t before = model.variables().size();
    const parallel::Interruptible here(&between_batches);
    model.build_for(batch.x);
    return model.variables().size() != before;
  }
};

namespace {

std::optional<EpochIterator> validation_batches(std::optional<Arrays> arrays,
                                                const FitOptions& options, const Places& places) {
  std::shared_ptr<BatchSource> source;
  if (options.validation_data && options.validation_data->source) {
    source = std::make_shared<CheckedSource>("fit: validation_data",
                                             options.validation_data->source, places);
  } else if (arrays) {
    const std::int64_t batch_size = options.validation_batch_size.value_or(options.batch_size);
    source = std::make_shared<ArraySource>(
        DataAdapter("fit: validation", std::move(*arrays), batch_size));
  } else {
    return std::nullopt;
  }
  EpochIterator batches("fit: validation_data", std::move(source), options.validation_steps);
  batches.require_data();
  return batches;
}

}  // namespace

RunState Trainer::run_state() const {
  if (state_->loop == nullptr) throw std::logic_error("[run_state] no fit of this model goes on.");
  return state_->loop->run_state();
}

void Trainer::resume(RunState state) {
  if (state_->loop == nullptr) throw std::logic_error("[resume] no fit of this model goes on.");
  state_->to_resume = std::move(state);
}

History Trainer::fit(const Tensors& x, const Tensors& y, const FitOptions& options) {
  require_idle("fit");
  state_->require_compiled("fit");
  check(options);
  const Places places = state_->places(*this);
  FitData data = fit_data(x, y, options, places);
  const Tensors all = places.of_inputs("fit", x);
  const Tensors validation_x =
      options.validation_data && data.validation ? data.validation->x : Tensors();
  const auto source =
      std::make_shared<ArraySource>(DataAdapter("fit", std::move(data.train), options.batch_size));
  EpochIterator batches("fit", source, options.steps_per_epoch);
  auto validation = validation_batches(std::move(data.validation), options, places);
  check_data(all);  // before anything changes, and with positions in x as it was given
  if (validation_x) in_validation_data([&] { check_data(validation_x); });
  {
    const parallel::Interruptible here(&options.between_batches);
    build_for(all);
  }
  if (options.shuffle) source->shuffle_passes(random::make_default_seed());
  state_->optimizer->build(trainable_variables());
  return Loop::fit(*this, batches, validation, options);
}

History Trainer::fit(std::shared_ptr<BatchSource> data, const FitOptions& options) {
  require_idle("fit");
  state_->require_compiled("fit");
  check(options);
  if (options.validation_split != 0 || options.sample_weight) {
    invalid_argument("fit",
                     "validation_split and sample_weight are for arrays: data that come in batches "
                     "bring their weights along, and validation_data may be given.");
  }
  const Places places = state_->places(*this);
  std::optional<Arrays> arrays = validation_arrays(options, places);
  if (arrays) in_validation_data([&] { check_data(arrays->x); });
  EpochIterator batches(
      "fit", std::make_shared<CheckedSource>("fit", std::move(data), places, options.class_weight),
      options.steps_per_epoch);
  batches.require_data();
  auto validation = validation_batches(std::move(arrays), options, places);
  return Loop::fit(*this, batches, validation, options);
}

Logs Trainer::evaluate(const Tensors& x, const Tensors& y, const EvaluateOptions& options) {
  require_idle("evaluate");
  state_->require_compiled("evaluate");
  check_verbose("evaluate", options.verbose);
  Arrays arrays =
      state_->places(*this)("evaluate", checked_arrays("evaluate", {x, y, options.sample_weight}));
  const Tensors all = arrays.x;
  EpochIterator batches(
      "evaluate",
      std::make_shared<ArraySource>(DataAdapter("evaluate", std::move(arrays), options.batch_size)),
      options.steps);
  check_data(all);
  {
    const parallel::Interruptible here(&options.between_batches);
    build_for(all);
  }
  return Loop::evaluate(*this, batches, options);
}

Logs Trainer::evaluate(std::shared_ptr<BatchSource> data, const EvaluateOptions& options) {
  require_idle("evaluate");
  state_->require_compiled("evaluate");
  check_verbose("evaluate", options.verbose);
  if (options.sample_weight) {
    invalid_argument("evaluate", "sample_weight is for arrays: batches bring their own along.");
  }
  EpochIterator batches(
      "evaluate",
      std::make_shared<CheckedSource>("evaluate", std::move(data), state_->places(*this)),
      options.steps);
  batches.require_data();
  return Loop::evaluate(*this, batches, options);
}

}  // namespace keratin::trainers
