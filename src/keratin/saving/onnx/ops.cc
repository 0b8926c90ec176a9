// SPDX-License-Identifier: Apache-2.0
// The ops of keras.ops in ONNX, by Keras's class names. Types are Keratin's: what ONNX's operators
// do not take (short integers, mixed types) is cast before, and the result behind.
#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/ops/result_type.h"
#include "keratin/saving/onnx/translation.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving::onnx {
namespace {

constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

/// The type in which runtimes have operators for values of that type.
DType wide(DType dtype) {
  switch (dtype) {
    case DType::kInt8:
    case DType::kUint8:
    case DType::kInt16:
    case DType::kUint16:
      return DType::kInt32;
    case DType::kUint32:
    case DType::kUint64:
      return DType::kInt64;
    case DType::kFloat64:
      return DType::kFloat32;
    default:
      return dtype;
  }
}

/// One op that is being translated.
struct Op {
  Translation& to;
  const Call& call;
  Config options;

  std::string of(std::string_view op, const Names& inputs,
                 const Attributes& attributes = {}) const {
    return to.graph.node(op, inputs, attributes);
  }
  std::string number(double value, DType dtype = DType::kFloat32) const {
    return to.graph.number(value, dtype);
  }
  std::string in(std::size_t i, DType dtype) const { return to.name_as(call.inputs[i], dtype); }
  std::string in(std::size_t i = 0) const { return to.name_of(call.inputs[i]); }
  DType out_type() const { return call.outputs[0].dtype; }
  std::size_t rank(std::size_t i = 0) const { return call.shape(i).rank(); }
  /// From the type it was computed in to that of the output.
  Names done(const std::string& name, DType computed) const {
    return {to.as(name, computed, out_type())};
  }
  const Config* given(std::string_view key) const {
    const Config* const value = options.find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  bool is_set(std::string_view key) const {
    const Config* const value = given(key);
    return value != nullptr && value->is_bool() && value->as_bool();
  }
  std::int64_t integer(std::string_view key, std::int64_t missing) const {
    const Config* const value = given(key);
    return value == nullptr ? missing : value->as_int();
  }
  std::optional<std::vector<std::int64_t>> integers(std::string_view key) const {
    const Config* const value = given(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_list()) return std::vector<std::int64_t>{value->as_int()};
    std::vector<std::int64_t> list;
    for (const Config& one : value->as_list()) list.push_back(one.as_int());
    return list;
  }
  /// Options that have no place in ONNX must be as they are by themselves.
  void require_none(std::initializer_list<std::string_view> keys) const {
    for (const std::string_view key : keys) {
      if (given(key) != nullptr) call.refuse("has ", key, ", which has no form in ONNX here.");
    }
  }
};

Names plain(const Op& op, std::string_view name) {
  const DType dtype = wide(op.out_type());
  Names inputs;
  for (std::size_t i = 0; i < op.call.inputs.size(); ++i) inputs.push_back(op.in(i, dtype));
  return op.done(op.of(name, inputs), dtype);
}

Names compared(const Op& op, std::string_view name, bool negated = false) {
  DType dtype = wide(ops::result_type(op.call.dtype(0), op.call.dtype(1)));
  if (dtype == DType::kBool) dtype = DType::kInt32;
  const std::string y = op.of(name, {op.in(0, dtype), op.in(1, dtype)});
  return {negated ? op.of("Not", {y}) : y};
}

Names logical(const Op& op, std::string_view name) {
  Names inputs;
  for (std::size_t i = 0; i < op.call.inputs.size(); ++i) inputs.push_back(op.in(i, DType::kBool));
  return {op.of(name, inputs)};
}

std::string reduced(const Op& op, std::string_view name, const std::string& x) {
  Names inputs{x};
  if (const auto axes = op.integers("axis")) inputs.push_back(op.to.graph.ints(*axes));
  return op.of(name, inputs, {{"keepdims", std::int64_t{op.is_set("keepdims")}}});
}

Names reduction(const Op& op, std::string_view name) {
  op.require_none({"initial", "dtype"});
  const DType dtype = wide(op.out_type());
  return op.done(reduced(op, name, op.in(0, dtype)), dtype);
}

/// Any and All: the largest and the least of 0 and 1.
Names quantified(const Op& op, std::string_view name) {
  const std::string x = op.to.as(op.in(0, DType::kBool), DType::kBool, DType::kInt32);
  return {op.to.as(reduced(op, name, x), DType::kInt32, DType::kBool)};
}

std::string variance(const Op& op) {
  const std::string x = op.in(0, DType::kFloat32);
  const auto axes = op.integers("axis");
  Names inputs{x};
  if (axes) inputs.push_back(op.to.graph.ints(*axes));
  const std::string from_mean = op.of("Sub", {x, op.of("ReduceMean", inputs)});
  return reduced(op, "ReduceMean", op.of("Mul", {from_mean, from_mean}));
}

Names reshaped(const Op& op, const std::vector<std::int64_t>& shape) {
  return {op.of("Reshape", {op.in(), op.to.graph.ints(shape)}, {{"allowzero", std::int64_t{1}}})};
}

Names transposed(const Op& op, std::vector<std::int64_t> order) {
  return {op.of("Transpose", {op.in()}, {{"perm", std::move(order)}})};
}

std::size_t place(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

std::vector<std::int64_t> axes_in_order(std::size_t rank) {
  std::vector<std::int64_t> order;
  for (std::size_t i = 0; i < rank; ++i) order.push_back(static_cast<std::int64_t>(i));
  return order;
}

Names transpose(const Op& op) {
  auto order = axes_in_order(op.rank());
  std::reverse(order.begin(), order.end());
  if (const auto given = op.integers("axes")) order = *given;
  for (std::int64_t& axis : order) axis = static_cast<std::int64_t>(place(axis, op.rank()));
  return transposed(op, std::move(order));
}

Names swapaxes(const Op& op) {
  auto order = axes_in_order(op.rank());
  std::swap(order[place(op.integer("axis1", 0), op.rank())],
            order[place(op.integer("axis2", 1), op.rank())]);
  return transposed(op, std::move(order));
}

Names moveaxis(const Op& op) {
  const auto from = *op.integers("source"), where = *op.integers("destination");
  std::vector<std::int64_t> order(op.rank(), -1);
  std::vector<bool> moved(op.rank());
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::size_t axis = place(from[i], op.rank());
    order[place(where[i], op.rank())] = static_cast<std::int64_t>(axis);
    moved[axis] = true;
  }
  std::size_t next = 0;
  for (std::int64_t& axis : order) {
    if (axis >= 0) continue;
    while (moved[next]) ++next;
    axis = static_cast<std::int64_t>(next++);
  }
  return transposed(op, std::move(order));
}

Names concatenate(const Op& op) {
  Names inputs;
  const DType dtype = op.out_type() == DType::kBool ? DType::kInt32 : wide(op.out_type());
  for (std::size_t i = 0; i < op.call.inputs.size(); ++i) inputs.push_back(op.in(i, dtype));
  return op.done(op.of("Concat", inputs, {{"axis", op.integer("axis", 0)}}), dtype);
}

Names stack(const Op& op) {
  Names inputs;
  const std::int64_t axis = op.integer("axis", 0);
  for (std::size_t i = 0; i < op.call.inputs.size(); ++i)
    inputs.push_back(op.of("Unsqueeze", {op.in(i, op.out_type()), op.to.graph.ints({axis})}));
  return {op.of("Concat", inputs, {{"axis", axis}})};
}

Names split(const Op& op) {
  std::vector<std::int64_t> sizes;
  const std::int64_t axis = op.integer("axis", 0);
  const std::size_t at = place(axis, op.rank());
  for (const Spec& output : op.call.outputs) {
    if (output.shape[at] == kNone) op.call.refuse("splits an axis of open size.");
    sizes.push_back(output.shape[at]);
  }
  return op.to.graph.node("Split", {op.in(), op.to.graph.ints(sizes)}, {{"axis", axis}},
                          sizes.size());
}

Names take(const Op& op) {
  if (op.given("axis") == nullptr) op.call.refuse("takes from all axes as one.");
  const std::string places = op.in(1, DType::kInt64);
  return {op.of("Gather", {op.in(), places}, {{"axis", op.integer("axis", 0)}})};
}

Names one_hot(const Op& op) {
  const DType dtype = op.out_type();
  const std::string values =
      op.of("Concat", {op.to.graph.tensor(cast(Tensor::from<float>({0, 1}), dtype))},
            {{"axis", std::int64_t{0}}});
  const std::string classes = op.in(0, DType::kInt64);
  const std::string depth = op.to.graph.ints({op.integer("num_classes", 0)});
  // An id of -1 has no 1 in Keras, and the last place in ONNX.
  const std::string hot =
      op.of("OneHot", {classes, depth, values}, {{"axis", op.integer("axis", -1)}});
  const std::string valid = op.of("GreaterOrEqual", {classes, op.number(0, DType::kInt64)});
  const std::string mask = op.of("Unsqueeze", {valid, op.to.graph.ints({op.integer("axis", -1)})});
  return {op.of("Where", {mask, hot, op.number(0, dtype)})};
}

Names where(const Op& op) {
  const DType dtype = wide(op.out_type());
  return op.done(op.of("Where", {op.in(0, DType::kBool), op.in(1, dtype), op.in(2, dtype)}), dtype);
}

Names clip(const Op& op) {
  const DType dtype = wide(op.out_type());
  std::string y = op.in(0, dtype);
  if (const Config* const low = op.given("x_min"))
    y = op.of("Max", {y, op.number(low->as_double(), dtype)});
  if (const Config* const high = op.given("x_max"))
    y = op.of("Min", {y, op.number(high->as_double(), dtype)});
  return op.done(y, dtype);
}

Names filled_like(const Op& op, double value) {
  const std::string shape = op.of("Shape", {op.in()});
  return {op.of("Expand", {op.number(value, op.out_type()), shape})};
}

Names slice(const Op& op, const std::vector<std::int64_t>& start,
            const std::vector<std::int64_t>& stop, const std::vector<std::int64_t>& step) {
  Graph& graph = op.to.graph;
  return {op.of("Slice", {op.in(), graph.ints(start), graph.ints(stop),
                          graph.ints(axes_in_order(start.size())), graph.ints(step)})};
}

Names slice_of_shape(const Op& op) {
  const auto start = *op.integers("start_indices"), shape = *op.integers("shape");
  std::vector<std::int64_t> stop;
  for (std::size_t i = 0; i < start.size(); ++i)
    stop.push_back(shape[i] < 0 ? kEnd : start[i] + shape[i]);
  return slice(op, start, stop, std::vector<std::int64_t>(start.size(), 1));
}

/// x[...]: slices, then the axes that go, then those that come.
Names get_item(const Op& op) {
  std::vector<std::int64_t> start, stop, step, gone, born;
  const Config::List& key = op.options.at("key").as_list();
  std::size_t used = 0;
  const auto is = [](const Config& entry, std::string_view name) {
    return entry.is_dict() && entry.at("class_name").as_string() == name;
  };
  for (const Config& entry : key) used += entry.is_null() || is(entry, "__ellipsis__") ? 0 : 1;
  std::int64_t place = 0;  // in the result
  const auto add = [&](std::int64_t first, std::int64_t last, std::int64_t by) {
    start.push_back(first);
    stop.push_back(last);
    step.push_back(by);
  };
  for (const Config& entry : key) {
    if (entry.is_null()) {
      born.push_back(place++);
    } else if (is(entry, "__ellipsis__")) {
      for (std::size_t i = used; i < op.rank(); ++i, ++place) add(0, kEnd, 1);
    } else if (!entry.is_dict()) {
      const std::int64_t at = entry.as_int();
      gone.push_back(static_cast<std::int64_t>(start.size()));
      add(at, at == -1 ? kEnd : at + 1, 1);
    } else {
      const Config& config = entry.at("config");
      const auto bound = [&](std::string_view name, std::int64_t missing) {
        return config.at(name).is_null() ? missing : config.at(name).as_int();
      };
      const std::int64_t by = bound("step", 1);
      add(bound("start", by < 0 ? kEnd : 0), bound("stop", by < 0 ? -kEnd : kEnd), by);
      ++place;
    }
  }
  std::string y = start.empty() ? op.in() : slice(op, start, stop, step)[0];
  if (!gone.empty()) y = op.of("Squeeze", {y, op.to.graph.ints(gone)});
  if (!born.empty()) y = op.of("Unsqueeze", {y, op.to.graph.ints(born)});
  return {y};
}

Names pad(const Op& op) {
  const std::string_view mode = op.options.at("mode").as_string();
  if (mode == "symmetric") op.call.refuse("has mode 'symmetric', which has no form in ONNX here.");
  const Config::List& widths = op.options.at("pad_width").as_list();
  std::vector<std::int64_t> pads(2 * op.rank());
  for (std::size_t axis = 0; axis < op.rank(); ++axis) {
    const Config::List& width = widths[widths.size() == 1 ? 0 : axis].as_list();
    pads[axis] = width[0].as_int();
    pads[axis + op.rank()] = width[1].as_int();
  }
  Names inputs{op.in(), op.to.graph.ints(pads)};
  if (mode == "constant")
    inputs.push_back(op.number(op.options.at("constant_values").as_double(), op.out_type()));
  return {op.of("Pad", inputs, {{"mode", std::string(mode)}})};
}

Names tile(const Op& op) {
  const auto repeats = *op.integers("repeats");
  if (repeats.size() != op.rank()) op.call.refuse("has repeats for another number of axes.");
  return {op.of("Tile", {op.in(), op.to.graph.ints(repeats)})};
}

Names chosen(const Op& op, std::string_view name) {
  if (op.given("axis") == nullptr) op.call.refuse("looks at all axes as one.");
  const std::string y =
      op.of(name, {op.in(0, wide(op.call.dtype()))},
            {{"axis", op.integer("axis", 0)}, {"keepdims", std::int64_t{op.is_set("keepdims")}}});
  return op.done(y, DType::kInt64);
}

Names cumsum(const Op& op) {
  op.require_none({"dtype"});
  if (op.given("axis") == nullptr) op.call.refuse("looks at all axes as one.");
  const DType dtype = wide(op.out_type());
  const std::string axis = op.number(static_cast<double>(op.integer("axis", 0)), DType::kInt64);
  return op.done(op.of("CumSum", {op.in(0, dtype), axis}), dtype);
}

Names in_float(const Op& op, std::string_view name) {
  return {op.of(name, {op.in(0, DType::kFloat32)})};
}

struct OpEntry {
  std::string_view name;
  Names (*form)(const Op& op);
};

/// What one operator of ONNX is.
struct Same {
  std::string_view name, onnx;
};
constexpr Same kArithmetic[] = {
    {"Add", "Add"},      {"Subtract", "Sub"}, {"Multiply", "Mul"},   {"Divide", "Div"},
    {"Power", "Pow"},    {"Maximum", "Max"},  {"TrueDivide", "Div"}, {"Minimum", "Min"},
    {"Absolute", "Abs"}, {"Negative", "Neg"}, {"Sign", "Sign"},      {"Matmul", "MatMul"},
};
constexpr Same kOfFloat[] = {
    {"Exp", "Exp"},       {"Log", "Log"},       {"Sqrt", "Sqrt"},   {"Sin", "Sin"},
    {"Cos", "Cos"},       {"Tan", "Tan"},       {"Arcsin", "Asin"}, {"Arccos", "Acos"},
    {"Arctan", "Atan"},   {"Sinh", "Sinh"},     {"Cosh", "Cosh"},   {"Arcsinh", "Asinh"},
    {"Arccosh", "Acosh"}, {"Arctanh", "Atanh"}, {"Erf", "Erf"},     {"Reciprocal", "Reciprocal"},
    {"Isnan", "IsNaN"},   {"Isinf", "IsInf"},
};
constexpr Same kRounded[] = {{"Floor", "Floor"}, {"Ceil", "Ceil"}};
constexpr Same kCompared[] = {{"Equal", "Equal"},
                              {"Less", "Less"},
                              {"LessEqual", "LessOrEqual"},
                              {"Greater", "Greater"},
                              {"GreaterEqual", "GreaterOrEqual"}};
constexpr Same kLogical[] = {
    {"LogicalAnd", "And"}, {"LogicalOr", "Or"}, {"LogicalXor", "Xor"}, {"LogicalNot", "Not"}};
constexpr Same kReduced[] = {{"Sum", "ReduceSum"},  {"Mean", "ReduceMean"}, {"Max", "ReduceMax"},
                             {"Min", "ReduceMin"},  {"Amax", "ReduceMax"},  {"Amin", "ReduceMin"},
                             {"Prod", "ReduceProd"}};

/// Those that are more than one operator, or have options.
constexpr OpEntry kOthers[] = {
    {"All", [](const Op& op) { return quantified(op, "ReduceMin"); }},
    {"Any", [](const Op& op) { return quantified(op, "ReduceMax"); }},
    {"Argmax", [](const Op& op) { return chosen(op, "ArgMax"); }},
    {"Argmin", [](const Op& op) { return chosen(op, "ArgMin"); }},
    {"BroadcastTo",
     [](const Op& op) {
       const Shape& shape = op.call.outputs[0].shape;
       return Names{op.of("Expand", {op.in(), op.to.graph.ints({shape.begin(), shape.end()})})};
     }},
    {"Cast", [](const Op& op) { return Names{op.in(0, op.out_type())}; }},
    {"Clip", &clip},
    {"Concatenate", &concatenate},
    {"Copy", [](const Op& op) { return Names{op.in()}; }},
    {"Cumsum", &cumsum},
    {"Einsum",
     [](const Op& op) {
       Names inputs;
       for (std::size_t i = 0; i < op.call.inputs.size(); ++i)
         inputs.push_back(op.in(i, op.out_type()));
       const std::string equation(op.options.at("subscripts").as_string());
       return Names{op.of("Einsum", inputs, {{"equation", equation}})};
     }},
    {"ExpandDims",
     [](const Op& op) {
       return Names{op.of("Unsqueeze", {op.in(), op.to.graph.ints(*op.integers("axis"))})};
     }},
    {"Expm1",
     [](const Op& op) {
       return Names{op.of("Sub", {in_float(op, "Exp")[0], op.number(1)})};
     }},
    {"GetItem", &get_item},
    {"Isfinite",
     [](const Op& op) {
       const std::string odd = op.of("Or", {in_float(op, "IsNaN")[0], in_float(op, "IsInf")[0]});
       return Names{op.of("Not", {odd})};
     }},
    {"Log10",
     [](const Op& op) {
       return Names{op.of("Mul", {in_float(op, "Log")[0], op.number(0.4342944819032518)})};
     }},
    {"Log1p",
     [](const Op& op) {
       return Names{op.of("Log", {op.of("Add", {op.in(0, DType::kFloat32), op.number(1)})})};
     }},
    {"Log2",
     [](const Op& op) {
       return Names{op.of("Mul", {in_float(op, "Log")[0], op.number(1.4426950408889634)})};
     }},
    {"Logsumexp",
     [](const Op& op) { return Names{reduced(op, "ReduceLogSumExp", op.in(0, DType::kFloat32))}; }},
    {"Moveaxis", &moveaxis},
    {"NotEqual", [](const Op& op) { return compared(op, "Equal", true); }},
    {"OneHot", &one_hot},
    {"OnesLike", [](const Op& op) { return filled_like(op, 1); }},
    {"Pad", &pad},
    {"Ravel", [](const Op& op) { return reshaped(op, {-1}); }},
    {"Reshape", [](const Op& op) { return reshaped(op, *op.integers("newshape")); }},
    {"Rsqrt", [](const Op& op) { return Names{op.of("Reciprocal", in_float(op, "Sqrt"))}; }},
    {"Slice", &slice_of_shape},
    {"Split", &split},
    {"Square",
     [](const Op& op) {
       const DType dtype = wide(op.out_type());
       const std::string x = op.in(0, dtype);
       return op.done(op.of("Mul", {x, x}), dtype);
     }},
    {"Squeeze",
     [](const Op& op) {
       Names inputs{op.in()};
       if (const auto axes = op.integers("axis")) inputs.push_back(op.to.graph.ints(*axes));
       return Names{op.of("Squeeze", inputs)};
     }},
    {"Stack", &stack},
    {"Std", [](const Op& op) { return Names{op.of("Sqrt", {variance(op)})}; }},
    {"StopGradient", [](const Op& op) { return Names{op.in()}; }},
    {"Swapaxes", &swapaxes},
    {"Take", &take},
    {"Tile", &tile},
    {"Transpose", &transpose},
    {"Var", [](const Op& op) { return Names{variance(op)}; }},
    {"Where", &where},
    {"ZerosLike", [](const Op& op) { return filled_like(op, 0); }},
};

template <std::size_t N>
const Same* find(const Same (&list)[N], std::string_view name) {
  for (const Same& one : list) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

const OpEntry* other(std::string_view name) {
  for (const OpEntry& entry : kOthers) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

/// The name of the activation whose op has that class; empty for another op.
std::string activation_of(const Call& call) {
  // "LeakyRelu" is of leaky_relu, "Relu6" of relu6.
  std::string name;
  for (const char c : call.operation.class_name()) {
    const bool is_capital = c >= 'A' && c <= 'Z';
    if (is_capital && !name.empty()) name += '_';
    name += is_capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return name;
}

Names translated(Translation& to, const Call& call) {
  const std::string_view name = call.operation.class_name();
  const Op op{to, call, call.operation.get_config()};
  if (const OpEntry* const entry = other(name)) return entry->form(op);
  if (const Same* const same = find(kArithmetic, name)) return plain(op, same->onnx);
  if (const Same* const same = find(kOfFloat, name)) return in_float(op, same->onnx);
  if (const Same* const same = find(kRounded, name)) return in_float(op, same->onnx);
  if (const Same* const same = find(kCompared, name)) return compared(op, same->onnx);
  if (const Same* const same = find(kLogical, name)) return logical(op, same->onnx);
  if (const Same* const same = find(kReduced, name)) return reduction(op, same->onnx);
  return {activated(to, call, op.in(0, DType::kFloat32), activation_of(call), op.options)};
}

}  // namespace

// An op that is none of these is an activation, or is refused there by its name.
Form form_of_op(std::string_view) { return &translated; }

}  // namespace keratin::saving::onnx
