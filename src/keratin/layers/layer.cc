// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/layer.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/graph/op.h"
#include "keratin/ops/shapes.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

/// Whether the mask is bool of the first dimensions of a shape, or of all.
bool leads(const Tensor& mask, const Shape& shape) {
  bool fits = mask.dtype() == DType::kBool && mask.shape().rank() <= shape.rank();
  for (std::size_t i = 0; fits && i < mask.shape().rank(); ++i) fits = mask.shape()[i] == shape[i];
  return fits;
}

void check_mask(const Layer& layer, const Shape& inputs, const Tensor& mask) {
  if (!mask) return;
  // One entry a step, (B, T) for (B, T, D), or less where the inputs have fewer dimensions; or
  // more, up to one an element.
  const bool fits =
      leads(mask, inputs) && mask.shape().rank() + 1 >= std::min<std::size_t>(inputs.rank(), 3);
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

/// The penalty of a layer's output. Keras: divided by the batch size.
Value activity_loss(const Identifier<const regularizers::Regularizer>& regularizer,
                    const Value& output) {
  return compute({&output}, [&](const Arguments& x) {
    const Tensor& y = x[0];
    const std::int64_t batch = y.shape().rank() == 0 ? 1 : y.shape()[0];
    const float share = batch == 0 ? 0 : 1 / static_cast<float>(batch);
    Result result{Tensor::from(
        std::vector<float>{batch == 0 ? 0 : (*regularizer)(y) / static_cast<float>(batch)},
        Shape{})};
    if (x.wants(0)) {
      result.pullback = [regularizer, y, share](Slopes& slopes) {
        Tensor slope = Tensor::zeros(y.shape());
        regularizer->add_gradient(y.data<float>(), y.shape(), share * slopes.of().data<float>()[0],
                                  slope.data<float>());
        slopes.add(0, std::move(slope));
      };
    }
    return result;
  });
}

std::vector<Spec> specs_of(const Values& values) {
  std::vector<Spec> specs;
  for (const Value& value : values) specs.push_back({value.shape(), value.dtype()});
  return specs;
}

}  // namespace

thread_local const Layer::Scope* Layer::Scope::innermost_ = nullptr;
thread_local bool Undrawn::is_on_ = false;

Layer::Scope::Scope(const Layer& layer) : layer_(layer), outer_(innermost_) { innermost_ = this; }
Layer::Scope::~Scope() { innermost_ = outer_; }

const Layer* Layer::Scope::around(const Layer& layer) {
  const Scope* scope = innermost_;
  while (scope != nullptr && &scope->layer_ == &layer) scope = scope->outer_;
  return scope == nullptr ? nullptr : &scope->layer_;
}

/// One thread builds; others wait for it, and an initializer that would build once more is told.
struct Layer::Build {
  static constexpr std::string_view kOwner = "Layer";
  std::mutex mutex;
  std::atomic<std::thread::id> builder;
};

Layer::Layer(LayerOptions options)
    : options_(std::move(options)),
      name_(options_.name ? *options_.name : auto_name(options_.class_name)),
      build_(std::make_unique<Build>()) {
  if (name_.empty() || name_.find('/') != std::string::npos) {
    invalid_argument(options_.class_name,
                     "a layer's name must not be empty or contain '/'. Received: '", name_, "'");
  }
}
Layer::~Layer() = default;
Layer::Layer(Layer&&) noexcept = default;
Layer& Layer::operator=(Layer&&) noexcept = default;

bool Layer::built() const {
  return std::atomic_ref(const_cast<bool&>(built_)).load(std::memory_order_acquire);
}

void Layer::set_trainable(bool trainable) {
  options_.trainable = trainable;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    if (trains_[i]) weights_[i]->set_trainable(trainable);
  }
  for (const auto& part : parts()) part->set_trainable(trainable);
}

void Layer::take_path(std::string_view scope) {
  const Layer* const around = Scope::around(*this);
  path_ = scope == "/"        ? name_
          : !scope.empty()    ? str(scope, "/", name_)
          : around != nullptr ? str(around->path(), "/", name_)
                              : name_;
}

void Layer::build(const Shape& input_shape, std::string_view scope) const {
  build(std::vector<Spec>{{input_shape, input_dtype().value_or(DType::kFloat32)}}, scope);
}

void Layer::build(std::span<const Spec> inputs, std::string_view scope) const {
  if (built()) return;
  if (inputs.empty() || (inputs.size() > 1 && !takes_several())) {
    invalid_argument(class_name(), "layer '", name_,
                     "' takes one input. Received: ", inputs.size());
  }
  if (!takes_several()) compute_output_shape(inputs[0].shape);  // refuses what it cannot take
  if (build_->builder == std::this_thread::get_id()) {
    wrong_moment(class_name(), "layer '", name_,
                 "' is being built: an initializer may not build it once more.");
  }
  const std::lock_guard lock(build_->mutex);
  if (built()) return;
  build_->builder = std::this_thread::get_id();
  // Const for those who call, as the first of many predictions may build: what it makes is looked
  // at by nobody before built_ says so.
  auto& self = const_cast<Layer&>(*this);
  self.take_path(scope);
  const std::size_t had = weights_.size();  // a layer may make some before it is built
  try {
    const Scope here(*this);
    self.build_weights(inputs);
    for (const Spec& input : inputs) self.build_shapes_.push_back(input.shape);
  } catch (...) {
    build_->builder = std::thread::id();
    self.path_.clear();
    self.weights_.resize(had);
    self.trains_.resize(had);
    self.build_shapes_.clear();
    throw;
  }
  build_->builder = std::thread::id();
  std::atomic_ref(self.built_).store(true, std::memory_order_release);
}

void Layer::quantize(const QuantizationConfig&) {
  invalid_argument(class_name(), "layer '", name_, "' cannot be quantized.");
}

bool Layer::keeps_more_than_weights() const {
  return std::ranges::any_of(parts(),
                             [](const auto& part) { return part->keeps_more_than_weights(); });
}

void Layer::build_weights(const Shape&) {}
void Layer::build_weights(std::span<const Spec> inputs) { build_weights(inputs[0].shape); }

void Layer::set_chance(const std::vector<std::int64_t>& chance) {
  if (chance.size() != this->chance().size()) {
    invalid_argument(class_name(), "layer '", name(), "': chance must have ", this->chance().size(),
                     " numbers. Received: ", chance.size());
  }
  take_chance(chance);
}

Shape Layer::compute_output_shape(const Shape& input_shape) const {
  invalid_argument(class_name(), "layer '", name_,
                   "' takes a list of inputs. Received: one, of shape ", input_shape);
}

std::vector<Spec> Layer::compute_output_spec(const Inputs& inputs) const {
  return {{compute_output_shape(inputs[0].shape()), DType::kFloat32}};
}

Values Layer::compute_mask(const Inputs& inputs) const {
  if (!supports_masking() || (!inputs[0].has_mask() && inputs.named.empty())) return {};
  return inputs.mask();
}

Tensor Layer::compute_mask(const Tensor& inputs, const Tensor& mask) const {
  const Values masks = compute_mask(Inputs(Value(inputs).with_mask(mask ? Value(mask) : Value())));
  return masks.empty() ? Tensor() : masks[0].tensor();
}

void Layer::set_built(std::vector<Shape> shapes) {
  build_shapes_ = std::move(shapes);
  std::atomic_ref(built_).store(true, std::memory_order_release);
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

void Layer::check_call(const Inputs& inputs) const {
  if (takes_several()) {
    compute_output_spec(inputs);
  } else {
    compute_output_shape(inputs[0].shape());
  }
}

void Layer::prepare(const Inputs& inputs) const {
  if (inputs.size() == 0 || (inputs.size() > 1 && !takes_several())) {
    invalid_argument(class_name(), "layer '", name_, "' takes ",
                     takes_several() ? "some inputs" : "one input", ". Received: ", inputs.size());
  }
  for (const Value& value : inputs.values) {
    if (!value) invalid_argument(class_name(), "layer '", name_, "' was called without inputs.");
  }
  if (!built()) {
    std::vector<Spec> specs = specs_of(inputs.values);
    for (Spec& spec : specs) {
      if (spec.shape.rank() > 0) spec.shape = spec.shape.with_batch(kNone);
    }
    build(specs);
  }
  check_call(inputs);
}

Values Layer::run(const Inputs& inputs, Pass& pass) const {
  if (inputs.any_symbolic()) return Operation::operator()(inputs, pass);  // part of another layer
  prepare(inputs);
  const Pass::Training training(pass, inputs.options);
  if (!supports_masking() && pass.mask_policy == MaskPolicy::kStrict) {
    for (const Value& value : inputs.values) {
      if (value.has_mask()) refuse_mask(*this);
    }
  }
  const std::optional<DType> dtype = input_dtype();
  const auto is_other = [&](const Value& value) { return dtype && value.dtype() != *dtype; };
  Values outputs;
  if (std::ranges::any_of(inputs.values.span(), is_other)) {
    Inputs floats = inputs;
    for (Value& value : floats.values) {
      if (is_other(value)) value = Value(cast(value.tensor(), *dtype)).with_mask(value.mask());
    }
    outputs = call(floats, pass);
  } else {
    outputs = call(inputs, pass);
  }
  if (outputs.empty() || !std::ranges::all_of(outputs.span(), &Value::operator bool)) {
    invalid_argument(class_name(), "call() of layer '", name_, "' must return values. Received: ",
                     outputs.empty() ? "none" : "one that is none");
  }
  if (activity_regularizer()) {
    for (const Value& output : outputs)
      pass.add_loss(activity_loss(activity_regularizer(), output));
  }
  if (!supports_masking() || !keeps_mask(pass.mask_policy)) return outputs;
  return with_masks(std::move(outputs), compute_mask(inputs));
}

Tensor Layer::operator()(const Tensor& inputs, const CallOptions& options) const {
  if (!inputs) invalid_argument(class_name(), "layer '", name_, "' was called without inputs.");
  Value x(inputs);
  if (options.mask) x = x.with_mask(options.mask);
  if (x.has_mask()) check_mask(*this, inputs.shape(), x.mask().tensor());
  if (!built()) {
    compute_output_shape(inputs.shape());
    check_inputs(inputs);  // what is refused builds nothing
  }
  Pass pass(options.training, nullptr, options.mask_policy);
  const Values outputs = Operation::operator()(Inputs(std::move(x)), pass);
  const Value output(outputs);
  if (output.has_mask() && !leads(output.mask().tensor(), output.shape())) {
    invalid_argument(
        class_name(), "layer '", name_, "': the mask, ", output.mask().shape(),
        ", must have leading dimensions of the outputs too. Received outputs of shape ",
        output.shape());
  }
  pass.commit();
  return output.kept().with_masked_elements();
}

std::shared_ptr<Layer> Layer::moved() && {
  wrong_moment(class_name(), "layer '", name_,
               "' becomes part of a graph, which shares it: make it shared first.");
}

Values Layer::operator()(const Values& inputs) const& { return (*this)(inputs, CallArguments()); }

Values Layer::operator()(const Values& inputs, const CallArguments& arguments) const& {
  Pass pass;
  Config options = arguments.options.empty() ? Config() : Config(arguments.options);
  return Operation::operator()(Inputs(inputs, arguments.named, std::move(options)), pass);
}

Value Layer::reshaped(const Value& value, const Shape& shape) {
  if (value.is_symbolic()) return ops::reshape(value, {shape.begin(), shape.end()});
  return compute({&value}, [&](const Arguments& x) {
    Result result{x[0].reshaped(shape)};
    if (x.wants_any()) {
      result.pullback = [from = x[0].shape()](Slopes& slopes) {
        slopes.add(0, slopes.of().reshaped(from));
      };
    }
    return result;
  });
}

}  // namespace keratin::layers
