// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/tf_function_list.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/ops/call_form.h"

namespace keratin::saving::tf {

Config tensor_of(const Config& name, const Config& call, const Config& output) {
  Config tensor = Config::dict();
  tensor["class_name"] = "__keras_tensor__";
  tensor["config"]["keras_history"] = Config(Config::List{name, call, output});
  return tensor;
}

Config entry_of(std::string_view class_name, const std::string& name, Config options,
                Config::List values) {
  const ops::CallForm form = ops::call_form(class_name);
  Config entry = Config::dict();
  entry["class_name"] = class_name;
  entry["module"] = form.module;
  options["name"] = name;
  entry["config"] = std::move(options);
  entry["name"] = name;
  if (form.in_list && !(values.size() == 1 && values[0].is_list()))
    values = Config::List{Config(std::move(values))};
  Config call = Config::dict();
  call["args"] = Config(std::move(values));
  call["kwargs"] = Config::dict();
  entry["inbound_nodes"] = Config(Config::List{std::move(call)});
  return entry;
}

namespace {

Argument option(std::string_view name, Config otherwise = {}, std::string_view renamed = {}) {
  return {name, Kind::kOption, renamed, std::move(otherwise)};
}
Argument fixed(std::string_view name, Config value) {
  return {name, Kind::kFixed, {}, std::move(value)};
}

/// Entries of a function that is several operations, one on the other.
class Steps {
 public:
  explicit Steps(std::string name) : name_(std::move(name)) {}

  Config step(std::string_view class_name, Config::List values, Config options = Config::dict()) {
    const std::string name = str(name_, "_step_", entries_.size());
    entries_.push_back(entry_of(class_name, name, std::move(options), std::move(values)));
    return tensor_of(Config(name), Config(0), Config(0));
  }
  Config::List last(std::string_view class_name, Config::List values,
                    Config options = Config::dict()) {
    entries_.push_back(entry_of(class_name, name_, std::move(options), std::move(values)));
    return std::move(entries_);
  }

 private:
  std::string name_;
  Config::List entries_;
};

Config in_options(std::string_view key, Config value) {
  Config options = Config::dict();
  options[key] = std::move(value);
  return options;
}

// -- functions that are several operations -------------------------------------------------------

Config::List matmul(Call call) {
  Steps steps(call.name);
  for (const auto& [name, place] : {std::pair("transpose_a", 0), std::pair("transpose_b", 1)}) {
    if (call.options.at(name) != Config(true)) continue;
    Config axes = in_options("axis1", Config(-1));
    axes["axis2"] = Config(-2);
    Config& value = call.values[static_cast<std::size_t>(place)];
    value = steps.step("Swapaxes", {value}, std::move(axes));
  }
  return steps.last("Matmul", std::move(call.values));
}

Config::List squared_difference(Call call) {
  Steps steps(call.name);
  const Config difference = steps.step("Subtract", std::move(call.values));
  return steps.last("Square", {difference});
}

/// x / sqrt(max(sum x^2, epsilon)).
Config::List l2_normalize(Call call) {
  Steps steps(call.name);
  const Config& x = call.values[0];
  Config options = in_options("axis", call.options.at("axis"));
  options["keepdims"] = true;
  const Config sum = steps.step("Sum", {steps.step("Square", {x})}, std::move(options));
  const Config bounded = steps.step("Maximum", {sum, call.options.at("epsilon")});
  return steps.last("Multiply", {x, steps.step("Rsqrt", {bounded})});
}

Config::List add_n(Call call) {
  Steps steps(call.name);
  Config::List values = call.values[0].is_list() ? call.values[0].as_list() : call.values;
  if (values.size() == 1) return steps.last("Add", {values[0], Config(0.0)});
  Config sum = values[0];
  for (std::size_t i = 1; i + 1 < values.size(); ++i) sum = steps.step("Add", {sum, values[i]});
  return steps.last("Add", {sum, values.back()});
}

/// TensorFlow lists sizes, and Keras the places between the parts.
Config::List split(Call call) {
  Config& sizes = call.options["indices_or_sections"];
  if (sizes.is_list()) {
    std::int64_t end = 0;
    Config::List places;
    for (const Config& size : sizes.as_list()) {
      if (!places.empty() || end > 0) places.emplace_back(end);
      if (!size.is_int() || size.as_int() <= 0 || size.as_int() > (std::int64_t{1} << 40)) {
        invalid_argument("tf.split", "the sizes of the parts must be positive integers here.");
      }
      end += size.as_int();
    }
    sizes = Config(std::move(places));
  }
  return Steps(call.name).last("Split", std::move(call.values), std::move(call.options));
}

Config sliced(const Config& item) {
  Config made = Config::dict();
  if (item.find("class_name") != nullptr) {
    if (item.at("class_name") != Config("__ellipsis__"))
      invalid_argument("SlicingOpLambda", "expected a number, a slice, None or an ellipsis.");
    made["class_name"] = "__ellipsis__";
    made["config"] = Config::dict();
    return made;
  }
  if (!item.is_dict()) return item;
  made["class_name"] = "__slice__";
  for (const char* key : {"start", "stop", "step"}) made["config"][key] = item.at(key);
  return made;
}

Config::List getitem(Call call) {
  const Config& key = call.options.at("slice_spec");
  Config::List items;
  if (key.is_list()) {
    for (const Config& item : key.as_list()) items.push_back(sliced(item));
  } else {
    items.push_back(sliced(key));
  }
  return Steps(call.name).last("GetItem", {call.values[0], Config(std::move(items))});
}

Config::List flatten(Call call) {
  Config entry = entry_of("Flatten", call.name, Config::dict(), std::move(call.values));
  entry["module"] = "keras.layers";
  return {std::move(entry)};
}
Config::List to_float32(Call call) {
  return Steps(call.name).last("Cast", std::move(call.values),
                               in_options("dtype", Config("float32")));
}

// -- the list ------------------------------------------------------------------------------------

struct Named {
  std::string_view name, class_name;
};
constexpr Named kOfOne[] = {{"math.abs", "Absolute"},
                            {"math.ceil", "Ceil"},
                            {"math.cos", "Cos"},
                            {"math.erf", "Erf"},
                            {"math.exp", "Exp"},
                            {"math.expm1", "Expm1"},
                            {"math.floor", "Floor"},
                            {"math.is_finite", "Isfinite"},
                            {"math.is_inf", "Isinf"},
                            {"math.is_nan", "Isnan"},
                            {"math.log", "Log"},
                            {"math.log1p", "Log1p"},
                            {"math.logical_not", "LogicalNot"},
                            {"math.negative", "Negative"},
                            {"math.reciprocal", "Reciprocal"},
                            {"math.round", "Round"},
                            {"math.rsqrt", "Rsqrt"},
                            {"math.sigmoid", "Sigmoid"},
                            {"math.sign", "Sign"},
                            {"math.sin", "Sin"},
                            {"math.softplus", "Softplus"},
                            {"math.sqrt", "Sqrt"},
                            {"math.square", "Square"},
                            {"math.tan", "Tan"},
                            {"math.tanh", "Tanh"},
                            {"nn.elu", "Elu"},
                            {"nn.relu", "Relu"},
                            {"nn.relu6", "Relu6"},
                            {"nn.selu", "Selu"},
                            {"nn.softsign", "Softsign"},
                            {"identity", "Copy"},  // the layer Identity would hand the mask on
                            {"stop_gradient", "StopGradient"}};
constexpr Named kOfTwo[] = {{"__operators__.add", "Add"},
                            {"floor_div", "FloorDivide"},
                            {"math.add", "Add"},
                            {"math.divide_no_nan", "DivideNoNan"},
                            {"math.equal", "Equal"},
                            {"math.floormod", "Mod"},
                            {"math.greater", "Greater"},
                            {"math.greater_equal", "GreaterEqual"},
                            {"math.less", "Less"},
                            {"math.less_equal", "LessEqual"},
                            {"math.logical_and", "LogicalAnd"},
                            {"math.logical_or", "LogicalOr"},
                            {"math.maximum", "Maximum"},
                            {"math.minimum", "Minimum"},
                            {"math.multiply", "Multiply"},
                            {"math.not_equal", "NotEqual"},
                            {"math.pow", "Power"},
                            {"math.subtract", "Subtract"},
                            {"math.truediv", "TrueDivide"}};
constexpr Named kReductions[] = {{"math.reduce_all", "All"},
                                 {"math.reduce_any", "Any"},
                                 {"math.reduce_logsumexp", "Logsumexp"},
                                 {"math.reduce_max", "Max"},
                                 {"math.reduce_mean", "Mean"},
                                 {"math.reduce_min", "Min"},
                                 {"math.reduce_prod", "Prod"},
                                 {"math.reduce_std", "Std"},
                                 {"math.reduce_sum", "Sum"},
                                 {"math.reduce_variance", "Var"}};

std::vector<Function> made_list() {
  const Config no(false), none, zero(0), last(-1);
  const Argument y = {"y"};
  std::vector<Function> list = {
      {"__operators__.getitem", "GetItem", {option("slice_spec")}, &getitem},
      {"argsort",
       "Argsort",
       {option("axis", last), fixed("direction", "ASCENDING"), fixed("stable", no)}},
      {"broadcast_to", "BroadcastTo", {option("shape")}},
      {"cast", "Cast", {option("dtype")}},
      {"clip_by_value",
       "Clip",
       {option("clip_value_min", none, "x_min"), option("clip_value_max", none, "x_max")}},
      {"concat", "Concatenate", {option("axis")}},
      {"expand_dims", "ExpandDims", {option("axis")}},
      {"gather",
       "Take",
       {{"indices"},
        option("axis", zero),
        fixed("batch_dims", zero),
        fixed("validate_indices", none)}},
      {"keras.backend.batch_flatten", "Flatten", {}, &flatten},
      {"keras.backend.cast_to_floatx", "Cast", {}, &to_float32},
      {"linalg.matmul",
       "Matmul",
       {{"b"},
        option("transpose_a", no),
        option("transpose_b", no),
        fixed("adjoint_a", no),
        fixed("adjoint_b", no),
        fixed("a_is_sparse", no),
        fixed("b_is_sparse", no),
        fixed("output_type", none)},
       &matmul},
      {"math.add_n", "Add", {}, &add_n},
      {"math.argmax", "Argmax", {option("axis", zero), fixed("output_type", "int64")}},
      {"math.argmin", "Argmin", {option("axis", zero), fixed("output_type", "int64")}},
      {"math.cumsum",
       "Cumsum",
       {option("axis", zero), fixed("exclusive", no), fixed("reverse", no)}},
      {"math.l2_normalize", "Multiply", {option("axis"), option("epsilon", 1e-12)}, &l2_normalize},
      {"math.squared_difference", "Square", {y}, &squared_difference},
      {"nn.bias_add", "Add", {{"bias"}, fixed("data_format", none)}},
      {"nn.embedding_lookup",
       "Take",
       {{"ids"},
        option("axis", zero),
        fixed("max_norm", none),
        fixed("partition_strategy", "div"),
        fixed("validate_indices", none)}},
      {"nn.gelu", "Gelu", {option("approximate", no)}},
      {"nn.leaky_relu", "LeakyRelu", {option("alpha", 0.2, "negative_slope")}},
      {"nn.log_softmax", "LogSoftmax", {option("axis", last)}},
      {"nn.silu", "Silu", {fixed("beta", 1.0)}},
      {"nn.softmax", "Softmax", {option("axis", last)}},
      {"norm", "Norm", {fixed("ord", "euclidean"), option("axis"), option("keepdims", no)}},
      {"one_hot",
       "OneHot",
       {option("depth", none, "num_classes"), option("axis", last), option("dtype", "float32"),
        fixed("on_value", none), fixed("off_value", none)}},
      {"ones_like", "OnesLike", {option("dtype"), fixed("optimize", true)}},
      {"repeat", "Repeat", {option("repeats"), option("axis")}},
      {"reshape", "Reshape", {option("shape", none, "newshape")}},
      {"reverse", "Flip", {option("axis")}},
      {"sort", "Sort", {option("axis", last), fixed("direction", "ASCENDING")}},
      {"split",
       "Split",
       {option("num_or_size_splits", none, "indices_or_sections"), option("axis", zero),
        fixed("num", none)},
       &split},
      {"squeeze", "Squeeze", {option("axis"), fixed("squeeze_dims", none)}},
      {"stack", "Stack", {option("axis", zero)}},
      {"tensordot", "Tensordot", {{"b"}, option("axes")}},
      {"tile", "Tile", {option("multiples", none, "repeats")}},
      {"transpose", "Transpose", {option("perm", none, "axes"), fixed("conjugate", no)}},
      {"unstack", "Unstack", {option("num"), option("axis", zero)}},
      {"where", "Where", {{"x"}, y}},
      {"zeros_like", "ZerosLike", {option("dtype"), fixed("optimize", true)}}};
  for (const auto& [name, class_name] : kOfOne) list.push_back({name, class_name});
  for (const auto& [name, class_name] : kOfTwo) list.push_back({name, class_name, {y}});
  for (const auto& [name, class_name] : kReductions)
    list.push_back({name, class_name, {option("axis"), option("keepdims", no)}});
  return list;
}

}  // namespace

const std::vector<Function>& functions() {
  static const std::vector<Function>* const list = new std::vector<Function>(made_list());
  return *list;
}

}  // namespace keratin::saving::tf
