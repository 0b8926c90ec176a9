// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/layers/rnn/recurrent.h"
#include "keratin/tensor/tensor_access.h"
#include "models.h"
#include "moved_seeds.h"
#include "own_layers.h"

/// Models whose class a user wrote in Python: from Model, or from a class that has its graph, with steps of its own.
namespace keratin::python {

/// Which of Trainer's methods the class has anew.
struct OwnSteps {
  bool train_step = false;
  bool test_step = false;
  bool compute_loss = false;
  bool metrics = false;
};

/// The numbers of a step that a user wrote.
inline Logs logs_from(nb::handle dict) {
  Logs logs;
  for (const auto& [name, value] : nb::borrow<nb::dict>(dict)) logs.set(nb::cast<std::string>(name), nb::cast<double>(nb::float_(value)));
  return logs;
}

/// A model whose steps a user may have written: which of them are may change, as its attributes do.
class HasOwnSteps {
 public:
  virtual ~HasOwnSteps() = default;
  virtual void set_steps(OwnSteps steps) = 0;
};

/// `Base` with the steps of the object of Python, whose methods are `_own_train_step(x, y, sample_weight)`,
/// `_own_test_step` (dicts of numbers), `_own_loss(x, y, y_pred, sample_weight)` and `_reset_own_metrics()`.
template <class Base>
class WithSteps final : public Base, public HasOwnSteps {
 public:
  template <class... Arguments>
  WithSteps(Held object, OwnSteps steps, Arguments&&... arguments)
      : Base(std::forward<Arguments>(arguments)...), object_(std::move(object)), steps_(steps) {}

  void set_steps(OwnSteps steps) override { steps_ = steps; }
  std::optional<Logs> own_train_step(const trainers::Batch& batch) override {
    return steps_.train_step ? std::optional(step("_own_train_step", batch)) : std::nullopt;
  }
  std::optional<Logs> own_test_step(const trainers::Batch& batch) override {
    return steps_.test_step ? std::optional(step("_own_test_step", batch)) : std::nullopt;
  }
  Value own_loss(const trainers::Batch& batch, const Values& y_pred, Pass& pass) const override {
    if (!steps_.compute_loss) return {};
    const Access::UserFunction here;
    const CurrentPass current(&pass);
    const nb::object loss = object_.get().attr("_own_loss")(list_of(batch.x), list_of(batch.y), kept_from(y_pred),
                                                            list_of(batch.sample_weight));
    const Value value = value_from(loss, "loss");
    if (value.is_symbolic() || value.shape().size() != 1)
      invalid_argument(this->class_name(), "compute_loss must return one number. Received: shape ", value.shape());
    return value;
  }
  bool has_own_steps() const override {
    return steps_.train_step || steps_.test_step || steps_.compute_loss;
  }
  void reset_own_metrics() override {
    if (!steps_.metrics) return;
    const Access::UserFunction here;
    object_.get().attr("_reset_own_metrics")();
  }

 private:
  Logs step(const char* method, const trainers::Batch& batch) const {
    const Access::UserFunction here;
    const CurrentPass none(nullptr);
    const SeedsOfStep seeds;
    return logs_from(object_.get().attr(method)(list_of(batch.x), list_of(batch.y), list_of(batch.sample_weight)));
  }

  Held object_;
  OwnSteps steps_;
};

/// A model of which Python has all but the training.
class OwnModel : public Own<models::Model> {
 public:
  OwnModel(Held object, std::string class_name, std::optional<std::string> name, MaskPolicy policy)
      : Own<models::Model>(std::move(object), class_name, name, policy) {}

  void set_names(std::vector<std::string> inputs, std::vector<std::string> outputs) {
    input_names_ = std::move(inputs);
    output_names_ = std::move(outputs);
  }
  void set_mask_policy(MaskPolicy policy) { mask_policy_ = policy; }
  std::vector<std::string> input_names() const override { return input_names_; }
  std::vector<std::string> output_names() const override { return output_names_; }

  std::vector<std::shared_ptr<layers::Layer>> layers() const override { return parts(); }
  std::vector<std::shared_ptr<layers::Layer>> parts() const override { return Own<models::Model>::parts(); }
  bool keeps_state() const override { return layers::keeps_state(*this); }
  std::vector<models::SummaryRow> summary_rows() const override;
  void build_for(const Tensors& x) const override;
  void check_data(const Tensors& /*x*/) const override {}
  Values run(const Inputs& inputs, Pass& pass) const override;

 private:
  std::vector<std::string> input_names_;
  std::vector<std::string> output_names_;
};

/// The four of OwnSteps, behind the object in a tuple.
inline OwnSteps steps_from(nb::handle steps) {
  return {nb::cast<bool>(steps[1]), nb::cast<bool>(steps[2]), nb::cast<bool>(steps[3]), nb::cast<bool>(steps[4])};
}

/// `steps`: None, or a tuple of the object and the four of OwnSteps.
template <class Base, class... Arguments>
nb::object bound_with_steps(nb::handle steps, Arguments&&... arguments) {
  constexpr bool is_own = std::is_same_v<Base, OwnModel>;  // which finds the object by itself
  if constexpr (!is_own) {
    if (steps.is_none())
      return nb::cast(std::make_unique<BoundModel>(std::make_shared<Base>(std::forward<Arguments>(arguments)...)));
  }
  const nb::object link = nb::module_::import_("functools").attr("partial")(steps[0]);
  std::shared_ptr<models::Model> model;
  if constexpr (is_own) {
    model = std::make_shared<WithSteps<Base>>(Held::by(link), steps_from(steps), Held::by(link),
                                              std::forward<Arguments>(arguments)...);
  } else {
    model = std::make_shared<WithSteps<Base>>(Held::by(link), steps_from(steps), std::forward<Arguments>(arguments)...);
  }
  nb::object bound = nb::cast(std::make_unique<BoundModel>(std::move(model)));
  bound.attr("_link") = link;  // what C++ finds the object by
  return bound;
}

}  // namespace keratin::python
