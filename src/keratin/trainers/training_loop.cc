// SPDX-License-Identifier: Apache-2.0
// Trainer's fit, evaluate and predict: the loops over epochs and batches.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "keratin/base/invalid_entry.h"
#include "keratin/base/seed.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"
#include "keratin/trainers/callback_list.h"
#include "keratin/trainers/class_weight.h"
#include "keratin/trainers/training_state.h"

namespace keratin::trainers {
namespace {

using callbacks::Callback;

void check_verbose(std::string_view who, int verbose) {
  if (verbose < 0 || verbose > 2)
    invalid_argument(who, "verbose must be 0, 1 or 2. Received: ", verbose);
}

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

FitData fit_data(const Tensor& x, const Tensor& y, const FitOptions& options) {
  FitData data;
  data.train = checked_arrays("fit", {x, y, options.sample_weight});
  if (options.validation_data && !options.validation_data->source) {
    const ValidationData& given = *options.validation_data;
    data.validation =
        checked_arrays("fit: validation_data", {given.x, given.y, given.sample_weight});
  } else if (options.validation_split != 0 && !options.validation_data) {
    SplitArrays split = train_validation_split("fit", data.train, options.validation_split);
    data = {std::move(split.train), std::move(split.validation)};
  }
  if (!options.class_weight.empty()) {
    data.train.sample_weight =
        class_weight_to_sample_weight("fit", data.train.y, options.class_weight);
  }
  return data;
}

/// Runs `call`; its errors about entries of the data end with `where()`. One about a batch as a
/// whole does where batches differ: `every_batch` is false for arrays, whose batches are all alike.
template <class Where, class Call>
void with_note(bool every_batch, Where&& where, Call&& call) {
  try {
    call();
  } catch (const std::out_of_range& error) {
    throw std::out_of_range(bounded(error.what() + where()));
  } catch (const InvalidEntry& error) {
    throw InvalidEntry(bounded(error.what() + where()));
  } catch (const CompileError&) {
    throw;
  } catch (const std::invalid_argument& error) {
    if (!every_batch) throw;
    throw std::invalid_argument(bounded(error.what() + where()));
  }
}

template <class Call>
void in_validation_data(Call&& call) {
  with_note(
      true, [] { return std::string(" (In validation_data.)"); }, call);
}

/// A source whose batches are as the steps want them.
class CheckedSource final : public BatchSource {
 public:
  CheckedSource(std::string_view who, std::shared_ptr<BatchSource> source,
                const std::map<std::int64_t, double>& class_weight)
      : who_(who), source_(std::move(source)), class_weight_(class_weight) {
    if (!source_) invalid_argument(who, "the data are missing.");
  }
  bool begin_pass() override {
    seen_ = 0;
    return source_->begin_pass();
  }
  bool next(Batch& batch) override {
    batch = {};
    if (!source_->next(batch)) return false;
    ++seen_;
    with_note(
        true, [&] { return where(); }, [&] { check(batch); });
    return true;
  }
  std::optional<std::int64_t> num_batches() const override { return source_->num_batches(); }
  std::string where() const override {
    std::string own = source_->where();
    return own.empty() ? str(" (In batch ", seen_ - 1, ".)") : own;
  }

 private:
  void check(Batch& batch) const {
    Arrays arrays = checked_arrays(
        who_, {std::move(batch.x), std::move(batch.y), std::move(batch.sample_weight)});
    if (!class_weight_.empty()) {
      if (arrays.sample_weight) {
        invalid_argument(who_, "sample_weight and class_weight cannot be given at the same time.");
      }
      arrays.sample_weight = class_weight_to_sample_weight(who_, arrays.y, class_weight_);
    }
    batch = {snapshot(arrays.x), snapshot(arrays.y), snapshot(arrays.sample_weight)};
  }

  std::string who_;
  std::shared_ptr<BatchSource> source_;
  std::map<std::int64_t, double> class_weight_;
  std::int64_t seen_ = 0;
};

constexpr std::string_view kRanOut =
    "The data ran out before steps_per_epoch batches: the epoch is short, and the next one starts "
    "a new pass.";
constexpr std::string_view kUsedUp =
    "The data are used up: they came from a source that can be gone through once. Give "
    "steps_per_epoch, or a source that starts anew at every pass.";

using NoClassWeight = std::map<std::int64_t, double>;

}  // namespace

/// What fit and evaluate share: passes over data, of arrays or of batches.
struct Trainer::Loop {
  Trainer& model;
  const CallbackList& callbacks;
  const BetweenBatches& between_batches;
  const WhenIdle& when_idle;

  /// Calls `step` for each batch of an epoch; false where there was none. Positions in a step's
  /// errors count from the first sample of the batch, so they are told where the batch is from.
  template <class Step>
  bool each(EpochIterator& batches, Step&& step) const {
    Batch batch;
    for (std::int64_t i = 0; next(batches, batch); ++i) {
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
    state.reset_metrics();
    callbacks(&Callback::on_test_begin, Logs());
    double penalty = weight_penalty(model.trainable_variables()).sum;
    const bool any = each(batches, [&](std::int64_t i, const Batch& batch) {
      callbacks(&Callback::on_test_batch_begin, i, Logs());
      with_note(
          !batches.of_arrays(), [&] { return batches.where(); },
          [&] {
            if (build(batch)) penalty = weight_penalty(model.trainable_variables()).sum;
            const parallel::Interruptible here(&between_batches);
            state.test(model, batch, penalty, false);
          });
      if (!callbacks.empty()) callbacks(&Callback::on_test_batch_end, i, state.logs());
      return true;
    });
    Logs logs = any ? state.logs() : Logs();
    callbacks(&Callback::on_test_end, logs);
    return logs;
  }

  /// False where there was no batch.
  bool train_epoch(EpochIterator& batches) const {
    State& state = *model.state_;
    return each(batches, [&](std::int64_t i, const Batch& batch) {
      callbacks(&Callback::on_train_batch_begin, i, Logs());
      with_note(
          !batches.of_arrays(), [&] { return batches.where(); },
          [&] {
            build(batch);
            const parallel::Interruptible here(&between_batches);
            state.train(model, batch, false);
          });
      if (!callbacks.empty()) callbacks(&Callback::on_train_batch_end, i, state.logs());
      return !model.stop_training;
    });
  }

  /// The epochs of a fit.
  History fit(EpochIterator& batches, std::optional<EpochIterator>& validation,
              const FitOptions& options) const {
    State& state = *model.state_;
    History history;
    Logs logs;
    model.stop_training = false;
    callbacks(&Callback::on_train_begin, Logs());
    for (int epoch = options.initial_epoch; epoch < options.epochs && !model.stop_training;
         ++epoch) {
      if (!begin(batches)) {
        callbacks(&Callback::on_warning, kUsedUp);
        break;
      }
      state.reset_metrics();
      callbacks(&Callback::on_epoch_begin, epoch, Logs());
      if (!train_epoch(batches)) break;
      logs = state.logs();
      if (validation && options.validation_freq.validates_after(epoch)) {
        for (const auto& [name, value] : test(*validation)) logs.append("val_" + name, value);
      }
      callbacks(&Callback::on_epoch_end, epoch, logs);
      history.epoch.push_back(epoch);
      for (const auto& [name, value] : logs) history.history[name].push_back(value);
    }
    state.options->optimizer->finalize_variable_values(model.trainable_variables());
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
                                                const FitOptions& options) {
  std::shared_ptr<BatchSource> source;
  if (options.validation_data && options.validation_data->source) {
    source = std::make_shared<CheckedSource>("fit: validation_data",
                                             options.validation_data->source, NoClassWeight());
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

callbacks::Params params_of(const FitOptions& options, const EpochIterator& batches,
                            bool validation) {
  return {.verbose = options.verbose,
          .epochs = options.epochs,
          .steps = batches.num_batches(),
          .validation = validation,
          .write = options.write};
}

}  // namespace

History Trainer::fit(const Tensor& x, const Tensor& y, const FitOptions& options) {
  require_idle("fit");
  state_->require_compiled("fit");
  check(options);
  FitData data = fit_data(x, y, options);
  const auto source =
      std::make_shared<ArraySource>(DataAdapter("fit", std::move(data.train), options.batch_size));
  EpochIterator batches("fit", source, options.steps_per_epoch);
  auto validation = validation_batches(std::move(data.validation), options);
  check_inputs(x);  // before anything changes, and with positions in x as it was given
  if (options.validation_data && options.validation_data->x) {
    in_validation_data([&] { check_inputs(options.validation_data->x); });
  }
  {
    const parallel::Interruptible here(&options.between_batches);
    build_for(x);
  }
  if (options.shuffle) source->shuffle_passes(random::make_default_seed());
  state_->options->optimizer->build(trainable_variables());

  const CallbackList callbacks(options.callbacks, *this,
                               params_of(options, batches, validation.has_value()));
  return Loop{*this, callbacks, options.between_batches, options.when_idle}.fit(batches, validation,
                                                                                options);
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
  std::optional<Arrays> arrays;
  if (options.validation_data && !options.validation_data->source) {
    const ValidationData& given = *options.validation_data;
    arrays = checked_arrays("fit: validation_data", {given.x, given.y, given.sample_weight});
    in_validation_data([&] { check_inputs(given.x); });
  }
  EpochIterator batches(
      "fit", std::make_shared<CheckedSource>("fit", std::move(data), options.class_weight),
      options.steps_per_epoch);
  batches.require_data();
  auto validation = validation_batches(std::move(arrays), options);
  const CallbackList callbacks(options.callbacks, *this,
                               params_of(options, batches, validation.has_value()));
  return Loop{*this, callbacks, options.between_batches, options.when_idle}.fit(batches, validation,
                                                                                options);
}

Logs Trainer::evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options) {
  require_idle("evaluate");
  state_->require_compiled("evaluate");
  check_verbose("evaluate", options.verbose);
  EpochIterator batches("evaluate",
                        std::make_shared<ArraySource>(DataAdapter(
                            "evaluate", {x, y, options.sample_weight}, options.batch_size)),
                        options.steps);
  check_inputs(x);
  {
    const parallel::Interruptible here(&options.between_batches);
    build_for(x);
  }
  const CallbackList callbacks(
      options.callbacks, *this,
      {.verbose = options.verbose, .steps = batches.num_batches(), .write = options.write});
  return Loop{*this, callbacks, options.between_batches, options.when_idle}.test(batches);
}

Logs Trainer::evaluate(std::shared_ptr<BatchSource> data, const EvaluateOptions& options) {
  require_idle("evaluate");
  state_->require_compiled("evaluate");
  check_verbose("evaluate", options.verbose);
  if (options.sample_weight) {
    invalid_argument("evaluate", "sample_weight is for arrays: batches bring their own along.");
  }
  EpochIterator batches(
      "evaluate", std::make_shared<CheckedSource>("evaluate", std::move(data), NoClassWeight()),
      options.steps);
  batches.require_data();
  const CallbackList callbacks(
      options.callbacks, *this,
      {.verbose = options.verbose, .steps = batches.num_batches(), .write = options.write});
  return Loop{*this, callbacks, options.between_batches, options.when_idle}.test(batches);
}

namespace {

/// The prediction for one batch as the caller may keep it: never the memory of x or of a weight.
/// A mask that x carries is left out, as where x is cut into batches.
Tensor predict_batch_of(const Trainable& model, const Tensor& x) {
  Pass pass;
  const Value output = model.forward(TensorAccess::borrowed(x), pass);
  const Tensor& y = output.tensor();
  const auto* begin = static_cast<const std::byte*>(TensorAccess::raw(x));
  const auto* data = static_cast<const std::byte*>(TensorAccess::raw(y));
  const bool shares = data >= begin && data < begin + TensorAccess::bytes(x);
  return shares || TensorAccess::is_borrowed(y) ? copy_of(y) : y;
}

/// What callbacks are given at the end of a batch.
Logs logs_of(Tensor output) {
  Logs logs;
  logs.set_outputs(std::move(output));
  return logs;
}

/// Copies the output of batch `index` to its place in the whole.
void place(const Tensor& output, const DataAdapter& data, std::int64_t index, Tensor& whole) {
  const std::int64_t row = whole.size() / whole.shape()[0];
  if (output.shape().rank() == 0 || output.shape()[0] != data.count_of(index) ||
      output.size() != row * data.count_of(index) || output.dtype() != whole.dtype()) {
    invalid_argument("predict", "the outputs of the batches do not go together. Received: shape ",
                     output.shape(), " of ", to_string(output.dtype()), " after shape ",
                     whole.shape(), " of ", to_string(whole.dtype()));
  }
  Tensor target = slice_rows(whole, data.first_of(index), data.count_of(index));
  TensorAccess::copy_elements(output, target);
}

/// Batches take what they take, whatever their sizes say: the first is timed, and the others are
/// handed out in tasks that are worth the waking of a thread.
constexpr double kTaskSeconds = 20e-6;

/// Batches 1, 2 ... of a prediction on all threads. Where several fail, the error is the first
/// batch's, whatever the number of threads; batches behind one that failed are left out.
/// `together`: how many are worth the waking of a thread.
void predict_rest(const Trainable& model, const DataAdapter& data, std::int64_t batches,
                  std::int64_t together, const BetweenBatches& between_batches, Tensor& whole) {
  std::mutex mutex;
  std::atomic<std::int64_t> failed = batches;
  std::exception_ptr error;
  const auto note = [&](std::int64_t batch) {
    const std::lock_guard lock(mutex);
    if (batch >= failed) return;
    failed = batch;
    error = std::current_exception();
  };
  parallel::for_chunks(batches - 1, together, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin + 1; i < end + 1; ++i) {
      if (i > failed) return;
      try {
        if (between_batches) between_batches();
      } catch (...) {
        note(0);  // not about any batch: ends them all
        return;
      }
      try {
        with_note(
            false, [&] { return rows_text(data, i); },
            [&] { place(predict_batch_of(model, data.batch(i).x), data, i, whole); });
      } catch (...) {
        note(i);
      }
    }
  });
  if (error) std::rethrow_exception(error);
}

/// The tensors one behind another along the first axis.
Tensor concatenated(const std::vector<Tensor>& parts) {
  std::int64_t samples = 0;
  for (const Tensor& part : parts) {
    const Tensor& first = parts.front();
    if (part.shape().rank() == 0 || part.dtype() != first.dtype() ||
        part.shape().from(1) != first.shape().from(1)) {
      invalid_argument("predict", "the outputs of the batches do not go together. Received: shape ",
                       part.shape(), " after shape ", first.shape());
    }
    samples += part.shape()[0];
  }
  if (parts.size() == 1) return parts.front();
  Tensor whole = uninitialized(parts.front().shape().with_batch(samples), parts.front().dtype());
  std::int64_t row = 0;
  for (const Tensor& part : parts) {
    Tensor target = slice_rows(whole, row, part.shape()[0]);
    TensorAccess::copy_elements(part, target);
    row += part.shape()[0];
  }
  return whole;
}

}  // namespace

Tensor Trainer::predict(const Tensor& x, const PredictOptions& options) const {
  const bool quiet = options.verbose == 0 && options.callbacks.empty();
  if (quiet && x.shape().rank() > 0 && x.shape()[0] > 0 && x.shape()[0] <= options.batch_size &&
      !options.steps) {
    const parallel::Interruptible here(&options.between_batches);
    Tensor copy;
    return predict_batch_of(*this, snapshot(x, copy));
  }
  check_verbose("predict", options.verbose);
  const DataAdapter data("predict", {x, {}, {}}, options.batch_size);
  if (options.steps && *options.steps <= 0) {
    invalid_argument("predict", "steps must be positive. Received: ", *options.steps);
  }
  check_inputs(x);
  const std::int64_t batches =
      std::min(options.steps.value_or(data.num_batches()), data.num_batches());
  const std::int64_t samples = data.first_of(batches - 1) + data.count_of(batches - 1);

  // Keras: callbacks get the model; those of a prediction promise to leave it alone.
  const CallbackList callbacks(options.callbacks, const_cast<Trainer&>(*this),
                               {.verbose = options.verbose,
                                .steps = options.steps.value_or(batches),
                                .write = options.write});
  callbacks(&Callback::on_predict_begin, Logs());
  Tensor whole;
  const auto predict_batch = [&](std::int64_t i) -> Tensor {
    const parallel::Interruptible here(&options.between_batches);
    Tensor output;
    with_note(
        false, [&] { return rows_text(data, i); },
        [&] {
          const Batch batch = data.batch(i);
          output = predict_batch_of(*this, batch.x);
          if (!whole) whole = uninitialized(output.shape().with_batch(samples), output.dtype());
          place(output, data, i, whole);
        });
    return output;
  };
  const std::int64_t in_order = callbacks.empty() ? 1 : batches;
  const auto began = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < in_order; ++i) {
    if (options.between_batches) options.between_batches();
    callbacks(&Callback::on_predict_batch_begin, i, Logs());
    Tensor output = predict_batch(i);
    callbacks(&Callback::on_predict_batch_end, i, logs_of(std::move(output)));
  }
  if (in_order < batches) {
    const std::chrono::duration<double> first = std::chrono::steady_clock::now() - began;
    const std::int64_t together = 1 + static_cast<std::int64_t>(kTaskSeconds / first.count());
    predict_rest(*this, data, batches, together, options.between_batches, whole);
  }
  callbacks(&Callback::on_predict_end, Logs());
  return whole;
}

Tensor Trainer::predict(std::shared_ptr<BatchSource> data, const PredictOptions& options) const {
  check_verbose("predict", options.verbose);
  EpochIterator batches(
      "predict", std::make_shared<CheckedSource>("predict", std::move(data), NoClassWeight()),
      options.steps);
  batches.require_data();
  const CallbackList callbacks(
      options.callbacks, const_cast<Trainer&>(*this),
      {.verbose = options.verbose, .steps = batches.num_batches(), .write = options.write});
  callbacks(&Callback::on_predict_begin, Logs());
  std::vector<Tensor> outputs;
  Batch batch;
  batches.begin_epoch();
  for (std::int64_t i = 0; batches.next(batch); ++i) {
    if (options.between_batches) options.between_batches();
    callbacks(&Callback::on_predict_batch_begin, i, Logs());
    with_note(
        true, [&] { return batches.where(); },
        [&] {
          const parallel::Interruptible here(&options.between_batches);
          build_for(batch.x);
          outputs.push_back(predict_batch_of(*this, batch.x));
        });
    if (!callbacks.empty())
      callbacks(&Callback::on_predict_batch_end, i, logs_of(copy_of(outputs.back())));
  }
  Tensor whole = concatenated(outputs);
  callbacks(&Callback::on_predict_end, Logs());
  return whole;
}

Tensor Trainer::predict_on_batch(const Tensor& x) const {
  if (!x || x.shape().rank() == 0 || x.shape()[0] == 0)
    checked_arrays("predict_on_batch", {x, {}, {}});  // which throws
  Tensor copy;
  return predict_batch_of(*this, snapshot(x, copy));
}

}  // namespace keratin::trainers
