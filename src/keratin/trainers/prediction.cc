// SPDX-License-Identifier: Apache-2.0
// Trainer's predict: one loop over batches, of which those of arrays run on all threads.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"
#include "keratin/trainers/callback_list.h"
#include "keratin/trainers/checked_source.h"
#include "keratin/trainers/noted.h"
#include "keratin/trainers/training_state.h"

namespace keratin::trainers {
namespace {

using callbacks::Callback;

/// Whether the elements of y are among those of x.
bool shares(const Tensor& y, const Tensor& x) {
  const auto* begin = static_cast<const std::byte*>(TensorAccess::raw(x));
  const auto* data = static_cast<const std::byte*>(TensorAccess::raw(y));
  return data >= begin && data < begin + TensorAccess::bytes(x);
}

/// The prediction for one batch as the caller may keep it: never the memory of x or of a weight.
/// A mask that x carries is left out, as where x is cut into batches.
Tensor predict_batch_of(const Trainable& model, const Tensor& x) {
  Pass pass;
  const Values outputs = model.forward(Value(TensorAccess::borrowed(x)), pass);
  if (outputs.size() != 1) {
    invalid_argument("predict", "the model has ", outputs.size(),
                     " outputs: give its inputs as Tensors, and take Tensors.");
  }
  if (model.keeps_state()) pass.commit();
  const Tensor& y = outputs[0].tensor();
  return shares(y, x) || TensorAccess::is_borrowed(y) ? copy_of(y) : y;
}

Tensors predict_batch_of(const Trainable& model, const Tensors& x) {
  Pass pass;
  const Values outputs = model.forward(values_of(x.each(TensorAccess::borrowed)), pass);
  if (model.keeps_state()) pass.commit();
  Tensors result;
  for (const Value& output : outputs) {
    const Tensor& y = output.tensor();
    const bool copies =
        TensorAccess::is_borrowed(y) ||
        std::any_of(x.begin(), x.end(), [&](const Tensor& of) { return shares(y, of); });
    result.push_back(copies ? copy_of(y) : y);
  }
  return result;
}

Tensors copies_of(const Tensors& outputs) {
  return outputs.each([](const Tensor& output) { return copy_of(output); });
}

/// What callbacks are given at the end of a batch.
Logs logs_of(Tensors outputs) {
  Logs logs;
  logs.set_outputs(std::move(outputs));
  return logs;
}

/// The outputs of all batches. Of arrays each is put where it belongs in the whole, in any order;
/// of a source they are kept until there is no more.
class Outputs {
 public:
  /// `samples`: of all batches, where known.
  explicit Outputs(std::optional<std::int64_t> samples) : samples_(samples) {}

  /// The outputs of the first batch, or of the next of a source.
  void append(const Tensors& outputs) {
    if (!samples_) {
      parts_.push_back(outputs);
      return;
    }
    if (whole_.empty()) {
      whole_ = outputs.each([&](const Tensor& output) {
        return output.shape().rank() == 0
                   ? Tensor()
                   : uninitialized(output.shape().with_batch(*samples_), output.dtype());
      });
    }
  }
  /// The outputs of `count` samples from `first` on. Threads: each its own samples.
  void place(const Tensors& outputs, std::int64_t first, std::int64_t count) {
    if (outputs.size() != whole_.size()) not_together(outputs[0], whole_[0]);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const Tensor& output = outputs[i];
      const Tensor& whole = whole_[i];
      if (!whole || output.shape().rank() == 0 || output.shape()[0] != count ||
          output.size() != whole.size() / whole.shape()[0] * count ||
          output.dtype() != whole.dtype()) {
        not_together(output, whole);
      }
      Tensor target = slice_rows(whole, first, count);
      TensorAccess::copy_elements(output, target);
    }
  }
  Tensors whole() const {
    if (samples_) return whole_;
    if (parts_.size() == 1) return parts_[0];
    Tensors result;
    for (std::size_t i = 0; i < parts_[0].size(); ++i) result.push_back(concatenated(i));
    return result;
  }

 private:
  [[noreturn]] static void not_together(const Tensor& output, const Tensor& before) {
    invalid_argument("predict", "the outputs of the batches do not go together. Received: shape ",
                     output.shape(), " of ", to_string(output.dtype()), " after shape ",
                     before.shape(), " of ", to_string(before.dtype()));
  }

  /// Output `at` of all batches, one behind another along the first axis.
  Tensor concatenated(std::size_t at) const {
    const Tensor& first = parts_[0][at];
    std::int64_t samples = 0;
    for (const Tensors& part : parts_) {
      if (part.size() != parts_[0].size()) not_together(part[0], first);
      const Tensor& next = part[at];
      if (next.shape().rank() == 0 || next.dtype() != first.dtype() ||
          next.shape().from(1) != first.shape().from(1)) {
        not_together(next, first);
      }
      samples += next.shape()[0];
    }
    Tensor whole = uninitialized(first.shape().with_batch(samples), first.dtype());
    std::int64_t row = 0;
    for (const Tensors& part : parts_) {
      Tensor target = slice_rows(whole, row, part[at].shape()[0]);
      TensorAccess::copy_elements(part[at], target);
      row += part[at].shape()[0];
    }
    return whole;
  }

  std::optional<std::int64_t> samples_;
  Tensors whole_;
  std::vector<Tensors> parts_;
};

/// Batches take what they take, whatever their sizes say: the first is timed, and the others are
/// handed out in tasks that are worth the waking of a thread.
constexpr double kTaskSeconds = 20e-6;

/// Batches 1, 2 ... of a prediction on all threads. Where several fail, the error is the first
/// batch's, whatever the number of threads; batches behind one that failed are left out.
/// `together`: how many are worth the waking of a thread.
void predict_rest(const Trainable& model, const DataAdapter& data, std::int64_t batches,
                  std::int64_t together, const BetweenBatches& between_batches, Outputs& outputs) {
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
            [&] {
              outputs.place(predict_batch_of(model, data.batch(i).x), data.first_of(i),
                            data.count_of(i));
            });
      } catch (...) {
        note(i);
      }
    }
  });
  if (error) std::rethrow_exception(error);
}

/// The loop of predict.
Tensors predict_all(const Trainer& model, EpochIterator& batches, const PredictOptions& options) {
  const DataAdapter* const arrays = batches.arrays();
  const std::int64_t count =
      arrays == nullptr
          ? 0
          : std::min(options.steps.value_or(arrays->num_batches()), arrays->num_batches());
  Outputs outputs(arrays == nullptr
                      ? std::nullopt
                      : std::optional(arrays->first_of(count - 1) + arrays->count_of(count - 1)));
  // Keras: callbacks get the model; those of a prediction promise to leave it alone.
  const CallbackList callbacks(
      options.callbacks, const_cast<Trainer&>(model),
      {.verbose = options.verbose, .steps = batches.num_batches(), .write = options.write});
  callbacks(&Callback::on_predict_begin, Logs());
  batches.begin_epoch();
  Batch batch;
  const auto began = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; batches.next(batch); ++i) {
    if (options.between_batches) options.between_batches();
    callbacks(&Callback::on_predict_batch_begin, i, Logs());
    Tensors output;
    with_note(
        arrays == nullptr, [&] { return batches.where(); },
        [&] {
          const parallel::Interruptible here(&options.between_batches);
          if (arrays == nullptr) model.build_for(batch.x);
          output = predict_batch_of(model, batch.x);
          outputs.append(output);
          if (arrays != nullptr) outputs.place(output, arrays->first_of(i), arrays->count_of(i));
        });
    if (!callbacks.empty()) {
      callbacks(&Callback::on_predict_batch_end, i, logs_of(copies_of(output)));
    } else if (arrays != nullptr && count > 1 && !model.keeps_state()) {
      const std::chrono::duration<double> first = std::chrono::steady_clock::now() - began;
      const std::int64_t together = 1 + static_cast<std::int64_t>(kTaskSeconds / first.count());
      predict_rest(model, *arrays, count, together, options.between_batches, outputs);
      break;
    }
  }
  Tensors whole = outputs.whole();
  callbacks(&Callback::on_predict_end, Logs());
  return whole;
}

/// Nobody looks on, and it is one batch.
bool is_one_batch(const Tensor& x, const PredictOptions& options) {
  return options.verbose == 0 && options.callbacks.empty() && !options.steps &&
         x.shape().rank() > 0 && x.shape()[0] > 0 && x.shape()[0] <= options.batch_size;
}

}  // namespace

Tensor Trainer::predict(const Tensor& x, const PredictOptions& options) const {
  if (!is_one_batch(x, options) || num_inputs() > 1) return predict(Tensors(x), options).one();
  const parallel::Interruptible here(&options.between_batches);
  Tensor copy;
  return predict_batch_of(*this, snapshot(x, copy));
}

Tensors Trainer::predict(const Tensors& x, const PredictOptions& options) const {
  check_verbose("predict", options.verbose);
  Arrays arrays = checked_arrays("predict", {x, {}, {}});
  arrays.x = Places{.inputs = input_names()}.of_inputs("predict", std::move(arrays.x));
  if (is_one_batch(arrays.x[0], options)) {
    const parallel::Interruptible here(&options.between_batches);
    return predict_batch_of(*this, arrays.x.each([](const Tensor& of) { return snapshot(of); }));
  }
  const Tensors all = arrays.x;
  EpochIterator batches(
      "predict",
      std::make_shared<ArraySource>(DataAdapter("predict", std::move(arrays), options.batch_size)),
      options.steps);
  check_data(all);
  return predict_all(*this, batches, options);
}

Tensors Trainer::predict(std::shared_ptr<BatchSource> data, const PredictOptions& options) const {
  check_verbose("predict", options.verbose);
  EpochIterator batches(
      "predict",
      std::make_shared<CheckedSource>("predict", std::move(data),
                                      Places{.inputs = input_names(), .inputs_only = true}),
      options.steps);
  batches.require_data();
  return predict_all(*this, batches, options);
}

Tensor Trainer::predict_on_batch(const Tensor& x) const {
  if (!x || x.shape().rank() == 0 || x.shape()[0] == 0 || num_inputs() > 1)
    return predict_on_batch(Tensors(x)).one();
  Tensor copy;
  return predict_batch_of(*this, snapshot(x, copy));
}

Tensors Trainer::predict_on_batch(const Tensors& x) const {
  Arrays arrays = checked_arrays("predict_on_batch", {x, {}, {}});
  const Tensors placed =
      Places{.inputs = input_names()}.of_inputs("predict_on_batch", std::move(arrays.x));
  return predict_batch_of(*this, placed.each([](const Tensor& of) { return snapshot(of); }));
}

}  // namespace keratin::trainers
