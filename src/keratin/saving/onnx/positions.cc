// SPDX-License-Identifier: Apache-2.0
// Layers that know where in a sequence a step is, in ONNX. Angles are float64, as in predict().
#include <algorithm>
#include <cmath>

#include "keratin/layers/call_arguments.h"
#include "keratin/layers/layers.h"
#include "keratin/saving/onnx/translation.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving::onnx {
namespace {

/// The positions of the steps along that axis of x, (T) or (B, T), of that type.
std::string positions_along(Translation& to, const Call& call, const std::string& x,
                            std::int64_t axis, DType dtype) {
  if (const Value given = layers::named(call.inputs, "positions")) return to.name_as(given, dtype);
  Graph& graph = to.graph;
  const std::string zero = graph.number(0, DType::kInt64);
  const std::string shape = graph.node("Shape", {x});
  const std::string steps =
      graph.node("Gather", {shape, graph.number(static_cast<double>(axis), DType::kInt64)});
  const std::string places = to.as(
      graph.node("Range", {zero, steps, graph.number(1, DType::kInt64)}), DType::kInt64, dtype);
  if (const Value start = layers::named(call.inputs, "start_index"))
    return graph.node("Add", {places, to.name_as(start, dtype)});
  const Config* const start =
      call.inputs.options.is_null() ? nullptr : call.inputs.options.find("start_index");
  if (start == nullptr || start->is_null() || start->as_double() == 0) return places;
  return graph.node("Add", {places, graph.number(start->as_double(), dtype)});
}

/// Each position times each frequency, (T, D) or (B, T, D).
std::string angles_of(Graph& graph, const std::string& positions,
                      const std::vector<double>& frequencies) {
  return graph.node("Mul", {graph.node("Unsqueeze", {positions, graph.ints({-1})}),
                            graph.tensor(Tensor::from(frequencies))});
}

std::string in_shape_of(Graph& graph, const std::string& y, const std::string& x) {
  return graph.node("Expand", {y, graph.node("Shape", {x})});
}

}  // namespace

Names position_embedding(Translation& to, const Call& call) {
  const std::string x = to.name_of(call.inputs[0]);
  const auto axis = static_cast<std::int64_t>(call.shape().rank()) - 2;
  const std::string rows = positions_along(to, call, x, axis, DType::kInt64);
  const std::string table = to.graph.weight(call.layer().weights()[0]);
  return {in_shape_of(to.graph, to.graph.node("Gather", {table, rows}), x)};
}

Names sine_position_encoding(Translation& to, const Call& call) {
  Graph& graph = to.graph;
  const auto& layer = static_cast<const layers::SinePositionEncoding&>(call.layer());
  const std::int64_t width = call.shape().back();
  if (width == kNone) call.refuse("is called on vectors of open size.");
  const std::string x = to.name_of(call.inputs[0]);
  const auto axis = static_cast<std::int64_t>(call.shape().rank()) - 2;
  const std::string at = positions_along(to, call, x, axis, DType::kFloat64);
  const std::string angles = angles_of(graph, at, layer.frequencies(width));
  std::vector<bool> is_even;
  for (std::int64_t d = 0; d < width; ++d) is_even.push_back(d % 2 == 0);
  const std::string waves =
      graph.node("Where", {graph.tensor(Tensor::from(is_even, {width})),
                           graph.node("Sin", {angles}), graph.node("Cos", {angles})});
  return {in_shape_of(graph, to.as(waves, DType::kFloat64, DType::kFloat32), x)};
}

Names rotary_embedding(Translation& to, const Call& call) {
  Graph& graph = to.graph;
  const auto& layer = static_cast<const layers::RotaryEmbedding&>(call.layer());
  const layers::RotaryEmbedding::Axes axes = layer.axes_of(call.shape());
  const std::int64_t width = call.shape()[axes.features];
  if (width == kNone) call.refuse("is called on vectors of open size.");
  const std::string x = input(to, call);
  const std::string at =
      positions_along(to, call, x, static_cast<std::int64_t>(axes.steps), DType::kFloat64);
  std::string angles = angles_of(graph, at, layer.frequencies(width));
  const Value given = layers::named(call.inputs, "positions");
  const bool has_samples = given && given.shape().rank() == 2;
  if (!has_samples) angles = graph.node("Unsqueeze", {angles, graph.ints({0})});
  // (samples, steps, pairs) along the axes of x.
  const std::size_t meant[] = {axes.samples, axes.steps, axes.features};
  std::vector<std::int64_t> order{0, 1, 2}, missing;
  std::ranges::sort(order, {}, [&](std::int64_t i) { return meant[static_cast<std::size_t>(i)]; });
  for (std::size_t i = 0; i < call.shape().rank(); ++i) {
    if (std::ranges::find(meant, i) == std::end(meant))
      missing.push_back(static_cast<std::int64_t>(i));
  }
  angles = graph.node("Transpose", {angles}, {{"perm", order}});
  if (!missing.empty()) angles = graph.node("Unsqueeze", {angles, graph.ints(missing)});
  const auto turned = [&](const char* op) {
    const std::string by = graph.node(
        "Mul", {graph.node(op, {angles}), graph.number(layer.length(), DType::kFloat64)});
    return to.as(by, DType::kFloat64, DType::kFloat32);
  };
  const std::string cosine = turned("Cos"), sine = turned("Sin");
  const auto axis = static_cast<std::int64_t>(axes.features);
  const Names halves =
      graph.node("Split", {x}, {{"axis", axis}, {"num_outputs", std::int64_t{2}}}, 2);
  const auto product = [&](std::size_t half, const std::string& by) {
    return graph.node("Mul", {halves[half], by});
  };
  const std::string first = graph.node("Sub", {product(0, cosine), product(1, sine)});
  const std::string second = graph.node("Add", {product(1, cosine), product(0, sine)});
  return {graph.node("Concat", {first, second}, {{"axis", axis}})};
}

}  // namespace keratin::saving::onnx
