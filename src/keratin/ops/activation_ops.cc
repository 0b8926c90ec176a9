// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/activation_ops.h"

#include <utility>

#include "keratin/ops/define.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

using activations::Activation;

/// Keras's classes, by the names of the functions; what has none is an op that no file can name.
constexpr std::pair<std::string_view, std::string_view> kClasses[] = {
    {"relu", "Relu"},
    {"relu6", "Relu6"},
    {"sigmoid", "Sigmoid"},
    {"sparse_sigmoid", "SparseSigmoid"},
    {"softplus", "Softplus"},
    {"softsign", "Softsign"},
    {"soft_shrink", "SoftShrink"},
    {"sparse_plus", "SparsePlus"},
    {"silu", "Silu"},
    {"squareplus", "Squareplus"},
    {"log_sigmoid", "LogSigmoid"},
    {"leaky_relu", "LeakyRelu"},
    {"hard_sigmoid", "HardSigmoid"},
    {"keras2_hard_sigmoid", "Keras2HardSigmoid"},
    {"hard_silu", "HardSilu"},
    {"elu", "Elu"},
    {"selu", "Selu"},
    {"gelu", "Gelu"},
    {"celu", "Celu"},
    {"glu", "Glu"},
    {"tanh", "Tanh"},
    {"tanh_shrink", "TanhShrink"},
    {"hard_tanh", "HardTanh"},
    {"hard_shrink", "HardShrink"},
    {"threshold", "Threshold"},
    {"softmax", "Softmax"},
    {"log_softmax", "LogSoftmax"},
    {"sparsemax", "Sparsemax"},
};
std::string_view class_of(std::string_view name) {
  for (const auto& [function, keras_class] : kClasses) {
    if (function == name) return keras_class;
  }
  return "Activation";
}

Result activated(const std::shared_ptr<const Activation>& activation, const Arguments& x) {
  const Tensor input = cast(x[0], DType::kFloat32);
  Result result{(*activation)(input)};
  if (x.wants_any()) {
    result.pullback = [activation, input, y = result.outputs[0]](Slopes& slopes) {
      slopes.add(0, activation->gradient(input, y, slopes.of()));
    };
  }
  return result;
}

struct ActivationOp final : Op {
  explicit ActivationOp(std::shared_ptr<const Activation> activation)
      : activation_(std::move(activation)) {}
  std::string_view class_name() const override { return class_of(activation_->name()); }
  // Keras's Relu has no options: those of the activation are there where they say something.
  Config get_config() const override {
    const bool bare = activation_->name() == "relu" && activation_->has_default_options();
    return bare ? Config::dict() : activation_->get_config();
  }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override {
    check_count(*this, 1, inputs.size());
    if (!inputs[0]) refuse_none(*this);
    return {{activation_->compute_output_shape(inputs[0].shape())}};
  }
  Result forward(const Arguments& x) const override {
    check_count(*this, 1, x.size());
    if (!x[0]) refuse_none(*this);
    return activated(activation_, x);
  }
  std::shared_ptr<const Activation> activation_;
};

/// The config of an op as one of the activation. Keras: ops have names; its Gelu approximates
/// unless it is told not to.
template <class Function>
std::shared_ptr<const Op> from_config(const Config& config) {
  Config options = Config::dict();
  if constexpr (std::is_same_v<Function, activations::Gelu>) options["approximate"] = true;
  if (config.is_dict()) {
    for (const auto& [key, value] : config.as_dict()) {
      if (key != "name") options[key] = value;
    }
  } else if (!config.is_null()) {
    options = config;  // which is refused
  }
  return std::make_shared<ActivationOp>(
      std::make_shared<const Function>(Function::options_from(options)));
}

template <class Function>
NamedEntry<const Op> entry(std::string_view name) {
  return {class_of(name), &from_config<Function>, {}};
}

/// The one op of a function with its defaults.
template <class Function>
Value plain(const Value& x) {
  static const std::shared_ptr<const Op> op =
      std::make_shared<ActivationOp>(std::make_shared<const Function>());
  return apply_op(op, x);
}
template <class Function>
Value with(const Value& x, typename Function::Options options) {
  return apply_op(activation_op(std::make_shared<const Function>(std::move(options))), x);
}

}  // namespace

OpEntries activation_ops() {
  namespace a = activations;
  return {entry<a::Relu>("relu"),
          entry<a::Relu6>("relu6"),
          entry<a::Sigmoid>("sigmoid"),
          entry<a::SparseSigmoid>("sparse_sigmoid"),
          entry<a::Softplus>("softplus"),
          entry<a::Softsign>("softsign"),
          entry<a::SoftShrink>("soft_shrink"),
          entry<a::SparsePlus>("sparse_plus"),
          entry<a::Silu>("silu"),
          entry<a::Squareplus>("squareplus"),
          entry<a::LogSigmoid>("log_sigmoid"),
          entry<a::LeakyRelu>("leaky_relu"),
          entry<a::HardSigmoid>("hard_sigmoid"),
          entry<a::Keras2HardSigmoid>("keras2_hard_sigmoid"),
          entry<a::HardSilu>("hard_silu"),
          entry<a::Elu>("elu"),
          entry<a::Selu>("selu"),
          entry<a::Gelu>("gelu"),
          entry<a::Celu>("celu"),
          entry<a::Glu>("glu"),
          entry<a::Tanh>("tanh"),
          entry<a::TanhShrink>("tanh_shrink"),
          entry<a::HardTanh>("hard_tanh"),
          entry<a::HardShrink>("hard_shrink"),
          entry<a::Threshold>("threshold"),
          entry<a::Softmax>("softmax"),
          entry<a::LogSoftmax>("log_softmax"),
          entry<a::Sparsemax>("sparsemax")};
}

std::shared_ptr<const Op> activation_op(std::shared_ptr<const Activation> activation) {
  return std::make_shared<ActivationOp>(std::move(activation));
}
Value activate(const std::shared_ptr<const Activation>& activation, const Value& x) {
  return compute({&x}, [&](const Arguments& in) { return activated(activation, in); });
}
Value activation(const Value& x, std::shared_ptr<const Activation> activation) {
  return activation->is_linear() ? x : Value(apply_op(activation_op(std::move(activation)), x));
}

Value relu(const Value& x) { return plain<activations::Relu>(x); }
Value relu6(const Value& x) { return plain<activations::Relu6>(x); }
Value sigmoid(const Value& x) { return plain<activations::Sigmoid>(x); }
Value sparse_sigmoid(const Value& x) { return plain<activations::SparseSigmoid>(x); }
Value softplus(const Value& x) { return plain<activations::Softplus>(x); }
Value softsign(const Value& x) { return plain<activations::Softsign>(x); }
Value sparse_plus(const Value& x) { return plain<activations::SparsePlus>(x); }
Value silu(const Value& x) { return plain<activations::Silu>(x); }
Value log_sigmoid(const Value& x) { return plain<activations::LogSigmoid>(x); }
Value hard_sigmoid(const Value& x) { return plain<activations::HardSigmoid>(x); }
Value hard_silu(const Value& x) { return plain<activations::HardSilu>(x); }
Value selu(const Value& x) { return plain<activations::Selu>(x); }
Value tanh(const Value& x) { return plain<activations::Tanh>(x); }
Value tanh_shrink(const Value& x) { return plain<activations::TanhShrink>(x); }
Value hard_tanh(const Value& x) { return plain<activations::HardTanh>(x); }
Value soft_shrink(const Value& x, double threshold) {
  return with<activations::SoftShrink>(x, {.threshold = threshold});
}
Value squareplus(const Value& x, double b) { return with<activations::Squareplus>(x, {.b = b}); }
Value leaky_relu(const Value& x, double negative_slope) {
  return with<activations::LeakyRelu>(x, {.negative_slope = negative_slope});
}
Value elu(const Value& x, double alpha) { return with<activations::Elu>(x, {.alpha = alpha}); }
Value gelu(const Value& x, bool approximate) {
  return with<activations::Gelu>(x, {.approximate = approximate});
}
Value celu(const Value& x, double alpha) { return with<activations::Celu>(x, {.alpha = alpha}); }
Value glu(const Value& x, int axis) { return with<activations::Glu>(x, {.axis = axis}); }
Value hard_shrink(const Value& x, double threshold) {
  return with<activations::HardShrink>(x, {.threshold = threshold});
}
Value threshold(const Value& x, double threshold, double default_value) {
  return with<activations::Threshold>(x, {.threshold = threshold, .default_value = default_value});
}
Value softmax(const Value& x, activations::LineAxes axis) {
  return with<activations::Softmax>(x, {.axis = std::move(axis)});
}
Value log_softmax(const Value& x, activations::LineAxes axis) {
  return with<activations::LogSoftmax>(x, {.axis = std::move(axis)});
}
Value sparsemax(const Value& x, int axis) {
  return with<activations::Sparsemax>(x, {.axis = axis});
}

}  // namespace keratin::ops
