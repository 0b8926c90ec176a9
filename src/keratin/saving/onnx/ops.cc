// SPDX-License-Identifier: Apache-2.0
// The ops of keras.ops in ONNX, by Keras's class names; those that move elements are in
// shape_ops.cc. Types are Keratin's: what ONNX's operators do not take (short integers, mixed
// types) is cast before, and the result behind.
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/ops/result_type.h"
#include "keratin/saving/onnx/op_forms.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving::onnx {
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

namespace {

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

Names chosen(const Op& op, std::string_view name) {
  if (op.given("axis") == nullptr) op.call.refuse("looks at all axes as one.");
  const std::string y =
      op.of(name, {op.in(0, wide(op.call.dtype()))},
            {{"axis", op.integer("axis", 0)}, {"keepdims", std::int64_t{op.is_set("keepdims")}}});
  return op.done(y, DType::kInt64);
}

Names top_k(const Op& op) {
  const DType dtype = wide(op.call.dtype());
  const Names best =
      op.to.graph.node("TopK", {op.in(0, dtype), op.to.graph.ints({op.integer("k", 1)})},
                       {{"axis", std::int64_t{-1}}, {"sorted", std::int64_t{1}}}, 2);
  return {op.to.as(best[0], dtype, op.call.dtype()),
          op.to.as(best[1], DType::kInt64, op.call.outputs[1].dtype)};
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
    {"BroadcastTo", &broadcast_to},
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
    {"Flip", &flip},
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
    {"SamplesAsSteps", &samples_as_steps},
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
    {"StepsAsSamples", &steps_as_samples},
    {"StopGradient", [](const Op& op) { return Names{op.in()}; }},
    {"Swapaxes", &swapaxes},
    {"Take", &take},
    {"TakeAlongAxis", &take_along_axis},
    {"Tile", &tile},
    {"TopK", &top_k},
    {"Transpose", &transpose},
    {"Unstack", &unstack},
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
