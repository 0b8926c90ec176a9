// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "access.h"
#include "held.h"
#include "keratin/graph/node.h"
#include "keratin/layers/layer.h"
#include "passes.h"
#include "values.h"

/// Layers and models that users write in Python. What they are is in Python (keratin/layers/own.py): C++ sees an
/// operation, whose weights and parts Python names.
namespace keratin::python {

/// What Python says of a layer of a user's own.
class OwnLayer {
 public:
  virtual ~OwnLayer() = default;
  virtual void track(std::shared_ptr<Variable> weight) = 0;
  virtual void set_parts(std::vector<std::shared_ptr<layers::Layer>> parts) = 0;
  /// Builds it: Python's `_build_now` is called, once, with the paths of its parts under its own.
  virtual void build_now(std::vector<Spec> inputs) = 0;
  virtual void take_as_built(std::vector<Shape> shapes) = 0;
  /// Calls a function of Python's that may build layers within this one.
  virtual nb::object within(nb::callable function) = 0;
};

/// `Base` is Layer, or Model. The object of Python has
///     _run_values(values, options)   the outputs, `_core.Value`, for these inputs: builds, calls, masks
///     _specs(values, options)        the shapes and types of the outputs
///     _masks(values, options)        the masks of the outputs, None for none
///     _build_now()                   makes weights
///     _carries_mask()                whether a mask may reach it
template <class Base>
class Own : public Base, public OwnLayer {
 public:
  template <class... Arguments>
  explicit Own(Held object, Arguments&&... arguments)
      : Base(std::forward<Arguments>(arguments)...), object_(std::move(object)) {}

  Config get_config() const override { return this->base_config(); }
  bool takes_several() const override { return true; }
  bool supports_masking() const override {
    const nb::gil_scoped_acquire gil;
    return nb::cast<bool>(object().attr("_carries_mask")());
  }
  Values run(const Inputs& inputs, Pass& pass) const override {
    const Access::UserFunction here;
    const CurrentPass current(&pass);
    const typename Base::Scope scope(*this);
    return values_from(object().attr("_run_values")(kept_from(inputs.values), inputs.options), "output");
  }
  Values call(const Inputs& inputs, Pass& pass) const override { return run(inputs, pass); }
  void prepare(const Inputs& inputs) const override {
    if (!this->built()) compute_output_spec(inputs);
  }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override {
    const Access::UserFunction here;
    Pass pass(false, nullptr, MaskPolicy::kKeras3);
    const CurrentPass current(&pass);
    const typename Base::Scope scope(*this);
    std::vector<Spec> specs;
    const nb::object found = object().attr("_specs")(kept_from(inputs.values), inputs.options);
    for (const nb::handle value : nb::borrow<nb::iterable>(found)) {
      const auto& one = nb::cast<const Value&>(value);
      specs.push_back({one.shape(), one.dtype()});
    }
    return specs;
  }
  /// For one input of float32: what a Sequential asks.
  Shape compute_output_shape(const Shape& input_shape) const override {
    const std::vector<Spec> input = {{input_shape, DType::kFloat32}};
    const auto node = std::make_shared<Node>(nullptr, Inputs(), input, "value");
    return compute_output_spec(Inputs(Value::symbolic(node, 0))).at(0).shape;
  }
  Values compute_mask(const Inputs& inputs) const override {
    const Access::UserFunction here;
    Pass pass(false, nullptr, MaskPolicy::kKeras3);
    const CurrentPass current(&pass);
    Values masks;
    const nb::object found = object().attr("_masks")(kept_from(inputs.values), inputs.options);
    for (const nb::handle mask : nb::borrow<nb::iterable>(found))
      masks.push_back(mask.is_none() ? Value() : value_from(mask, "mask"));
    return masks;
  }
  std::vector<std::shared_ptr<layers::Layer>> parts() const override { return parts_; }

  void track(std::shared_ptr<Variable> weight) override { this->add_weight(std::move(weight)); }
  void set_parts(std::vector<std::shared_ptr<layers::Layer>> parts) override { parts_ = std::move(parts); }
  void build_now(std::vector<Spec> inputs) override { this->build(inputs); }
  void take_as_built(std::vector<Shape> shapes) override { this->set_built(std::move(shapes)); }
  nb::object within(nb::callable function) override {
    const typename Base::Scope scope(*this);
    return function();
  }

 protected:
  void build_weights(std::span<const Spec> /*inputs*/) override {
    const Access::UserFunction here;
    object().attr("_build_now")();
  }
  nb::object object() const { return object_.get(); }

 private:
  Held object_;
  std::vector<std::shared_ptr<layers::Layer>> parts_;
};

}  // namespace keratin::python
