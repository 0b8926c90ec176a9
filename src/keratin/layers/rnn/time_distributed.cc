// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/time_distributed.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/graph/node.h"
#include "keratin/graph/op.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/reductions.h"

namespace keratin::layers {

template <class F>
void fields(F& f, TimeDistributedOptions& o) {
  base_fields(f, o);
  f("layer", o.layer);
}

namespace {

/// The mask where it has more than the steps: what the layer is given.
Value mask_within(const Inputs& inputs) {
  const Value mask = inputs.mask();
  return mask && mask.shape().rank() > 2 ? mask : Value();
}

/// What the shapes of the two ops below have in common: the elements as they lie.
class StepsOp : public Op {
 public:
  Result forward(const Arguments& x) const override {
    std::vector<Spec> specs;
    Values values;
    for (std::size_t i = 0; i < x.size(); ++i) values.push_back(x.value(i));
    Result result{x[0].reshaped(compute_output_spec(Inputs(values))[0].shape)};
    if (x.wants(0)) {
      result.pullback = [from = x[0].shape()](Slopes& slopes) {
        slopes.add(0, slopes.of().reshaped(from));
      };
    }
    return result;
  }
};

/// (B, T, ...) as (B * T, ...).
class StepsAsSamples final : public StepsOp {
 public:
  std::string_view class_name() const override { return "StepsAsSamples"; }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override {
    const Shape& of = inputs[0].shape();
    Shape shape = of.from(1);
    shape[0] = of[0] == kNone || of[1] == kNone ? kNone : Shape{of[0], of[1]}.size();
    return {{shape, inputs[0].dtype()}};
  }
};

/// (B * T, ...) as (B, T, ...), which the second value has.
class SamplesAsSteps final : public StepsOp {
 public:
  std::string_view class_name() const override { return "SamplesAsSteps"; }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override {
    Shape shape = {inputs[1].shape()[0], inputs[1].shape()[1]};
    for (const std::int64_t dim : inputs[0].shape().from(1)) shape.push_back(dim);
    return {{shape, inputs[0].dtype()}};
  }
};

Value with_steps_as_samples(const Value& x) {
  return apply_op(std::make_shared<StepsAsSamples>(), Inputs(x.with_mask({})));
}

Value with_steps(const Value& x, const Value& like) {
  Values both = x.with_mask({});
  both.push_back(like.with_mask({}));
  return apply_op(std::make_shared<SamplesAsSteps>(), Inputs(both));
}

/// A value of which no more is known.
Inputs symbolic(const Shape& shape, DType dtype) {
  const std::vector<Spec> spec = {{shape, dtype}};
  return Inputs(Value::symbolic(std::make_shared<Node>(nullptr, Inputs(), spec, "value"), 0));
}

Value masked(const Value& x, const Value& mask) { return mask ? x.with_mask(mask) : x; }

}  // namespace

TimeDistributed::TimeDistributed(const TimeDistributedOptions& options)
    : Configured(options, base_options(kName, options)) {
  if (!options_.layer) invalid_argument(kName, "layer must be a layer. Received: None");
  if (!trainable()) layer()->set_trainable(false);
}

Shape TimeDistributed::shape_of_step(const Shape& input_shape) const {
  if (input_shape.rank() < 3) {
    invalid_argument(
        class_name(), "layer '", name(),
        "' takes inputs of at least 3 dimensions, (batch, steps, ...). Received shape: ",
        input_shape);
  }
  Shape shape = input_shape.from(1);
  shape[0] = input_shape[0];
  return shape;
}

Shape TimeDistributed::compute_output_shape(const Shape& input_shape) const {
  return compute_output_spec(symbolic(input_shape, DType::kFloat32))[0].shape;
}

std::vector<Spec> TimeDistributed::compute_output_spec(const Inputs& inputs) const {
  const Scope here(*this);  // the layer may be built in order to know
  const Shape& shape = inputs[0].shape();
  std::vector<Spec> specs =
      layer()->compute_output_spec(symbolic(shape_of_step(shape), inputs[0].dtype()));
  if (specs.size() != 1) {
    invalid_argument(class_name(), "layer '", name(),
                     "' takes a layer of one output. Received: ", specs.size());
  }
  Shape all = {specs[0].shape[0], shape[1]};
  for (const std::int64_t dim : specs[0].shape.from(1)) all.push_back(dim);
  specs[0].shape = all;
  return specs;
}

/// As many samples of the layer as there are steps: a model within knows the shape of one.
void TimeDistributed::check_inputs(const Tensor& inputs) const {
  if (inputs.shape().rank() < 3) return;  // which call() says
  Shape shape = inputs.shape().from(1);
  shape[0] *= inputs.shape()[0];
  layer()->check_inputs(inputs.reshaped(shape));
}

/// Keras 2: where the layer makes no mask, a step counts in which something does. So it is of a
/// mask of elements, which are not those of the outputs.
Values TimeDistributed::compute_mask(const Inputs& inputs) const {
  const Value mask = inputs.mask(), within = mask_within(inputs);
  const bool is_of_elements = mask && mask.shape().rank() == inputs[0].shape().rank();
  const Values found =
      is_of_elements
          ? Values()
          : layer()->compute_mask(Inputs(masked(with_steps_as_samples(inputs[0]),
                                                within ? with_steps_as_samples(within) : within)));
  if (!found.empty() && found[0]) return with_steps(found[0], inputs[0]);
  if (!mask || !within) return mask ? Values(mask) : Values();
  std::vector<std::int64_t> axes;
  for (std::size_t i = 2; i < mask.shape().rank(); ++i)
    axes.push_back(static_cast<std::int64_t>(i));
  return ops::any(mask, axes);
}

void TimeDistributed::build_weights(std::span<const Spec> inputs) {
  layer()->prepare(symbolic(shape_of_step(inputs[0].shape), inputs[0].dtype));
}

void TimeDistributed::take_chance(const std::vector<std::int64_t>& chance) {
  layer()->set_chance(chance);
}

/// In training, where a step must not see the others: the layer draws, or has weights that are no
/// part of a derivative, such as moving means.
bool TimeDistributed::goes_by_steps(const Pass& pass) const {
  if (!pass.training) return false;
  return !layer()->chance().empty() ||
         std::ranges::any_of(layer()->weights(),
                             [](const auto& weight) { return !weight->trainable(); });
}

Values TimeDistributed::call(const Inputs& inputs, Pass& pass) const {
  const Value& x = inputs[0];
  const Value mask = inputs.mask(), within = mask_within(inputs);
  const Shape& shape = x.shape();
  if (mask &&
      (mask.shape().rank() < 2 || mask.shape()[0] != shape[0] || mask.shape()[1] != shape[1])) {
    invalid_argument(class_name(), "layer '", name(), "' was given a mask of shape ", mask.shape(),
                     " for inputs of shape ", shape, ": its first two dimensions must be theirs.");
  }
  if (!goes_by_steps(pass)) {
    const Value step = with_steps_as_samples(x);
    return with_steps(
        Value(layer()->run(masked(step, within ? with_steps_as_samples(within) : within), pass)),
        x);
  }
  const Values steps = ops::unstack(x.with_mask({}), {}, 1);
  const Values masks = within ? ops::unstack(within, {}, 1) : Values();
  Values outputs;
  for (std::size_t i = 0; i < steps.size(); ++i)
    outputs.push_back(
        Value(layer()->run(masked(steps[i], within ? masks[i] : within), pass)).with_mask({}));
  if (outputs.empty()) return Tensor::zeros(compute_output_spec(inputs)[0].shape);
  return ops::stack(outputs, 1);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::TimeDistributed, layers::TimeDistributedOptions,
                          layers::LayerOf<layers::TimeDistributed>>;
}  // namespace keratin
