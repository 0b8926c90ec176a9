// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/sequential.h"

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/layers/input_layer.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::models {

/// What is known of shapes. A prediction may build the model, on whichever thread is first: such a
/// build holds the mutex and sets `done` last, and readers look at `done` first. add, pop and build
/// change it without, for they need the model alone.
struct Sequential::Build {
  static constexpr std::string_view kOwner = "Sequential";
  std::mutex mutex;
  std::atomic<bool> done = false;
  std::atomic<std::thread::id> builder;  // who makes the layers' weights now
  Shape input_shape;
  std::vector<Shape> output_shapes;            // one a layer
  const layers::Layer* mask_source = nullptr;  // under kStrict: whose mask leaves the last layer

  /// While it lives, this thread makes the layers' weights.
  struct Building {
    Build& build;
    explicit Building(Build& b) : build(b) { build.builder = std::this_thread::get_id(); }
    ~Building() { build.builder = std::thread::id(); }
    Building(const Building&) = delete;
    Building& operator=(const Building&) = delete;
  };
};

namespace {

struct FusedPooling {
  Pooling pooling;
  MaskedSteps masked;
};

/// One pass through the layers: a context a layer, and the outputs that activity regularizers need.
struct SequentialPass final : trainers::Pass {
  std::vector<layers::CallContext> contexts;
  std::vector<std::optional<FusedPooling>> fused;  // of the layers that also did what the next does
  std::vector<Tensor> penalized;  // empty unless a layer has an activity regularizer
};

/// The penalty of a layer's output. Keras: divided by the batch size.
float activity_penalty(const layers::Layer& layer, const Tensor& output) {
  const std::int64_t batch = output.shape().rank() == 0 ? 1 : output.shape()[0];
  return batch == 0 ? 0 : (*layer.activity_regularizer())(output) / static_cast<float>(batch);
}

/// gradient + d activity_penalty / d output.
Tensor with_activity_gradient(const layers::Layer& layer, const Tensor& output,
                              const Tensor& gradient) {
  const std::int64_t batch = output.shape().rank() == 0 ? 1 : output.shape()[0];
  if (batch == 0) return gradient;
  Tensor sum = copy_of(gradient);
  layer.activity_regularizer()->add_gradient(output.data<float>(), output.shape(),
                                             1.0F / static_cast<float>(batch), sum.data<float>());
  return sum;
}

[[noreturn]] void refuse_mask(std::string_view who_has, const layers::Layer& layer) {
  invalid_argument(
      "Sequential", who_has, " a mask, and layer '", layer.name(), "' (", layer.class_name(),
      ") cannot carry it: masked steps would count as data. Use layers that know "
      "masks, or leave mask_zero out. The model's mask policy keras3 drops the mask, as "
      "Keras does.");
}

/// How `first`, given inputs of that shape, can do what `second` does behind it.
std::optional<FusedPooling> fusion(const layers::Layer& first, const layers::Layer& second,
                                   const Shape& input_shape, bool inputs_masked,
                                   MaskPolicy policy) {
  const std::optional<Pooling> pooling = second.pooling();
  if (!pooling || second.activity_regularizer() || !first.fuses_pooling(input_shape))
    return std::nullopt;
  const bool masked = second.supports_masking() && first.emits_mask(inputs_masked);
  return FusedPooling{*pooling, masked ? masked_steps(policy) : MaskedSteps::kNone};
}

}  // namespace

Sequential::Sequential(SequentialOptions options)
    : Model(options.name ? *options.name : auto_name("Sequential")),
      mask_policy_(options.mask_policy),
      build_(std::make_unique<Build>()) {}

Sequential::Sequential(std::initializer_list<LayerEntry> layers, SequentialOptions options)
    : Sequential(std::move(options)) {
  for (const LayerEntry& layer : layers) add_layer(layer.get());
}

Sequential::~Sequential() = default;
Sequential::Sequential(Sequential&&) noexcept = default;
Sequential& Sequential::operator=(Sequential&&) noexcept = default;

/// An initializer may be a user's own, and know the model.
void Sequential::require_not_building(std::string_view method) const {
  if (build_->builder != std::this_thread::get_id()) return;
  throw std::logic_error(
      str("[", method, "] model '", name(), "' is being built: an initializer may not use it."));
}

void Sequential::add_layer(std::shared_ptr<layers::Layer> layer) {
  require_idle("add");
  require_not_building("add");
  if (!layer) invalid_argument("Sequential", "a layer must be given.");
  if (names_.contains(layer->name())) {
    invalid_argument("Sequential", "the name '", layer->name(),
                     "' is already that of a layer of this model. Layers must have unique names.");
  }
  if (!layers_.empty() && layer->class_name() == "InputLayer") {
    invalid_argument("Sequential", "an input layer must be the first layer of model '", name(),
                     "'.");
  }
  layers_.push_back(std::move(layer));
  try {
    names_.insert(layers_.back()->name());
    if (build_->done) {
      build_last_layer();
    } else if (layers_.size() == 1) {
      rebuild_if_known();
    } else {
      build_->mask_source = mask_behind(build_->mask_source, *layers_.back());
    }
  } catch (...) {
    names_.erase(layers_.back()->name());
    layers_.pop_back();
    throw;
  }
}

std::shared_ptr<layers::Layer> Sequential::pop() {
  require_idle("pop");
  require_not_building("pop");
  if (layers_.empty()) invalid_argument("Sequential", "model '", name(), "' has no layer to pop.");
  auto last = std::move(layers_.back());
  layers_.pop_back();
  names_.erase(last->name());
  if (layers_.empty()) {
    build_ = std::make_unique<Build>();
  } else {
    rebuild_if_known();
  }
  return last;
}

void Sequential::rebuild_if_known() {
  if (const auto shape = layers_.front()->input_shape_from_options()) {
    build_layers(*shape);
  } else if (build_->done) {
    build_layers(build_->input_shape);
  } else {
    build_->mask_source = check_masks();
  }
}

void Sequential::set_mask_policy(MaskPolicy policy) {
  const MaskPolicy before = std::exchange(mask_policy_, policy);
  try {
    build_->mask_source = check_masks();
  } catch (...) {
    mask_policy_ = before;
    throw;
  }
}

const layers::Layer* Sequential::check_masks() const {
  const layers::Layer* source = nullptr;
  for (const auto& layer : layers_) source = mask_behind(source, *layer);
  return source;
}

const layers::Layer* Sequential::mask_behind(const layers::Layer* source,
                                             const layers::Layer& layer) const {
  if (mask_policy_ != MaskPolicy::kStrict) return nullptr;
  if (source != nullptr && !layer.supports_masking()) {
    refuse_mask(str("layer '", source->name(), "' (", source->class_name(), ") makes"), layer);
  }
  if (!layer.emits_mask(source != nullptr)) return nullptr;
  return source == nullptr ? &layer : source;
}

/// The layers before it are built: looking at them again for each one would take n^2 steps.
void Sequential::build_last_layer() {
  layers::Layer& layer = *layers_.back();
  const layers::Layer* source = mask_behind(build_->mask_source, layer);
  const Shape shape =
      build_->output_shapes.empty() ? build_->input_shape : build_->output_shapes.back();
  build_->output_shapes.reserve(layers_.size());
  Shape output_shape = layer.compute_output_shape(shape);
  {
    const Build::Building building(*build_);
    layer.build(shape, name());
  }
  build_->output_shapes.push_back(std::move(output_shape));
  build_->mask_source = source;
}

void Sequential::build_layers(const Shape& input_shape) const {
  const layers::Layer* source = check_masks();
  // All shapes first: a model that cannot take this input stays as it was.
  std::vector<Shape> shapes = {input_shape};
  for (const auto& layer : layers_) shapes.push_back(layer->compute_output_shape(shapes.back()));
  {
    const Build::Building building(*build_);
    for (std::size_t i = 0; i < layers_.size(); ++i) layers_[i]->build(shapes[i], name());
  }
  shapes.erase(shapes.begin());
  build_->input_shape = input_shape;
  build_->output_shapes = std::move(shapes);
  build_->mask_source = source;
  build_->done = true;
}

void Sequential::build(const Shape& input_shape) {
  require_idle("build");
  require_not_building("build");
  if (layers_.empty())
    invalid_argument("Sequential", "model '", name(), "' has no layers. Call add().");
  for (const std::int64_t dim : input_shape) {
    if (dim < 0 && dim != kNone) {
      invalid_argument("Sequential",
                       "a shape must have dimensions of 0 or more. Received: ", input_shape);
    }
  }
  if (const auto fixed = layers_.front()->input_shape_from_options();
      fixed && !fixed->is_compatible_with(input_shape)) {
    invalid_argument("Sequential", "model '", name(), "' takes inputs of shape ", *fixed,
                     ". Received: ", input_shape);
  }
  build_layers(input_shape);
}

void Sequential::check_inputs(const Tensor& x) const {
  Shape shape = x.shape().rank() == 0 ? x.shape() : x.shape().with_batch(kNone);
  for (const auto& layer : layers_) shape = layer->compute_output_shape(shape);
  for (const auto& layer : layers_) {
    if (layer->class_name() == "InputLayer") continue;
    layer->check_inputs(x);
    break;
  }
}

void Sequential::build_for(const Tensor& x) const {
  require_not_building("build");
  if (build_->done) return;
  if (layers_.empty())
    invalid_argument("Sequential", "model '", name(), "' has no layers. Call add().");
  check_inputs(x);
  const std::lock_guard lock(build_->mutex);
  if (!build_->done) build_layers(x.shape().with_batch(kNone));
}

bool Sequential::built() const { return build_->done; }

Shape Sequential::input_shape() const {
  if (!built())
    invalid_argument("Sequential", "model '", name(), "' has no input shape yet: it is not built.");
  return build_->input_shape;
}

Shape Sequential::output_shape() const {
  if (!built())
    invalid_argument("Sequential", "model '", name(),
                     "' has no output shape yet: it is not built.");
  return build_->output_shapes.back();
}

std::vector<std::shared_ptr<layers::Layer>> Sequential::layers() const {
  if (layers_.empty() || layers_.front()->class_name() != "InputLayer") return layers_;
  return {layers_.begin() + 1, layers_.end()};
}

std::unique_ptr<trainers::Pass> Sequential::forward(const Tensor& x, bool training,
                                                    std::int64_t step) const {
  if (!x) invalid_argument("Sequential", "model '", name(), "' was called without inputs.");
  build_for(x);
  auto pass = std::make_unique<SequentialPass>();
  pass->contexts.resize(layers_.size());
  pass->fused.resize(layers_.size());
  bool any_trainable = false;  // in the layers so far: whether their gradients are worth computing
  // The inputs of the next layer: x itself, whose handle other threads may be counting, or `made`.
  const Tensor* value = &x;
  Tensor made;
  Tensor mask = x.mask();
  if (mask) {
    made = x.with_mask({});
    value = &made;
  }
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    parallel::check_interrupt();
    const layers::Layer& layer = *layers_[i];
    layers::CallContext& context = pass->contexts[i];
    context.training = training;
    context.step = step;
    if (mask && !layer.supports_masking() && mask_policy_ == MaskPolicy::kStrict)
      refuse_mask("the inputs carry", layer);  // those of layers were refused when it was built
    context.mask_policy = mask_policy_;
    context.mask = layer.supports_masking() ? mask : Tensor();
    context.wants_input_gradient = any_trainable;
    any_trainable = any_trainable || (layer.trainable() && !layer.weights().empty());

    if (const auto dtype = layer.input_dtype(); dtype && *dtype != value->dtype()) {
      made = cast(*value, *dtype);
      value = &made;
    }
    if (i + 1 < layers_.size()) {
      const layers::Layer& next = *layers_[i + 1];
      if (const auto pooled =
              fusion(layer, next, value->shape(), static_cast<bool>(mask), mask_policy_)) {
        const Shape out = next.compute_output_shape(layer.compute_output_shape(value->shape()));
        made = layer.call_pooled(*value, pooled->pooling, pooled->masked, context).reshaped(out);
        value = &made;
        mask = Tensor();
        pass->fused[i++] = pooled;
        continue;
      }
    }
    Tensor output = layer.call(*value, context);
    mask = layer.emits_mask(static_cast<bool>(mask)) ? layer.compute_mask(*value, mask) : Tensor();
    if (layer.activity_regularizer()) {
      pass->activity_penalty += activity_penalty(layer, output);
      pass->penalized.resize(layers_.size());
      pass->penalized[i] = output;
    }
    made = std::move(output);
    value = &made;
  }
  pass->output = value == &x ? x : std::move(made);
  pass->mask = std::move(mask);
  return pass;
}

void Sequential::backward(const Tensor& output_gradient, trainers::Pass& pass) {
  auto* const found = dynamic_cast<SequentialPass*>(&pass);
  if (found == nullptr || found->contexts.size() != layers_.size() || !output_gradient ||
      output_gradient.shape() != found->output.shape()) {
    invalid_argument("Sequential", "model '", name(),
                     "': backward takes what forward() in training gave, and the gradient of its "
                     "output. Received: a gradient of shape ",
                     output_gradient.shape());
  }
  SequentialPass& own = *found;
  Tensor gradient = output_gradient;
  for (std::size_t i = layers_.size(); i-- > 0;) {
    parallel::check_interrupt();
    if (i > 0 && own.fused[i - 1]) {
      const auto [pooling, masked] = *own.fused[--i];
      layers_[i]->backward_pooled(gradient, pooling, masked, own.contexts[i]);
      return;  // nothing before it has a gradient
    }
    layers::CallContext& context = own.contexts[i];
    if (!context.wants_input_gradient && layers_[i]->trainable_weights().empty()) return;
    if (layers_[i]->activity_regularizer()) {
      gradient = with_activity_gradient(*layers_[i], own.penalized[i], gradient);
    }
    gradient = layers_[i]->backward(gradient, context);
    context.saved.clear();
    if (!context.wants_input_gradient) return;
  }
}

void Sequential::took_step(std::int64_t step) {
  for (const auto& layer : layers_) layer->took_step(step);
}

std::string Sequential::summary(const SummaryOptions& options) const {
  std::vector<Shape> shapes;
  if (built()) {
    const bool has_input_layer = layers_.size() != layers().size();
    shapes.assign(build_->output_shapes.begin() + (has_input_layer ? 1 : 0),
                  build_->output_shapes.end());
  }
  return summary_text(*this, shapes, options);
}

Config Sequential::get_config() const {
  Config config = Config::dict();
  config["name"] = name();
  config["trainable"] = true;
  config["dtype"] = "float32";
  Config::List list;
  for (const auto& layer : layers_) list.push_back(layer->serialize());
  config["layers"] = std::move(list);
  if (built()) config["build_input_shape"] = to_config(build_->input_shape);
  return config;
}

Sequential Sequential::from_config(const Config& config, MaskPolicy mask_policy) {
  SequentialOptions options{.mask_policy = mask_policy};
  if (const Config* name = config.find("name"))
    at_place("name", [&] { keratin::from_config(*name, options.name); });
  Sequential model(std::move(options));
  const Config& layers = config.at("layers");
  at_place("layers", [&] {
    std::size_t at = 0;
    for (const Config& layer : layers.as_list()) {
      at_place(at++, [&] { model.add_layer(layers::Layer::deserialize(layer)); });
    }
  });
  const Config* shape = config.find("build_input_shape");
  if (shape != nullptr && !shape->is_null() && !model.built()) {
    at_place("build_input_shape", [&] {
      Shape input_shape;
      keratin::from_config(*shape, input_shape);
      model.build(input_shape);
    });
  }
  return model;
}

}  // namespace keratin::models
