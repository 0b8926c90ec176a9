// SPDX-License-Identifier: Apache-2.0
// Layers that look rows up in ONNX: Gather, and what becomes of the rows.
#include "keratin/layers/call_arguments.h"
#include "keratin/layers/layers.h"
#include "keratin/layers/retrieval/logits_beside.h"
#include "keratin/saving/onnx/translation.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving::onnx {

Names embedding(Translation& to, const Call& call) {
  const std::string ids = to.name_as(call.inputs[0], DType::kInt64);
  const auto& layer = static_cast<const layers::Embedding&>(call.operation);
  // What is quantized or has a LoRA update is the table that lookups read.
  const bool is_weight = !layer.is_quantized() && !layer.lora_enabled();
  const std::string table =
      is_weight ? to.graph.weight(layer.weights()[0]) : to.graph.tensor(layer.embeddings());
  const std::string vectors = to.graph.node("Gather", {table, ids});
  // Codes alone are of the type of their scales.
  const std::string policy = layer.dtype();
  if (policy.find("16") == policy.npos || (layer.is_quantized() && !layer.lora_enabled()))
    return {vectors};
  constexpr std::int64_t kFloat16 = 10, kBfloat16 = 16;  // ONNX's TensorProto.DataType
  const bool is_brain = policy.find("bfloat16") != policy.npos;
  const std::string rounded =
      to.graph.node("Cast", {vectors}, {{"to", is_brain ? kBfloat16 : kFloat16}});
  return {to.graph.node("Cast", {rounded}, {{"to", data_type(DType::kFloat32)}})};
}

Names reversible_embedding(Translation& to, const Call& call) {
  const Config* const reverse = call.inputs.options.find("reverse");
  const bool goes_back = reverse != nullptr && reverse->as_bool();
  if (goes_back && call.layer().is_quantized())
    call.refuse("is quantized, and its way back has no form in ONNX here.");
  return goes_back ? to.expanded(call) : embedding(to, call);
}

Names embed_reduce(Translation& to, const Call& call) {
  Graph& graph = to.graph;
  std::string rows = embedding(to, call)[0];
  const Config config = call.layer().get_config();
  const std::string_view combiner = config.at("combiner").as_string();
  const bool reduces = call.shape().rank() >= 2;
  std::string weights;
  if (const Value given = layers::named(call.inputs, "weights"))
    weights = to.name_as(given, DType::kFloat32);
  if (reduces && config.at("mask_zero").as_bool() && call.mask_policy == MaskPolicy::kStrict) {
    const std::string is_none = graph.node(
        "Equal", {to.name_as(call.inputs[0], DType::kInt64), graph.number(0, DType::kInt64)});
    const std::string counts = to.as(graph.node("Not", {is_none}), DType::kBool, DType::kFloat32);
    weights = weights.empty() ? counts : graph.node("Mul", {weights, counts});
  }
  const auto column = [&] { return graph.node("Unsqueeze", {weights, graph.ints({-1})}); };
  if (!reduces) {
    if (!weights.empty() && combiner == "sum") rows = graph.node("Mul", {rows, column()});
    return {rows};
  }
  const Attributes drops{{"keepdims", std::int64_t{0}}};
  const std::string steps = graph.ints({-2});
  if (weights.empty() && combiner != "sum") {
    const std::string shape = graph.node("Shape", {to.name_of(call.inputs[0])});
    weights = graph.node("Expand", {graph.number(1), shape});
  }
  if (!weights.empty()) rows = graph.node("Mul", {rows, column()});
  const std::string sums = graph.node("ReduceSum", {rows, steps}, drops);
  if (combiner == "sum") return {sums};
  const std::string last = graph.ints({-1});
  const bool is_mean = combiner == "mean";
  std::string share =
      graph.node("ReduceSum", {is_mean ? weights : graph.node("Mul", {weights, weights}), last});
  if (!is_mean) share = graph.node("Sqrt", {share});
  // A bag without weight is 0.
  const std::string is_empty = graph.node("Equal", {share, graph.number(0)});
  return {graph.node("Where", {is_empty, graph.number(0), graph.node("Div", {sums, share})})};
}

Names labelled_output(Translation& to, const Call& call) {
  if (call.inputs.size() > 1)
    call.refuse(
        "is given labels: its loss has no form in ONNX here, its scores without them have.");
  Graph& graph = to.graph;
  const Spec spec{{kNone, call.shape().back()}, DType::kFloat32};
  std::string x = to.name_as(call.inputs[0], DType::kFloat32);
  const bool has_steps = call.shape().rank() > 2;
  std::string classes;
  if (has_steps) {
    classes = graph.shape_with(x, 0, -1, {call.outputs[0].shape.back()});
    x = graph.node("Reshape", {x, graph.ints({-1, call.shape().back()})});
  }
  const Inputs flat(to.value_of(x, spec));
  const Names scores = to.expanded(
      {call.operation, flat, {{{kNone, call.outputs[0].shape.back()}}}, call.mask_policy});
  return has_steps ? Names{graph.node("Reshape", {scores[0], classes})} : scores;
}

Names remove_accidental_hits(Translation& to, const Call& call) {
  Graph& graph = to.graph;
  const std::string logits = to.name_as(call.inputs[0], DType::kFloat32);
  const std::string labels = to.name_as(call.inputs[1], DType::kFloat32);
  const std::string ids =
      graph.node("Expand", {to.name_of(call.inputs[2]), graph.node("Shape", {logits})});
  const std::string place =
      graph.node("ArgMax", {labels}, {{"axis", std::int64_t{-1}}, {"keepdims", std::int64_t{1}}});
  const std::string positive =
      graph.node("GatherElements", {ids, place}, {{"axis", std::int64_t{-1}}});
  const std::string again = graph.node(
      "Sub", {to.as(graph.node("Equal", {ids, positive}), DType::kBool, DType::kFloat32), labels});
  return {graph.node("Sub", {logits, graph.node("Mul", {again, graph.number(layers::kFar)})})};
}

}  // namespace keratin::saving::onnx
