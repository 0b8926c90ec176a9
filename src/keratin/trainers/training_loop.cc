// SPDX-License-Identifier: Apache-2.0
// Trainer's fit, evaluate and predict: the loops over epochs and batches.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "keratin/base/error.h"
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

void check(const FitOptions& options) {
  check_verbose("fit", options.verbose);
  if (options.epochs <= 0)
    invalid_argument("fit", "epochs must be positive. Received: ", options.epochs);
  if (options.initial_epoch < 0) {
    invalid_argument("fit",
                     "initial_epoch must not be negative. Received: ", options.initial_epoch);
  }
  if (options.validation_freq <= 0) {
    invalid_argument("fit",
                     "validation_freq must be positive. Received: ", options.validation_freq);
  }
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
  if (options.validation_data) {
    const ValidationData& given = *options.validation_data;
    data.validation =
        checked_arrays("fit: validation_data", {given.x, given.y, given.sample_weight});
  } else if (options.validation_split != 0) {
    SplitArrays split = train_validation_split("fit", data.train, options.validation_split);
    data = {std::move(split.train), std::move(split.validation)};
  }
  if (!options.class_weight.empty()) {
    data.train.sample_weight =
        class_weight_to_sample_weight("fit", data.train.y, options.class_weight);
  }
  return data;
}

/// Runs `call`; its errors about the data end with `where()`.
template <class Where, class Call>
void with_note(Where&& where, Call&& call) {
  try {
    call();
  } catch (const std::out_of_range& error) {
    throw std::out_of_range(error.what() + where());
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(error.what() + where());
  }
}

template <class Call>
void in_validation_data(Call&& call) {
  with_note([] { return std::string(" (In validation_data.)"); }, call);
}

/// Runs a step on a batch. Positions in its errors count from the first sample of the batch, so
/// they are told which samples of the data these are.
template <class Step>
void at_rows(const DataAdapter& data, std::int64_t batch, Step&& step) {
  if (data.num_batches() == 1 && !data.shuffled()) return step();
  with_note(
      [&] {
        const std::int64_t count = data.count_of(batch);
        if (!data.shuffled()) {
          const std::int64_t first = data.first_of(batch);
          return str(" (In batch ", batch, ": rows ", first, " to ", first + count - 1,
                     " of the data.)");
        }
        std::string rows;
        for (std::int64_t i = 0; i < count; ++i) {
          rows += str(i == 0 ? "" : ", ", data.row_of(data.first_of(batch) + i));
        }
        return str(" (In a shuffled batch of these rows of the data: ", rows, ".)");
      },
      step);
}

constexpr std::string_view kRanOut =
    "The data ran out before steps_per_epoch batches: the epoch is short, and the next one starts "
    "a new pass.";

}  // namespace

/// What fit and evaluate share: a pass over test data that leaves its numbers in the state.
struct Trainer::Loop {
  static Logs test(Trainer& model, EpochIterator& batches, const CallbackList& callbacks) {
    State& state = *model.state_;
    state.reset_metrics();
    callbacks(&Callback::on_test_begin, Logs());
    const double penalty = weight_penalty(model.trainable_variables()).sum;
    Batch batch;
    batches.restart();
    batches.begin_epoch();
    for (std::int64_t i = 0; batches.next(batch); ++i) {
      callbacks(&Callback::on_test_batch_begin, i, Logs());
      at_rows(batches.data(), batches.position(),
              [&] { state.test(model, batch, penalty, false); });
      if (!callbacks.empty()) callbacks(&Callback::on_test_batch_end, i, state.logs());
    }
    if (batches.ran_out()) callbacks(&Callback::on_warning, kRanOut);
    Logs logs = state.logs();
    callbacks(&Callback::on_test_end, logs);
    return logs;
  }

  static void train_epoch(Trainer& model, EpochIterator& batches, const CallbackList& callbacks) {
    State& state = *model.state_;
    Batch batch;
    batches.begin_epoch();
    for (std::int64_t i = 0; batches.next(batch); ++i) {
      callbacks(&Callback::on_train_batch_begin, i, Logs());
      at_rows(batches.data(), batches.position(), [&] { state.train(model, batch, false); });
      if (!callbacks.empty()) callbacks(&Callback::on_train_batch_end, i, state.logs());
      if (model.stop_training) break;
    }
    if (batches.ran_out()) callbacks(&Callback::on_warning, kRanOut);
  }
};

History Trainer::fit(const Tensor& x, const Tensor& y, const FitOptions& options) {
  State& state = *state_;
  state.require_compiled("fit");
  check(options);
  FitData data = fit_data(x, y, options);
  std::optional<std::int64_t> seed;
  if (options.shuffle) seed = random::make_default_seed();
  EpochIterator batches("fit", DataAdapter("fit", std::move(data.train), options.batch_size),
                        options.steps_per_epoch, seed);
  std::optional<EpochIterator> validation;
  if (data.validation) {
    const std::int64_t batch_size = options.validation_batch_size.value_or(options.batch_size);
    validation.emplace("fit: validation",
                       DataAdapter("fit: validation", std::move(*data.validation), batch_size),
                       options.validation_steps, std::nullopt);
  }
  check_inputs(x);  // before anything changes, and with positions in x as it was given
  if (options.validation_data) {
    in_validation_data([&] { check_inputs(options.validation_data->x); });
  }
  build_for(x.shape().with_batch(kNone));
  state.options->optimizer->build(trainable_variables());

  const CallbackList callbacks(options.callbacks, *this,
                               {.verbose = options.verbose,
                                .epochs = options.epochs,
                                .steps = batches.num_batches(),
                                .validation = validation.has_value()});
  History history;
  Logs logs;
  stop_training = false;
  callbacks(&Callback::on_train_begin, Logs());
  for (int epoch = options.initial_epoch; epoch < options.epochs && !stop_training; ++epoch) {
    state.reset_metrics();
    callbacks(&Callback::on_epoch_begin, epoch, Logs());
    Loop::train_epoch(*this, batches, callbacks);
    logs = state.logs();
    if (validation && (epoch + 1) % options.validation_freq == 0) {
      for (const auto& [name, value] : Loop::test(*this, *validation, callbacks)) {
        logs.append("val_" + name, value);
      }
    }
    callbacks(&Callback::on_epoch_end, epoch, logs);
    history.epoch.push_back(epoch);
    for (const auto& [name, value] : logs) history.history[name].push_back(value);
  }
  state.options->optimizer->finalize_variable_values(trainable_variables());
  callbacks(&Callback::on_train_end, logs);
  return history;
}

Logs Trainer::evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options) {
  state_->require_compiled("evaluate");
  check_verbose("evaluate", options.verbose);
  EpochIterator batches("evaluate",
                        DataAdapter("evaluate", {x, y, options.sample_weight}, options.batch_size),
                        options.steps, std::nullopt);
  check_inputs(x);
  build_for(x.shape().with_batch(kNone));
  const CallbackList callbacks(options.callbacks, *this,
                               {.verbose = options.verbose, .steps = batches.num_batches()});
  return Loop::test(*this, batches, callbacks);
}

namespace {

/// The output of one batch as the caller may keep it: never the memory of x itself.
Tensor own(Tensor output, const Tensor& x) {
  const auto* begin = static_cast<const std::byte*>(TensorAccess::raw(x));
  const auto* data = static_cast<const std::byte*>(TensorAccess::raw(std::as_const(output)));
  const bool shares = data >= begin && data < begin + TensorAccess::bytes(x);
  return shares ? copy_of(output) : output;
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
  std::memcpy(TensorAccess::raw(target), TensorAccess::raw(output), TensorAccess::bytes(output));
}

/// Batches 1, 2 ... of a prediction on all threads. Where several fail, the error is the first
/// batch's, whatever the number of threads.
void predict_rest(const Trainable& model, const DataAdapter& data, std::int64_t batches,
                  Tensor& whole) {
  std::mutex mutex;
  std::int64_t failed = batches;
  std::exception_ptr error;
  parallel::for_chunks(batches - 1, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin + 1; i < end + 1; ++i) {
      try {
        at_rows(data, i,
                [&] { place(model.forward(data.batch(i).x, false, 0)->output, data, i, whole); });
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i < failed) {
          failed = i;
          error = std::current_exception();
        }
      }
    }
  });
  if (error) std::rethrow_exception(error);
}

}  // namespace

Tensor Trainer::predict(const Tensor& x, const PredictOptions& options) const {
  const bool quiet = options.verbose == 0 && options.callbacks.empty();
  if (quiet && x.shape().rank() > 0 && x.shape()[0] > 0 && x.shape()[0] <= options.batch_size &&
      !options.steps) {
    return own(std::move(forward(x, false, 0)->output), x);
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
  const CallbackList callbacks(
      options.callbacks, const_cast<Trainer&>(*this),
      {.verbose = options.verbose, .steps = options.steps.value_or(batches)});
  callbacks(&Callback::on_predict_begin, Logs());
  Tensor whole;
  const auto predict_batch = [&](std::int64_t i) {
    at_rows(data, i, [&] {
      const Batch batch = data.batch(i);
      const Tensor output = forward(batch.x, false, 0)->output;
      if (!whole) whole = uninitialized(output.shape().with_batch(samples), output.dtype());
      place(output, data, i, whole);
    });
  };
  const std::int64_t in_order = callbacks.empty() ? 1 : batches;
  for (std::int64_t i = 0; i < in_order; ++i) {
    callbacks(&Callback::on_predict_batch_begin, i, Logs());
    predict_batch(i);
    callbacks(&Callback::on_predict_batch_end, i, Logs());
  }
  if (in_order < batches) predict_rest(*this, data, batches, whole);
  callbacks(&Callback::on_predict_end, Logs());
  return whole;
}

Tensor Trainer::predict_on_batch(const Tensor& x) const {
  const Arrays arrays = checked_arrays("predict_on_batch", {x, {}, {}});
  return own(std::move(forward(arrays.x, false, 0)->output), x);
}

}  // namespace keratin::trainers
