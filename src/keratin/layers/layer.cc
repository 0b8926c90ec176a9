// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/layer.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

void check_mask(const Layer& layer, const Shape& inputs, const Tensor& mask) {
  if (!mask) return;
  bool fits =
      mask.dtype() == DType::kBool && mask.shape().rank() < std::max<std::size_t>(inputs.rank(), 2);
  for (std::size_t i = 0; fits && i < mask.shape().rank(); ++i) {
    fits = mask.shape()[i] == inputs[i];
  }
  // One entry a step: (B, T) for (B, T, D), or less where the inputs have fewer dimensions.
  fits = fits && mask.shape().rank() + 1 >= std::min<std::size_t>(inputs.rank(), 3);
  if (!fits) {
    invalid_argument(layer.class_name(), "layer '", layer.name(), "' was given a mask of shape ",
                     mask.shape(), " and type ", to_string(mask.dtype()), " for inputs of shape ",
                     inputs, ": it must be bool and have their leading dimensions.");
  }
}

[[noreturn]] void refuse_mask(const Layer& layer) {
  invalid_argument(layer.class_name(), "layer '", layer.name(),
                   "' was given a mask, which it cannot carry: masked steps would count as data. "
                   "Take the mask off its inputs; the mask policy keras3 drops it, as Keras does.");
}

}  // namespace

Tensor Layer::first_values(const WeightOptions& options) {
  // Keras: add_weight(initializer=None).
  return options.initializer ? (*options.initializer)(options.shape)
                             : (*initializers::Initializer::get("glorot_uniform"))(options.shape);
}

Layer::Layer(LayerOptions options)
    : options_(std::move(options)),
      name_(options_.name ? *options_.name : auto_name(options_.class_name)) {
  if (name_.empty() || name_.find('/') != std::string::npos) {
    invalid_argument(options_.class_name,
                     "a layer's name must not be empty or contain '/'. Received: '", name_, "'");
  }
}
Layer::~Layer() = default;
Layer::Layer(Layer&&) noexcept = default;
Layer& Layer::operator=(Layer&&) noexcept = default;

void Layer::set_trainable(bool trainable) { options_.trainable = trainable; }

void Layer::build(const Shape& input_shape, std::string_view scope) {
  if (built_) return;
  compute_output_shape(input_shape);  // refuses shapes the layer cannot take
  if (building_) {
    throw std::logic_error(str("[", class_name(), "] layer '", name_,
                               "' is being built: an initializer may not build it once more."));
  }
  building_ = true;
  path_ = scope.empty() ? name_ : str(scope, "/", name_);
  try {
    build_weights(input_shape);
  } catch (...) {
    building_ = false;
    path_.clear();
    weights_.clear();
    throw;
  }
  building_ = false;
  build_shape_ = input_shape;
  std::atomic_ref(built_).store(true, std::memory_order_release);
}

void Layer::build_weights(const Shape&) {}

void Layer::set_chance(const std::vector<std::int64_t>& chance) {
  if (chance.size() != this->chance().size()) {
    invalid_argument(class_name(), "layer '", name(), "': chance must have ", this->chance().size(),
                     " numbers. Received: ", chance.size());
  }
  take_chance(chance);
}

Tensor Layer::compute_mask(const Tensor&, const Tensor& mask) const {
  return supports_masking() ? mask : Tensor();
}

Variable& Layer::add_weight(const WeightOptions& options) {
  const std::string path = str(path_, "/", options.name);
  auto weight =
      options.storage
          ? std::make_shared<Variable>(path, options.storage, options.trainable)
          : std::make_shared<Variable>(path, options.value ? options.value : first_values(options),
                                       options.trainable);
  weight->regularizer = options.regularizer.shared();
  weight->constraint = options.constraint.shared();
  weights_.push_back(weight);
  return *weight;
}

Config Layer::base_config() const {
  Config config = Config::dict();
  config["name"] = name_;
  config["trainable"] = trainable();
  config["dtype"] = "float32";
  return config;
}

void Layer::check_rank(const Shape& shape, std::size_t rank) const {
  if (shape.rank() != rank) {
    invalid_argument(class_name(), "layer '", name_, "' takes inputs of ", rank,
                     " dimensions. Received shape: ", shape);
  }
}

Tensor Layer::operator()(const Tensor& inputs, const CallOptions& options) {
  if (!inputs) invalid_argument(class_name(), "layer '", name_, "' was called without inputs.");
  compute_output_shape(inputs.shape());
  const Tensor mask = options.mask ? options.mask : inputs.mask();
  check_mask(*this, inputs.shape(), mask);
  if (mask && !supports_masking() && options.mask_policy == MaskPolicy::kStrict) refuse_mask(*this);
  if (!built()) check_inputs(inputs);  // what is refused builds nothing
  build(inputs.shape().with_batch(kNone));
  CallContext context;
  context.training = options.training;
  context.mask_policy = options.mask_policy;
  if (supports_masking()) context.mask = mask;
  if (options.training) context.step = next_step();
  const std::optional<DType> dtype = input_dtype();
  const Tensor values = dtype ? cast(inputs, *dtype) : inputs;
  const Tensor output = call(values, context);
  if (options.training) took_step(context.step);
  return output.with_mask(emits_mask(static_cast<bool>(mask)) ? compute_mask(values, mask)
                                                              : Tensor());
}

Variable& Layer::weight(std::size_t index) const {
  if (index >= weights_.size()) {  // also of a layer that was moved from
    invalid_argument(class_name(), "layer '", name_, "' has no weight ", index,
                     ": it is not built yet.");
  }
  return *weights_[index];
}

std::vector<Variable*> Layer::trainable_weights() const {
  std::vector<Variable*> result;
  if (!trainable()) return result;
  for (const auto& weight : weights_) {
    if (weight->trainable()) result.push_back(weight.get());
  }
  return result;
}

std::int64_t Layer::count_params() const {
  std::int64_t count = 0;
  for (const auto& weight : weights_) count += weight->shape().size();
  return count;
}

Tensor Layer::call(const Tensor& inputs, CallContext& context) const {
  if (context.call_.layer != nullptr) context.call_ = {};
  if (!inputs) invalid_argument(class_name(), "layer '", name_, "' was called without inputs.");
  if (const auto dtype = input_dtype(); dtype && inputs.dtype() != *dtype) {
    invalid_argument(class_name(), "layer '", name_, "' takes ", to_string(*dtype),
                     ". Received: ", to_string(inputs.dtype()));
  }
  compute_output_shape(inputs.shape());
  check_mask(*this, inputs.shape(), context.mask);
  Tensor outputs = compute(inputs, context);
  note_call(outputs, std::nullopt, context);
  return outputs;
}

Tensor Layer::backward(const Tensor& output_gradient, CallContext& context) {
  check_backward(output_gradient, std::nullopt, context);
  return compute_gradient(output_gradient, context);
}

Tensor Layer::call_pooled(const Tensor& inputs, Pooling pooling, MaskedSteps masked,
                          CallContext& context) const {
  if (context.call_.layer != nullptr) context.call_ = {};
  if (!inputs || !fuses_pooling(inputs.shape())) {
    invalid_argument(class_name(), "layer '", name_, "' does not pool what it computes of shape ",
                     inputs.shape(), ".");
  }
  Tensor outputs = compute_pooled(inputs, pooling, masked, context);
  note_call(outputs, pooling, context);
  return outputs;
}

void Layer::backward_pooled(const Tensor& output_gradient, Pooling pooling, MaskedSteps masked,
                            CallContext& context) {
  const Shape& shape = context.call_.output_shape;
  // Behind a pooling that keeps the axis of the steps, it has that too.
  const Tensor gradient = output_gradient && output_gradient.size() == shape.size()
                              ? output_gradient.reshaped(shape)
                              : output_gradient;
  check_backward(gradient, pooling, context);
  compute_pooled_gradient(gradient, pooling, masked, context);
}

void Layer::note_call(const Tensor& outputs, std::optional<Pooling> pooling,
                      CallContext& context) const {
  if (context.training)
    context.call_ = {this, pooling, outputs.shape(), context.saved.size(), context.mask};
}

void Layer::check_backward(const Tensor& output_gradient, std::optional<Pooling> pooling,
                           CallContext& context) const {
  const CallContext::Call& call = context.call_;
  if (call.layer != this || call.pooling != pooling || call.saved != context.saved.size()) {
    invalid_argument(class_name(), "layer '", name_,
                     "': backward takes the context of a call in training, as that call left it.");
  }
  if (!output_gradient || output_gradient.dtype() != DType::kFloat32 ||
      output_gradient.shape() != call.output_shape) {
    invalid_argument(class_name(), "layer '", name_, "': the gradient of the outputs must be ",
                     "float32 of shape ", call.output_shape, ". Received: ",
                     output_gradient ? str(to_string(output_gradient.dtype()), " of shape ",
                                           output_gradient.shape())
                                     : std::string("none"));
  }
  context.mask = call.mask;
}

Tensor Layer::compute_pooled(const Tensor&, Pooling, MaskedSteps, CallContext&) const { return {}; }
void Layer::compute_pooled_gradient(const Tensor&, Pooling, MaskedSteps, CallContext&) {}

std::vector<Tensor> Layer::get_weights() const {
  std::vector<Tensor> values;
  for (const auto& weight : weights_) values.push_back(copy_of(weight->value()));
  return values;
}

void Layer::set_weights(const std::vector<Tensor>& values) {
  if (values.size() != weights_.size()) {
    invalid_argument(class_name(), "layer '", name_, "' has ", weights_.size(), " weights",
                     built_ ? "" : " (it is not built yet)", ". Received: ", values.size(),
                     " tensors.");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i] || values[i].shape() != weights_[i]->shape()) {
      invalid_argument(class_name(), "layer '", name_, "': weight '", weights_[i]->path(),
                       "' has shape ", weights_[i]->shape(),
                       ". Received shape: ", values[i].shape());
    }
  }
  std::vector<Tensor> floats;  // all casts before the first assignment: they may run out of memory
  for (const Tensor& value : values) floats.push_back(cast(value, DType::kFloat32));
  for (std::size_t i = 0; i < values.size(); ++i) weights_[i]->assign(floats[i]);
}

}  // namespace keratin::layers
