// SPDX-License-Identifier: Apache-2.0
// The activations in ONNX: operators where it has them, else formulas, those of activations/.
#include <cmath>
#include <utility>

#include "keratin/activations/activation.h"
#include "keratin/base/error.h"
#include "keratin/saving/onnx/translation.h"

namespace keratin::saving::onnx {
namespace {

/// What the functions below are made of.
struct Formula {
  Graph& graph;
  const Config& options;

  std::string number(double value) const { return graph.number(value); }
  std::string of(std::string_view op, const Names& inputs,
                 const Attributes& attributes = {}) const {
    return graph.node(op, inputs, attributes);
  }
  double option(std::string_view key, double missing = 0) const {
    const Config* const value = options.is_dict() ? options.find(key) : nullptr;
    return value == nullptr || value->is_null() ? missing : value->as_double();
  }
  bool has(std::string_view key) const {
    const Config* const value = options.is_dict() ? options.find(key) : nullptr;
    return value != nullptr && !value->is_null();
  }
  std::string clip(const std::string& x, double low, double high) const {
    return of("Clip", {x, number(low), number(high)});
  }
  std::string sigmoid(const std::string& x) const { return of("Sigmoid", {x}); }
};

std::string relu(const Formula& f, const std::string& x) {
  const double slope = f.option("negative_slope"), threshold = f.option("threshold");
  std::string y;
  if (threshold == 0) {
    y = slope == 0 || f.has("max_value")
            ? f.of("Relu", {x})
            : f.of("LeakyRelu", {x}, {{"alpha", static_cast<float>(slope)}});
    if (slope != 0 && !f.has("max_value")) return y;
  } else {
    y = f.of("Where", {f.of("Greater", {x, f.number(threshold)}), x, f.number(0)});
  }
  if (f.has("max_value")) y = f.of("Min", {f.of("Relu", {y}), f.number(f.option("max_value"))});
  if (slope == 0) return y;
  const std::string below = f.of("Relu", {f.of("Sub", {f.number(threshold), x})});
  return f.of("Sub", {y, f.of("Mul", {f.number(slope), below})});
}

std::string gelu(const Formula& f, const std::string& x) {
  const Config* const approximate = f.options.is_dict() ? f.options.find("approximate") : nullptr;
  if (approximate != nullptr && approximate->as_bool()) {
    const std::string cube = f.of("Mul", {f.of("Mul", {x, x}), x});
    const std::string inner = f.of("Add", {x, f.of("Mul", {f.number(0.044715), cube})});
    const double twice = 2 * std::sqrt(2 / 3.14159265358979323846);
    return f.of("Mul", {x, f.sigmoid(f.of("Mul", {f.number(twice), inner}))});
  }
  const std::string erf = f.of("Erf", {f.of("Mul", {x, f.number(std::sqrt(0.5))})});
  const std::string half = f.of("Mul", {f.number(0.5), x});
  return f.of("Mul", {half, f.of("Add", {f.number(1), erf})});
}

std::string squareplus(const Formula& f, const std::string& x) {
  const std::string square = f.of("Add", {f.of("Mul", {x, x}), f.number(f.option("b", 4))});
  return f.of("Mul", {f.number(0.5), f.of("Add", {x, f.of("Sqrt", {square})})});
}

std::string sparse_plus(const Formula& f, const std::string& x) {
  const std::string shifted = f.of("Add", {x, f.number(1)});
  const std::string middle = f.of("Mul", {f.number(0.25), f.of("Mul", {shifted, shifted})});
  const std::string right = f.of("Where", {f.of("Less", {x, f.number(1)}), middle, x});
  return f.of("Where", {f.of("Greater", {x, f.number(-1)}), right, f.number(0)});
}

std::string soft_shrink(const Formula& f, const std::string& x) {
  const double t = f.option("threshold", 0.5);
  return f.of("Shrink", {x}, {{"lambd", static_cast<float>(t)}, {"bias", static_cast<float>(t)}});
}

std::string hard_shrink(const Formula& f, const std::string& x) {
  const double t = f.option("threshold", 0.5);
  return f.of("Shrink", {x}, {{"lambd", static_cast<float>(t)}});
}

std::string threshold(const Formula& f, const std::string& x) {
  const std::string above = f.of("Greater", {x, f.number(f.option("threshold"))});
  return f.of("Where", {above, x, f.number(f.option("default_value"))});
}

struct ActivationEntry {
  std::string_view name;
  std::string (*form)(const Formula& f, const std::string& x);
};

/// One operator of the same function.
constexpr std::pair<std::string_view, std::string_view> kOperators[] = {
    {"sigmoid", "Sigmoid"},   {"tanh", "Tanh"},         {"exponential", "Exp"},
    {"softplus", "Softplus"}, {"softsign", "Softsign"}, {"hard_silu", "HardSwish"},
    {"mish", "Mish"},
};

constexpr ActivationEntry kElementwise[] = {
    {"linear", [](const Formula&, const std::string& x) { return x; }},
    {"relu", &relu},
    {"relu6", [](const Formula& f, const std::string& x) { return f.clip(x, 0, 6); }},
    {"leaky_relu",
     [](const Formula& f, const std::string& x) {
       const auto alpha = static_cast<float>(f.option("negative_slope", 0.2));
       return f.of("LeakyRelu", {x}, {{"alpha", alpha}});
     }},
    {"hard_sigmoid",
     [](const Formula& f, const std::string& x) {
       return f.of("HardSigmoid", {x}, {{"alpha", 1.0F / 6.0F}, {"beta", 0.5F}});
     }},
    {"keras2_hard_sigmoid",
     [](const Formula& f, const std::string& x) {
       return f.of("HardSigmoid", {x}, {{"alpha", 0.2F}, {"beta", 0.5F}});
     }},
    {"hard_tanh", [](const Formula& f, const std::string& x) { return f.clip(x, -1, 1); }},
    {"elu",
     [](const Formula& f, const std::string& x) {
       return f.of("Elu", {x}, {{"alpha", static_cast<float>(f.option("alpha", 1))}});
     }},
    {"celu",
     [](const Formula& f, const std::string& x) {
       return f.of("Celu", {x}, {{"alpha", static_cast<float>(f.option("alpha", 1))}});
     }},
    {"selu",
     [](const Formula& f, const std::string& x) {
       return f.of("Selu", {x}, {{"alpha", 1.6732632F}, {"gamma", 1.050701F}});
     }},
    {"silu",
     [](const Formula& f, const std::string& x) {
       return f.of("Mul", {x, f.sigmoid(x)});
     }},
    {"gelu", &gelu},
    {"squareplus", &squareplus},
    {"sparse_plus", &sparse_plus},
    {"sparse_sigmoid",
     [](const Formula& f, const std::string& x) {
       return f.clip(f.of("Mul", {f.number(0.5), f.of("Add", {x, f.number(1)})}), 0, 1);
     }},
    {"log_sigmoid",
     [](const Formula& f, const std::string& x) {
       return f.of("Neg", {f.of("Softplus", {f.of("Neg", {x})})});
     }},
    {"tanh_shrink",
     [](const Formula& f, const std::string& x) {
       return f.of("Sub", {x, f.of("Tanh", {x})});
     }},
    {"soft_shrink", &soft_shrink},
    {"hard_shrink", &hard_shrink},
    {"threshold", &threshold},
};

/// Softmax and its logarithm over one axis or several.
std::string softmax(Graph& graph, const std::string& x, const Config& options, bool logarithm) {
  std::vector<std::int64_t> axes{-1};
  if (const Config* const given = options.is_dict() ? options.find("axis") : nullptr) {
    axes.clear();
    if (given->is_list()) {
      for (const Config& one : given->as_list()) axes.push_back(one.as_int());
    } else {
      axes.push_back(given->as_int());
    }
  }
  if (axes.size() == 1)
    return graph.node(logarithm ? "LogSoftmax" : "Softmax", {x}, {{"axis", axes[0]}});
  const std::string over = graph.ints(axes);
  const std::string from_top = graph.node("Sub", {x, graph.node("ReduceMax", {x, over})});
  const std::string raised = graph.node("Exp", {from_top});
  const std::string sum = graph.node("ReduceSum", {raised, over});
  return logarithm ? graph.node("Sub", {from_top, graph.node("Log", {sum})})
                   : graph.node("Div", {raised, sum});
}

std::string glu(Graph& graph, const std::string& x, const Config& options) {
  const Config* const axis = options.is_dict() ? options.find("axis") : nullptr;
  const Names halves = graph.node(
      "Split", {x},
      {{"axis", axis == nullptr ? -1 : axis->as_int()}, {"num_outputs", std::int64_t{2}}}, 2);
  return graph.node("Mul", {halves[0], graph.node("Sigmoid", {halves[1]})});
}

}  // namespace

std::string activated(Translation& to, const Call& call, const std::string& x,
                      std::string_view name, const Config& options) {
  for (const auto& [function, op] : kOperators) {
    if (function == name) return to.graph.node(op, {x});
  }
  for (const ActivationEntry& entry : kElementwise) {
    if (entry.name == name) return entry.form({to.graph, options}, x);
  }
  if (name == "softmax" || name == "log_softmax")
    return softmax(to.graph, x, options, name == "log_softmax");
  if (name == "glu") return glu(to.graph, x, options);
  call.refuse("has the activation '", name, "', which has no form in ONNX here.");
}

std::string activated(Translation& to, const Call& call, const std::string& x,
                      const Config& entry) {
  const auto activation = activations::Activation::deserialize(entry);
  return activated(to, call, x, activation->name(), activation->get_config());
}

}  // namespace keratin::saving::onnx
