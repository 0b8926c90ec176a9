// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/sequential.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_set>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/input_layer.h"

namespace keratin::models {

/// What is known once the shape of the input is. A prediction may build the model, on whichever
/// thread is first: such a build holds the mutex and sets `done` last, and readers look at `done`
/// first. add, pop and build change it without, for they need the model alone.
struct Sequential::Build {
  static constexpr std::string_view kOwner = "Sequential";
  std::mutex mutex;
  std::atomic<bool> done = false;
  std::atomic<std::thread::id> builder;  // who makes the layers' weights now
  Value input;
  std::vector<Value> outputs;  // symbolic, one a layer; the input layer's is the input
  std::atomic<bool> ready = false;
  Function function;  // from the input to the last output, where ready

  Shape input_shape() const { return input.shape(); }

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

bool is_input_layer(const layers::Layer& layer) { return layer.class_name() == "InputLayer"; }

/// Whether it is that model, or has it in it, however deep.
bool has_in_it(const layers::Layer& layer, const Sequential& model,
               std::unordered_set<const layers::Layer*>& seen) {
  if (&layer == &model) return true;
  if (!seen.insert(&layer).second) return false;
  const auto parts = layer.parts();
  return std::ranges::any_of(
      parts, [&](const auto& part) { return part && has_in_it(*part, model, seen); });
}

}  // namespace

LayerEntry::LayerEntry(const Value& input) {
  const auto node = input.node();
  if (node && node->inputs.values.empty()) {
    // Held by the node as what runs; a model holds layers as what they are.
    layer_ = std::dynamic_pointer_cast<layers::Layer>(
        std::const_pointer_cast<Operation>(node->operation));
  }
  if (!layer_) invalid_argument("Sequential", "a layer, or what Input() gives, must be given.");
}

Sequential::Sequential(SequentialOptions options)
    : LayerOf("Sequential", options.name, options.mask_policy), build_(std::make_unique<Build>()) {}

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
  if (std::unordered_set<const layers::Layer*> seen; has_in_it(*layer, *this, seen)) {
    invalid_argument("Sequential", "'", layer->name(), "' is, or has in it, the model '", name(),
                     "' that it would be put into: no model can be a part of itself.");
  }
  if (names_.contains(layer->name())) {
    invalid_argument("Sequential", "the name '", layer->name(),
                     "' is already that of a layer of this model. Layers must have unique names.");
  }
  if (!layers_.empty() && is_input_layer(*layer)) {
    invalid_argument("Sequential", "an input layer must be the first layer of model '", name(),
                     "'.");
  }
  layers_.push_back(std::move(layer));
  const std::size_t run_size = run_size_;
  try {
    names_.insert(layers_.back()->name());
    add_to_run(*layers_.back());
    if (build_->done) {
      const layers::Layer& last = *layers_.back();
      const Value& value = build_->outputs.empty() ? build_->input : build_->outputs.back();
      build_->outputs.push_back(output_of(last, value));
      build_->ready = false;
    } else if (layers_.size() == 1) {
      rebuild_if_known();
    }
  } catch (...) {
    names_.erase(layers_.back()->name());
    layers_.pop_back();
    run_size_ = run_size;
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
  run_size_ = 0;
  for (const auto& layer : layers_) add_to_run(*layer);
  if (layers_.empty()) {
    build_ = std::make_unique<Build>();
  } else {
    rebuild_if_known();
  }
  return last;
}

void Sequential::rebuild_if_known() {
  if (const auto shape = layers_.front()->input_shape_from_options()) {
    build_layers({*shape});
  } else if (const auto* const inner = dynamic_cast<const Model*>(layers_.front().get());
             inner != nullptr && inner->known_input()) {
    build_layers(*inner->known_input());
  } else if (build_->done) {
    build_layers({build_->input_shape()});
  }
}

void Sequential::set_mask_policy(MaskPolicy policy) {
  const MaskPolicy before = std::exchange(mask_policy_, policy);
  try {
    if (build_->done) build_layers({build_->input_shape()});
  } catch (...) {
    mask_policy_ = before;
    throw;
  }
}

Value Sequential::output_of(const layers::Layer& layer, const Value& value) const {
  if (mask_policy_ == MaskPolicy::kStrict) check_masks("Sequential", layer, value);
  const Scope here(*this);  // a layer of one's own may have to be built to know its shapes
  layer.compute_output_shape(value.shape());  // refuses what it cannot take, and builds nothing
  {
    const Build::Building building(*build_);
    layer.build(std::vector<Spec>{{value.shape(), value.dtype()}}, path());
  }
  Pass pass;
  return layer(Inputs(value), pass);
}

void Sequential::build_layers(const Spec& input) const {
  // All shapes first: a model that cannot take this input stays as it was.
  compute_output_shape(input.shape);
  std::shared_ptr<const layers::Layer> entry = layers_.front();
  if (!is_input_layer(*entry))
    entry = std::make_shared<const layers::InputLayer>(
        layers::InputLayerOptions{.dtype = input.dtype, .batch_shape = input.shape});
  const Value first = leave_node(*entry, Inputs());
  std::vector<Value> outputs;
  for (const auto& layer : layers_) {
    outputs.push_back(is_input_layer(*layer)
                          ? first
                          : output_of(*layer, outputs.empty() ? first : outputs.back()));
  }
  build_->input = first;
  build_->outputs = std::move(outputs);
  build_->ready = false;
  build_->done = true;
}

void Sequential::build_weights(std::span<const Spec> inputs) {
  if (layers_.empty())
    invalid_argument("Sequential", "model '", name(), "' has no layers. Call add().");
  if (!build_->done) build_layers(inputs[0]);
}

const Function& Sequential::function() const {
  if (!build_->ready) {
    const std::lock_guard lock(build_->mutex);
    if (!build_->ready) {
      build_->function =
          Function(build_->input, build_->outputs.back(), mask_policy_, "Sequential");
      build_->ready = true;
    }
  }
  return build_->function;
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
  if (!build_->done) take_path();  // within a layer of one's own that builds it
  build_layers({input_shape});
}

Shape Sequential::compute_output_shape(const Shape& input_shape) const {
  const Scope here(*this);
  Shape shape = input_shape;
  for (const auto& layer : layers_) shape = layer->compute_output_shape(shape);
  return shape;
}

std::vector<Spec> Sequential::compute_output_spec(const Inputs& inputs) const {
  return {{compute_output_shape(inputs[0].shape()),
           build_->done ? build_->outputs.back().dtype() : DType::kFloat32}};
}

Values Sequential::compute_mask(const Inputs& inputs) const {
  return function().masks(inputs.values, mask_policy_);
}

void Sequential::check_inputs(const Tensor& x) const {
  const Shape shape = x.shape().rank() == 0 ? x.shape() : x.shape().with_batch(kNone);
  // What it was built for fits; a layer of the user's own would run to say so.
  if (!build_->done || build_->input_shape() != shape) compute_output_shape(shape);
  for (const auto& layer : layers_) {
    if (is_input_layer(*layer)) continue;
    layer->check_inputs(x);
    break;
  }
}

void Sequential::prepare(const Inputs& inputs) const {
  if (inputs.size() != 1 || !inputs[0])
    invalid_argument("Sequential", "model '", name(), "' takes one input. Received: ",
                     inputs.size() == 1 ? "none" : str(inputs.size()));
  if (!build_->done && inputs[0].is_symbolic()) {
    Layer::build(std::vector<Spec>{{inputs[0].shape(), inputs[0].dtype()}});
  } else if (!build_->done) {
    build_for(inputs[0].tensor());
  }
  if (is_input_layer(*layers_.front())) layers_.front()->compute_output_shape(inputs[0].shape());
}

Values Sequential::call(const Inputs& inputs, Pass& pass) const {
  return function()(inputs.values, pass);
}

void Sequential::build_for(const Tensors& inputs) const {
  require_not_building("build");
  if (build_->done) return;
  const Tensor& x = inputs.one();
  if (layers_.empty())
    invalid_argument("Sequential", "model '", name(), "' has no layers. Call add().");
  check_inputs(x);
  const std::lock_guard lock(build_->mutex);
  if (!build_->done) {
    // Stateful layers keep states of as many samples as the first batch has.
    build_layers({keeps_state() ? x.shape() : x.shape().with_batch(kNone), x.dtype()});
  }
}

bool Sequential::built() const { return build_->done; }

Shape Sequential::input_shape() const {
  if (!built())
    invalid_argument("Sequential", "model '", name(), "' has no input shape yet: it is not built.");
  return build_->input_shape();
}

std::optional<Spec> Sequential::known_input() const {
  if (!built()) return std::nullopt;
  return Spec{build_->input.shape(), build_->input.dtype()};
}

Shape Sequential::output_shape() const {
  if (!built())
    invalid_argument("Sequential", "model '", name(),
                     "' has no output shape yet: it is not built.");
  return build_->outputs.back().shape();
}

std::vector<std::shared_ptr<layers::Layer>> Sequential::layers() const {
  if (layers_.empty() || !is_input_layer(*layers_.front())) return layers_;
  return {layers_.begin() + 1, layers_.end()};
}

std::vector<SummaryRow> Sequential::summary_rows() const {
  std::vector<SummaryRow> rows;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto& layer = layers_[i];
    if (is_input_layer(*layer)) continue;
    rows.push_back({.name = layer->name(),
                    .class_name = std::string(layer->class_name()),
                    .shape = built() ? to_string(build_->outputs[i].shape()) : "?",
                    .layer = layer});
  }
  return rows;
}

Config Sequential::get_config() const {
  Config config = Config::dict();
  config["name"] = name();
  config["trainable"] = true;
  config["dtype"] = "float32";
  Config::List list;
  for (const auto& layer : layers_) list.push_back(layer->serialize());
  config["layers"] = std::move(list);
  if (built()) config["build_input_shape"] = to_config(build_->input_shape());
  return config;
}

Config Sequential::serialize() const {
  Config out = Config::dict();
  out["module"] = "keras";
  out["class_name"] = "Sequential";
  out["config"] = get_config();
  out["registered_name"] = Config();
  return out;
}

Sequential Sequential::from_config(const Config& config, const LoadOptions& load) {
  SequentialOptions options{.mask_policy = load.mask_policy};
  if (const Config* name = config.find("name"))
    at_place("name", [&] { keratin::from_config(*name, options.name); });
  Sequential model(std::move(options));
  const Config& layers = config.at("layers");
  at_place("layers", [&] {
    std::size_t at = 0;
    for (const Config& layer : layers.as_list()) {
      at_place(at++, [&] { model.add_layer(layer_from_config(layer, load)); });
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
