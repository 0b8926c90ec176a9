// SPDX-License-Identifier: Apache-2.0
// Attention in ONNX: scores, what is seen of them, their softmax, and the values.
#include <algorithm>
#include <cmath>

#include "keratin/base/error.h"
#include "keratin/layers/call_arguments.h"
#include "keratin/layers/layers.h"
#include "keratin/saving/onnx/translation.h"

namespace keratin::saving::onnx {
namespace {

using Axes = std::vector<std::int64_t>;

/// 0, 1 ... up to an axis of x, as an axis of int64.
std::string counted(Graph& graph, const std::string& x, std::int64_t axis) {
  const std::string end = graph.node("Shape", {x}, {{"start", axis}});
  const std::string size = graph.node("Gather", {end, graph.number(0, DType::kInt64)});
  const std::string zero = graph.number(0, DType::kInt64);
  return graph.node("Range", {zero, size, graph.number(1, DType::kInt64)});
}

/// Which keys each query sees by their places alone, (T, S); empty for all.
std::string seen_by_place(Graph& graph, const std::string& scores, bool is_causal,
                          std::int64_t window) {
  if (!is_causal && window == 0) return {};
  const std::string queries =
      graph.node("Unsqueeze", {counted(graph, scores, -2), graph.ints({-1})});
  const std::string ahead = graph.node("Sub", {queries, counted(graph, scores, -1)});
  std::string seen;
  if (is_causal) seen = graph.node("GreaterOrEqual", {ahead, graph.number(0, DType::kInt64)});
  if (window > 0) {
    const std::string near = graph.node(
        "Less",
        {graph.node("Abs", {ahead}), graph.number(static_cast<double>(window), DType::kInt64)});
    seen = seen.empty() ? near : graph.node("And", {seen, near});
  }
  return seen;
}

/// The softmax of what is seen; 0 elsewhere, and where a query sees nothing 0 all over, or 1 / S.
std::string softmax_of_seen(Graph& graph, const std::string& scores, const Names& masks,
                            ops::BlindQuery blind) {
  std::string seen;
  for (const std::string& mask : masks) {
    if (mask.empty()) continue;
    seen = seen.empty() ? mask : graph.node("And", {seen, mask});
  }
  if (seen.empty()) return graph.node("Softmax", {scores}, {{"axis", std::int64_t{-1}}});
  const std::string far = graph.node("Where", {seen, scores, graph.number(-1e30)});
  const std::string shares = graph.node("Softmax", {far}, {{"axis", std::int64_t{-1}}});
  if (blind != ops::BlindQuery::kZero) return shares;  // what is far is 0 beside anything seen
  return graph.node("Where", {seen, shares, graph.number(0)});
}

std::string mask_as(Translation& to, const Value& mask, const Axes& axes) {
  const std::string name = to.name_as(mask, DType::kBool);
  return axes.empty() ? name : to.graph.node("Unsqueeze", {name, to.graph.ints(axes)});
}

std::string transposed(Graph& graph, const std::string& x, Axes order) {
  return graph.node("Transpose", {x}, {{"perm", std::move(order)}});
}

/// The axes in order, but for the last two.
Axes swapped_at_the_end(std::size_t rank) {
  Axes order;
  for (std::size_t i = 0; i < rank; ++i) order.push_back(static_cast<std::int64_t>(i));
  std::swap(order[rank - 1], order[rank - 2]);
  return order;
}

/// The scores of each query and key that go through tanh: sums of these, weighted.
std::string sums_of_tanh(Graph& graph, const std::string& query, const std::string& key,
                         const std::string& weight) {
  const std::string sums = graph.node("Add", {graph.node("Unsqueeze", {query, graph.ints({-2})}),
                                              graph.node("Unsqueeze", {key, graph.ints({-3})})});
  std::string bent = graph.node("Tanh", {sums});
  if (!weight.empty()) bent = graph.node("Mul", {bent, weight});
  return graph.node("ReduceSum", {bent, graph.ints({-1})}, {{"keepdims", std::int64_t{0}}});
}

std::string scores_of(Translation& to, const Call& call, std::string query, std::string key) {
  Graph& graph = to.graph;
  const Config config = call.layer().get_config();
  const auto weights = call.layer().weights();
  const std::string scale =
      config.at("use_scale").as_bool() ? graph.weight(weights[0]) : std::string();
  const Config* const mode = config.find("score_mode");
  if (mode == nullptr) return sums_of_tanh(graph, query, key, scale);
  if (!scale.empty()) query = graph.node("Mul", {query, scale});
  if (mode->as_string() == "dot")
    return graph.node("MatMul",
                      {query, transposed(graph, key, swapped_at_the_end(call.shape().rank()))});
  if (!scale.empty()) key = graph.node("Mul", {key, scale});
  return sums_of_tanh(graph, query, key, graph.weight(weights.back()));
}

/// What attention of heads is told about the shapes of a call. The axes of queries, between the
/// heads and their size, become one.
struct Heads {
  Heads(const layers::HeadAttention& layer, std::size_t rank) : over(layer.axes()) {
    for (std::int64_t axis = 0; axis + 1 < static_cast<std::int64_t>(rank); ++axis) {
      if (std::find(over.begin(), over.end(), axis) == over.end()) samples.push_back(axis);
    }
    heads = static_cast<std::int64_t>(rank) - 1;
  }
  /// (samples, heads, attended axes, size), of a projection in the order of the input.
  Axes order() const {
    Axes all = samples;
    all.push_back(heads);
    all.insert(all.end(), over.begin(), over.end());
    all.push_back(heads + 1);
    return all;
  }
  Axes inverse() const {
    const Axes there = order();
    Axes back(there.size());
    for (std::size_t i = 0; i < there.size(); ++i)
      back[static_cast<std::size_t>(there[i])] = static_cast<std::int64_t>(i);
    return back;
  }
  /// As one axis of steps.
  std::string folded(Graph& graph, const std::string& x, std::int64_t size) const {
    if (over.size() == 1) return x;
    Axes shape(samples.size() + 1, 0);  // as they are
    shape.insert(shape.end(), {-1, size});
    return graph.node("Reshape", {x, graph.ints(shape)});
  }
  Axes samples, over;
  std::int64_t heads;
};

/// The masks of a call, as they lie along (samples, heads, T, S).
Names masks_of(Translation& to, const Call& call, const Heads& heads) {
  Names masks;
  const std::size_t rank = heads.samples.size() + 3;
  const auto one_axis = [&] {
    if (heads.over.size() != 1)
      call.refuse("has a mask and attends over several axes, which has no form in ONNX here.");
  };
  if (const Value mask = layers::named(call.inputs, "attention_mask")) {
    one_axis();
    const std::size_t given = mask.shape().rank();
    Axes axes;
    for (std::size_t i = given; i < rank; ++i)
      axes.push_back(static_cast<std::int64_t>(i - 2));  // in front of queries and keys
    masks.push_back(mask_as(to, mask, axes));
  }
  constexpr std::string_view kNames[] = {"query_mask", "value_mask", "key_mask"};
  for (std::size_t i = 0; i < 3; ++i) {
    const Value given = layers::named(call.inputs, kNames[i]);
    const Value mask = given ? given : i < call.inputs.size() ? call.inputs[i].mask() : Value();
    if (!mask) continue;
    one_axis();
    // (samples, steps): the heads are missing, and the keys or the queries.
    const auto first = static_cast<std::int64_t>(mask.shape().rank()) - 1;
    masks.push_back(mask_as(to, mask, i == 0 ? Axes{first, first + 2} : Axes{first, first + 1}));
  }
  return masks;
}

}  // namespace

Names scored_attention(Translation& to, const Call& call) {
  unchanged(to, call);  // refuses a call in training
  Graph& graph = to.graph;
  const std::string query = to.name_as(call.inputs[0], DType::kFloat32);
  const std::string value = to.name_as(call.inputs[1], DType::kFloat32);
  const std::string key =
      call.inputs.size() > 2 ? to.name_as(call.inputs[2], DType::kFloat32) : value;
  const std::string scores = scores_of(to, call, query, key);
  Names masks{seen_by_place(graph, scores, layers::flag(call.inputs, "use_causal_mask"), 0)};
  if (const Value mask = call.inputs.mask(1)) masks.push_back(mask_as(to, mask, {-2}));
  const std::string shares =
      softmax_of_seen(graph, scores, masks, layers::ScoredAttention::blind(call.mask_policy));
  std::string y = graph.node("MatMul", {shares, value});
  if (const Value mask = call.inputs.mask(0))
    y = graph.node("Where", {mask_as(to, mask, {-1}), y, graph.number(0)});
  return {y, shares};
}

Names head_attention(Translation& to, const Call& call) {
  unchanged(to, call);
  Graph& graph = to.graph;
  const auto& layer = static_cast<const layers::HeadAttention&>(call.layer());
  const auto parts = layer.parts();
  const std::size_t last = parts.size() - 1;
  const Heads heads(layer, call.shape().rank());
  const std::string query = to.name_as(call.inputs[0], DType::kFloat32);
  const std::string value = to.name_as(call.inputs[1], DType::kFloat32);
  const std::string key =
      call.inputs.size() > 2 ? to.name_as(call.inputs[2], DType::kFloat32) : value;
  const auto projected = [&](std::size_t i, const std::string& x) {
    return transposed(graph, einsum(to, call, *parts[i], x), heads.order());
  };
  const std::string whole_query = projected(0, query);
  const Shape of_query = parts[0]->weights()[0]->shape();  // (N, heads, size)
  const std::int64_t count = of_query.dim(-2), sources = parts[1]->weights()[0]->shape().dim(-2);
  // Every head of a query has one of the key, which some share.
  const auto for_all_heads = [&](const std::string& x) {
    if (count == sources) return x;
    Axes of_head;
    for (std::int64_t i = 0; i < count; ++i) of_head.push_back(i / (count / sources));
    return graph.node("Gather", {x, graph.ints(of_head)},
                      {{"axis", static_cast<std::int64_t>(heads.samples.size())}});
  };
  const std::int64_t size = of_query.back(),
                     value_size = parts[last - 1]->weights()[0]->shape().back();
  const std::string q = heads.folded(graph, whole_query, size);
  const std::string k = for_all_heads(heads.folded(graph, projected(1, key), size));
  const std::string v = for_all_heads(heads.folded(graph, projected(last - 1, value), value_size));
  const double scale = 1 / std::sqrt(static_cast<double>(size));
  const std::string scores =
      graph.node("MatMul", {graph.node("Mul", {q, graph.number(scale)}),
                            transposed(graph, k, swapped_at_the_end(heads.samples.size() + 3))});
  const Config config = layer.get_config();
  const Config* const window = config.find("sliding_window");
  Names masks = masks_of(to, call, heads);
  masks.push_back(seen_by_place(graph, scores, layers::flag(call.inputs, "use_causal_mask"),
                                window == nullptr || window->is_null() ? 0 : window->as_int()));
  const std::string shares =
      softmax_of_seen(graph, scores, masks,
                      layer.blind(call.mask_policy, call.inputs[0].shape(),
                                  layers::flag(call.inputs, "return_attention_scores")));
  std::string y = graph.node("MatMul", {shares, v});
  if (heads.over.size() > 1)
    y = graph.node("Reshape", {y, graph.shape_with(whole_query, 0, -1, {value_size})});
  y = transposed(graph, y, heads.inverse());
  if (last == 4) y = graph.node("Mul", {y, einsum(to, call, *parts[2], query)});
  Names outputs{einsum(to, call, *parts[last], y)};
  if (call.outputs.size() == 1) return outputs;
  if (heads.over.size() > 1)
    call.refuse("gives scores over several axes, which has no form in ONNX here.");
  outputs.push_back(shares);
  return outputs;
}

}  // namespace keratin::saving::onnx
