// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/owned.h"
#include "keratin/trainers/batch_source.h"
#include "keratin/trainers/callback.h"
#include "keratin/trainers/compile_choices.h"
#include "keratin/trainers/run_state.h"
#include "keratin/trainers/trainable.h"

namespace keratin::trainers {

/// Arrays, or batches: then the source alone.
struct ValidationData {
  Tensors x = {};
  Tensors y = {};
  Tensors sample_weight = {};
  std::shared_ptr<BatchSource> source = {};
};

/// What runs between two batches of fit, evaluate and predict, and between parts of the work of
/// one: on the thread that called them, and in a prediction on others too. An exception leaves
/// them, and the model keeps its last step: how a user's interrupt gets in.
using BetweenBatches = std::function<void()>;
/// What runs before each batch of fit and evaluate, when no step is in progress: a program that
/// keeps other threads from the model meanwhile lets them use it here.
using WhenIdle = std::function<void()>;
/// Where callbacks write what they have to say; by default, standard error.
using Write = std::function<void(std::string_view)>;

/// A callback given by value (moved in) or as a shared_ptr, when the caller wants to look at it
/// later.
class CallbackChoice {
 public:
  template <std::derived_from<callbacks::Callback> Object>
  CallbackChoice(Object object) : callback_(std::make_shared<Object>(std::move(object))) {}
  template <std::derived_from<callbacks::Callback> Object>
  CallbackChoice(std::shared_ptr<Object> object) : callback_(std::move(object)) {}
  const std::shared_ptr<callbacks::Callback>& get() const { return callback_; }

 private:
  std::shared_ptr<callbacks::Callback> callback_;
};

/// After which epochs fit validates: every n-th, or those that are listed, counted from 1.
/// `.validation_freq = 2`, `.validation_freq = {1, 5}`.
class ValidationFreq {
 public:
  ValidationFreq(int every = 1) : every_(every) {}
  ValidationFreq(std::initializer_list<int> epochs) : epochs_(std::vector<int>(epochs)) {}
  ValidationFreq(std::vector<int> epochs) : epochs_(std::move(epochs)) {}
  /// `epoch` counts from 0.
  bool validates_after(int epoch) const {
    return epochs_ ? std::find(epochs_->begin(), epochs_->end(), epoch + 1) != epochs_->end()
                   : (epoch + 1) % every_ == 0;
  }
  int every() const { return every_; }

 private:
  int every_ = 1;
  std::optional<std::vector<int>> epochs_;
};

struct FitOptions {
  std::int64_t batch_size = 32;
  int epochs = 1;
  int verbose = 1;  // 0 silent, 1 progress bar, 2 a line an epoch
  std::vector<CallbackChoice> callbacks = {};
  double validation_split = 0;
  std::optional<ValidationData> validation_data = {};
  bool shuffle = true;
  std::map<std::int64_t, double> class_weight = {};
  Tensors sample_weight = {};
  int initial_epoch = 0;
  std::optional<std::int64_t> steps_per_epoch = {};
  std::optional<std::int64_t> validation_steps = {};
  std::optional<std::int64_t> validation_batch_size = {};
  ValidationFreq validation_freq = {};
  BetweenBatches between_batches = {};
  WhenIdle when_idle = {};
  Write write = {};
};

struct EvaluateOptions {
  std::int64_t batch_size = 32;
  int verbose = 1;
  Tensors sample_weight = {};
  std::optional<std::int64_t> steps = {};
  std::vector<CallbackChoice> callbacks = {};
  BetweenBatches between_batches = {};
  WhenIdle when_idle = {};
  Write write = {};
};

struct PredictOptions {
  std::int64_t batch_size = 32;
  int verbose = 0;
  std::optional<std::int64_t> steps = {};
  std::vector<CallbackChoice> callbacks = {};
  BetweenBatches between_batches = {};
  Write write = {};
};

struct BatchOptions {
  Tensors sample_weight = {};
  std::map<std::int64_t, double> class_weight = {};
};

/// Training and judging of a Trainable: Keras's `Trainer`, the half of a Model that knows data.
/// Threads: predict and predict_on_batch are const and safe from any number of threads; everything
/// else needs the model alone. When a call throws, weights and optimizer are as they were before
/// the batch in which it threw, and so are the metrics, unless one of them threw: then all start
/// again. A layer, loss or metric of the user's may call predict of the model whose step it is part
/// of; the rest throws std::logic_error there.
class Trainer : public Trainable {
 public:
  Trainer();
  ~Trainer() override;
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;

  void compile(CompileOptions options);
  void compile(Identifier<optimizers::Optimizer> optimizer, LossChoices loss,
               MetricChoices metrics = {});
  bool compiled() const;
  /// What compile() was given, as Keras has it in files: names as names, objects as configs, the
  /// optimizer with its learning rate as it is now. Null before compile(). Throws
  /// std::invalid_argument for joint_losses, which are a function.
  Config get_compile_config() const;

  /// x has a tensor an input, y and sample_weight one an output: in order or by name. An output
  /// without a loss needs no target.
  History fit(const Tensors& x, const Tensors& y, const FitOptions& options = {});
  /// Of batches; batch_size, shuffle, validation_split and sample_weight are the source's business.
  History fit(std::shared_ptr<BatchSource> data, const FitOptions& options = {});
  /// Loss and metrics by name.
  Logs evaluate(const Tensors& x, const Tensors& y, const EvaluateOptions& options = {});
  Logs evaluate(std::shared_ptr<BatchSource> data, const EvaluateOptions& options = {});
  /// Of a model with one input and one output.
  Tensor predict(const Tensor& x, const PredictOptions& options = {}) const;
  /// A tensor an output.
  Tensors predict(const Tensors& x, const PredictOptions& options = {}) const;
  /// The outputs of all batches, one after another.
  Tensors predict(std::shared_ptr<BatchSource> data, const PredictOptions& options = {}) const;

  Logs train_on_batch(const Tensors& x, const Tensors& y, const BatchOptions& options = {});
  Logs test_on_batch(const Tensors& x, const Tensors& y, const BatchOptions& options = {});
  Tensor predict_on_batch(const Tensor& x) const;
  Tensors predict_on_batch(const Tensors& x) const;

  // For a step of the model's own (Trainable::own_train_step): y and sample_weight have an entry an
  // output, in order.

  /// The compiled losses, those of layers in this pass, and the penalties of the weights: one
  /// number. Its derivative leaves out the penalties, which Optimizer::apply adds.
  Value compute_loss(const Tensors& y, const Values& y_pred, const Tensors& sample_weight,
                     Pass& pass);
  /// Takes the batch into the compiled metrics; what they say of all batches so far.
  Logs compute_metrics(const Tensors& y, const Values& y_pred, const Tensors& sample_weight = {});

  /// Throws std::invalid_argument before compile().
  optimizers::Optimizer& optimizer() const;
  /// "loss" first, then output_loss where several outputs have one, then the metrics.
  std::vector<std::string> metrics_names() const;
  /// The metric behind that name of the logs ("accuracy"); null where there is none. Metrics appear
  /// with the first batch after compile().
  const metrics::Metric* find_metric(std::string_view name) const;
  void reset_metrics();
  /// The regularizers' penalties of the weights as they are: Keras's `losses`, one a regularizer.
  std::vector<float> losses() const;

  std::vector<Tensor> get_weights() const;
  /// Throws std::invalid_argument, and assigns nothing, when number or a shape differs.
  void set_weights(const std::vector<Tensor>& weights);

  /// Where the fit in progress stands: epoch and batch, the order of the samples, loss and metrics
  /// of the epoch so far, the callbacks, and what the process draws from without a seed. With the
  /// weights, the optimizer's state and Layer::chance() it is all that a fit of the same data needs
  /// to go on. For Callback::on_all_heard. Throws std::logic_error where no fit goes on.
  RunState run_state() const;
  /// The fit in progress begins where another one stood, given its run_state(): for callbacks in
  /// on_train_begin, before which fit has looked at its arguments. What does not fit the data or
  /// the metrics is std::invalid_argument from fit. Throws std::logic_error where no fit goes on.
  void resume(RunState state);

  /// Set by a callback: fit ends after the batch in progress. Keras: `model.stop_training`.
  bool stop_training = false;

 protected:
  /// Throws std::logic_error, naming `method`, while a loss or metric of this model is being
  /// called.
  void require_idle(std::string_view method) const;

 private:
  struct State;
  struct Loop;
  Owned<State> state_;
};

}  // namespace keratin::trainers
