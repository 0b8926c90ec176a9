// SPDX-License-Identifier: Apache-2.0
#include "keratin/activations/activations.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "keratin/base/named_list.h"

namespace keratin::activations {
namespace {

template <class Object>
NamedEntry<const Activation> entry(std::string_view name,
                                   std::vector<std::string_view> aliases = {}) {
  return named_entry<const Activation, Object>(name, std::move(aliases));
}

const NamedList<const Activation>& list() {
  static const NamedList<const Activation> all("keras.activations", "activation",
                                               {
                                                   entry<Relu>("relu"),
                                                   entry<LeakyRelu>("leaky_relu"),
                                                   entry<Relu6>("relu6"),
                                                   entry<Softmax>("softmax"),
                                                   entry<Celu>("celu"),
                                                   entry<Elu>("elu"),
                                                   entry<Selu>("selu"),
                                                   entry<Softplus>("softplus"),
                                                   entry<Softsign>("softsign"),
                                                   entry<Squareplus>("squareplus"),
                                                   entry<SoftShrink>("soft_shrink"),
                                                   entry<SparsePlus>("sparse_plus"),
                                                   entry<Silu>("silu", {"swish"}),
                                                   entry<Gelu>("gelu"),
                                                   entry<Glu>("glu"),
                                                   entry<Tanh>("tanh"),
                                                   entry<TanhShrink>("tanh_shrink"),
                                                   entry<Threshold>("threshold"),
                                                   entry<Sigmoid>("sigmoid"),
                                                   entry<SparseSigmoid>("sparse_sigmoid"),
                                                   entry<Exponential>("exponential"),
                                                   entry<HardSigmoid>("hard_sigmoid"),
                                                   entry<Keras2HardSigmoid>("keras2_hard_sigmoid"),
                                                   entry<HardSilu>("hard_silu", {"hard_swish"}),
                                                   entry<HardTanh>("hard_tanh"),
                                                   entry<HardShrink>("hard_shrink"),
                                                   entry<Linear>("linear"),
                                                   entry<Mish>("mish"),
                                                   entry<LogSoftmax>("log_softmax"),
                                                   entry<LogSigmoid>("log_sigmoid"),
                                                   entry<Sparsemax>("sparsemax"),
                                               });
  return all;
}

}  // namespace

namespace {

/// Keras takes layers for functions, and writes as a layer what has arguments: a function has none
/// in a config.
struct AsLayer {
  std::string_view layer, activation;
};
constexpr AsLayer kLayers[] = {
    {"ELU", "elu"}, {"LeakyReLU", "leaky_relu"}, {"ReLU", "relu"}, {"Softmax", "softmax"}};

/// The config of that layer as one of the activation; nothing of another object.
std::optional<Config> of_layer(const Config& config) {
  const Config* const name = config.find("class_name");
  const auto* const found = std::ranges::find_if(
      kLayers, [&](const AsLayer& one) { return name != nullptr && *name == Config(one.layer); });
  if (found == std::end(kLayers)) return std::nullopt;
  Config options = Config::dict();
  if (const Config* const given = config.find("config")) {
    for (const auto& [key, value] : given->as_dict()) {
      if (key == "alpha" && found->activation == "leaky_relu") {  // as Keras 2 called it
        options["negative_slope"] = value;
      } else if (key != "name" && key != "trainable" && key != "dtype") {
        options[key] = value;
      }
    }
  }
  Config result = Config::dict();
  result["class_name"] = found->activation;
  result["config"] = std::move(options);
  return result;
}

}  // namespace

std::span<const NamedEntry<const Activation>> entries() { return list().entries(); }

std::shared_ptr<const Activation> get(const Identifier<const Activation>& identifier) {
  return identifier ? identifier.shared() : std::make_shared<const Linear>();
}

std::shared_ptr<const Activation> Activation::get(std::string_view name) {
  return list().get(name);
}

std::shared_ptr<const Activation> Activation::deserialize(const Config& config) {
  if (config.is_null()) return std::make_shared<const Linear>();
  // Keras: serialize_keras_object() of a function, as old files have it.
  const Config* class_name = config.find("class_name");
  if (class_name && *class_name == Config("function"))
    return list().get(config.at("config").as_string(), config);
  return list().deserialize(of_layer(config).value_or(config));
}

Config Activation::serialize() const {
  if (has_default_options()) return Config(name());
  Config result = list().serialize(name(), get_config());
  const auto* const as_layer = std::ranges::find(kLayers, name(), &AsLayer::activation);
  if (as_layer != std::end(kLayers)) {
    result["module"] = "keras.layers";
    result["class_name"] = as_layer->layer;
  }
  return result;
}

Tensor relu(const Tensor& x, ReluOptions options) { return Relu(options)(x); }
Tensor leaky_relu(const Tensor& x, LeakyReluOptions options) { return LeakyRelu(options)(x); }
Tensor relu6(const Tensor& x) { return Relu6()(x); }
Tensor softmax(const Tensor& x, SoftmaxOptions options) { return Softmax(options)(x); }
Tensor celu(const Tensor& x, CeluOptions options) { return Celu(options)(x); }
Tensor elu(const Tensor& x, EluOptions options) { return Elu(options)(x); }
Tensor selu(const Tensor& x) { return Selu()(x); }
Tensor softplus(const Tensor& x) { return Softplus()(x); }
Tensor softsign(const Tensor& x) { return Softsign()(x); }
Tensor squareplus(const Tensor& x, SquareplusOptions options) { return Squareplus(options)(x); }
Tensor soft_shrink(const Tensor& x, SoftShrinkOptions options) { return SoftShrink(options)(x); }
Tensor sparse_plus(const Tensor& x) { return SparsePlus()(x); }
Tensor silu(const Tensor& x) { return Silu()(x); }
Tensor gelu(const Tensor& x, GeluOptions options) { return Gelu(options)(x); }
Tensor glu(const Tensor& x, GluOptions options) { return Glu(options)(x); }
Tensor tanh(const Tensor& x) { return Tanh()(x); }
Tensor tanh_shrink(const Tensor& x) { return TanhShrink()(x); }
Tensor threshold(const Tensor& x, ThresholdOptions options) { return Threshold(options)(x); }
Tensor sigmoid(const Tensor& x) { return Sigmoid()(x); }
Tensor sparse_sigmoid(const Tensor& x) { return SparseSigmoid()(x); }
Tensor exponential(const Tensor& x) { return Exponential()(x); }
Tensor hard_sigmoid(const Tensor& x) { return HardSigmoid()(x); }
Tensor hard_silu(const Tensor& x) { return HardSilu()(x); }
Tensor hard_tanh(const Tensor& x) { return HardTanh()(x); }
Tensor hard_shrink(const Tensor& x, HardShrinkOptions options) { return HardShrink(options)(x); }
Tensor linear(const Tensor& x) { return Linear()(x); }
Tensor mish(const Tensor& x) { return Mish()(x); }
Tensor log_softmax(const Tensor& x, LogSoftmaxOptions options) { return LogSoftmax(options)(x); }
Tensor log_sigmoid(const Tensor& x) { return LogSigmoid()(x); }
Tensor sparsemax(const Tensor& x, SparsemaxOptions options) { return Sparsemax(options)(x); }
Tensor swish(const Tensor& x) { return Silu()(x); }
Tensor hard_swish(const Tensor& x) { return HardSilu()(x); }

}  // namespace keratin::activations
