// SPDX-License-Identifier: Apache-2.0
// Convolutions, poolings and normalizations in ONNX.
#include <algorithm>
#include <utility>

#include "keratin/layers/layers.h"
#include "keratin/saving/onnx/translation.h"

namespace keratin::saving::onnx {
namespace {

/// ONNX has channels first: around what `make` gives of x in that order.
template <class Make>
std::string with_channels_first(Translation& to, const Call& call, const Config& config,
                                Make make) {
  std::string x = input(to, call);
  if (config.at("data_format").as_string() == "channels_first") return make(x);
  const auto rank = static_cast<std::int64_t>(call.shape().rank());
  std::vector<std::int64_t> there{0, rank - 1}, back{0};
  for (std::int64_t axis = 1; axis < rank - 1; ++axis) there.push_back(axis);
  for (std::int64_t axis = 2; axis < rank; ++axis) back.push_back(axis);
  back.push_back(1);
  x = make(to.graph.node("Transpose", {x}, {{"perm", there}}));
  return to.graph.node("Transpose", {x}, {{"perm", back}});
}

/// Of a padding "valid", "same" or "causal". "same" has more behind than in front; as many as steps
/// of 1 need wherever these are 1, for dilated windows have no SAME_UPPER everywhere.
Attributes windows(const Config& config, std::vector<std::int64_t> sizes,
                   const std::vector<std::int64_t>& dilation) {
  std::vector<std::int64_t> strides = integers(config.at("strides")), front, behind;
  const std::string_view padding = config.at("padding").as_string();
  const bool is_dense = std::ranges::all_of(strides, [](std::int64_t by) { return by == 1; });
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::int64_t all = (sizes[i] - 1) * dilation[i];
    front.push_back(padding == "causal" ? all : padding == "same" && is_dense ? all / 2 : 0);
    behind.push_back(padding == "same" && is_dense ? all - all / 2 : 0);
  }
  front.insert(front.end(), behind.begin(), behind.end());
  Attributes attributes{{"strides", std::move(strides)}};
  if (padding == "same" && !is_dense) {
    attributes.push_back({"auto_pad", std::string("SAME_UPPER")});
  } else {
    attributes.push_back({"pads", std::move(front)});
  }
  attributes.push_back({"kernel_shape", std::move(sizes)});
  return attributes;
}

/// Numbers of some axes in the shape in which they go along all of `rank`.
std::string along(Graph& graph, const std::string& numbers, std::vector<std::int64_t> axes,
                  std::size_t rank) {
  for (std::int64_t& axis : axes) axis += axis < 0 ? static_cast<std::int64_t>(rank) : 0;
  std::vector<std::int64_t> missing;
  for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(rank); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) missing.push_back(axis);
  }
  return missing.empty() ? numbers : graph.node("Unsqueeze", {numbers, graph.ints(missing)});
}

/// x / sqrt(variance + epsilon).
std::string divided(Graph& graph, const Config& config, const std::string& x,
                    const std::string& variance) {
  const std::string epsilon = graph.number(config.at("epsilon").as_double());
  return graph.node("Div", {x, graph.node("Sqrt", {graph.node("Add", {variance, epsilon})})});
}

/// x times gamma, plus beta, along these axes: the first weights, where the config has them.
std::string scaled_and_shifted(Graph& graph, const Call& call, const Config& config, std::string x,
                               const std::vector<std::int64_t>& axes) {
  const auto weights = call.layer().weights();
  std::size_t next = 0;
  for (const auto& [key, op] : {std::pair("scale", "Mul"), std::pair("center", "Add")}) {
    if (!config.at(key).as_bool()) continue;
    const std::string weight = graph.weight(weights[next++]);
    x = graph.node(op, {x, along(graph, weight, axes, call.shape().rank())});
  }
  return x;
}

/// (x - mean) / sqrt(variance + epsilon), both over these axes.
std::string standardized(Graph& graph, const Config& config, const std::string& x,
                         const std::vector<std::int64_t>& axes) {
  const std::string over = graph.ints(axes);
  const std::string from_mean = graph.node("Sub", {x, graph.node("ReduceMean", {x, over})});
  const std::string squares = graph.node("Mul", {from_mean, from_mean});
  return divided(graph, config, from_mean, graph.node("ReduceMean", {squares, over}));
}

}  // namespace

Names convolution(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  const auto weights = call.layer().weights();
  const auto rank = static_cast<std::int64_t>(call.shape().rank());
  std::vector<std::int64_t> order{rank - 1, rank - 2};  // ONNX: filters, channels, places
  for (std::int64_t axis = 0; axis < rank - 2; ++axis) order.push_back(axis);
  const std::vector<std::int64_t> dilation = integers(config.at("dilation_rate"));
  Attributes attributes = windows(config, integers(config.at("kernel_size")), dilation);
  attributes.push_back({"dilations", dilation});
  attributes.push_back({"group", config.at("groups").as_int()});
  const std::string y = with_channels_first(to, call, config, [&](const std::string& x) {
    Names inputs{x, to.graph.node("Transpose", {to.graph.weight(weights[0])}, {{"perm", order}})};
    if (weights.size() > 1) inputs.push_back(to.graph.weight(weights[1]));
    return to.graph.node("Conv", inputs, attributes);
  });
  return {activated(to, call, y, config.at("activation"))};
}

Names convolution_transpose(Translation& to, const Call& call) {
  const auto& layer = dynamic_cast<const layers::Conv1DTranspose&>(call.layer());
  const Config config = layer.get_config();
  const auto weights = layer.weights();
  const std::int64_t size = integers(config.at("kernel_size"))[0];
  const std::vector<std::int64_t> dilation = integers(config.at("dilation_rate"));
  // What is missing behind, or is too much, is the same for any number of steps.
  const std::int64_t before = layer.steps_before();
  const std::int64_t behind = (size - 1) * dilation[0] + 1 - before - layer.output_steps(1);
  const Attributes attributes = {
      {"strides", integers(config.at("strides"))},
      {"dilations", dilation},
      {"kernel_shape", std::vector<std::int64_t>{size}},
      {"pads", std::vector<std::int64_t>{before, std::max<std::int64_t>(behind, 0)}},
      {"output_padding", std::vector<std::int64_t>{std::max<std::int64_t>(-behind, 0)}}};
  const std::string y = with_channels_first(to, call, config, [&](const std::string& x) {
    const std::string kernel = to.graph.node("Transpose", {to.graph.weight(weights[0])},
                                             {{"perm", std::vector<std::int64_t>{2, 1, 0}}});
    Names inputs{x, kernel};
    if (weights.size() > 1) inputs.push_back(to.graph.weight(weights[1]));
    return to.graph.node("ConvTranspose", inputs, attributes);
  });
  return {activated(to, call, y, config.at("activation"))};
}

Names depthwise_convolution(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  Graph& graph = to.graph;
  const auto weights = call.layer().weights();
  const Shape kernel = weights[0]->shape();  // places, channels, filters a channel
  const std::vector<std::int64_t> dilation = integers(config.at("dilation_rate"));
  if (config.at("padding").as_string() == "same" && dilation[0] > 1 &&
      integers(config.at("strides"))[0] > 1)
    call.refuse("has padding='same' with strides and dilation_rate, which ONNX pads by none.");
  Attributes attributes = windows(config, integers(config.at("kernel_size")), dilation);
  attributes.push_back({"dilations", dilation});
  attributes.push_back({"group", kernel[1]});
  const bool is_separable = call.layer().class_name() == layers::SeparableConv1D::kName;
  const auto with_bias = [&](Names inputs, std::size_t bias) {
    if (weights.size() > bias) inputs.push_back(graph.weight(weights[bias]));
    return inputs;
  };
  const std::string y = with_channels_first(to, call, config, [&](const std::string& x) {
    const std::string by_channel = graph.node("Transpose", {graph.weight(weights[0])},
                                              {{"perm", std::vector<std::int64_t>{1, 2, 0}}});
    const Names depthwise{
        x, graph.node("Reshape", {by_channel, graph.ints({kernel[1] * kernel[2], 1, kernel[0]})})};
    if (!is_separable) return graph.node("Conv", with_bias(depthwise, 1), attributes);
    const std::string pointwise = graph.node("Transpose", {graph.weight(weights[1])},
                                             {{"perm", std::vector<std::int64_t>{2, 1, 0}}});
    return graph.node("Conv", with_bias({graph.node("Conv", depthwise, attributes), pointwise}, 2));
  });
  return {activated(to, call, y, config.at("activation"))};
}

Names window_pooling(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  const Attributes attributes = windows(config, integers(config.at("pool_size")),
                                        std::vector<std::int64_t>(call.shape().rank() - 2, 1));
  const bool takes_largest = call.layer().class_name().starts_with("Max");
  return {with_channels_first(to, call, config, [&](const std::string& x) {
    return to.graph.node(takes_largest ? "MaxPool" : "AveragePool", {x}, attributes);
  })};
}

Names adaptive_pooling(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  const bool takes_largest = call.layer().class_name().starts_with("AdaptiveMax");
  return {with_channels_first(to, call, config, [&](std::string x) {
    Graph& graph = to.graph;
    const std::size_t first = config.at("data_format").as_string() == "channels_first" ? 2 : 1;
    const std::vector<std::int64_t> sizes = integers(config.at("output_size"));
    for (std::size_t i = 0; i + 2 < call.shape().rank(); ++i) {
      const std::int64_t steps = call.shape()[first + i], count = sizes[i % sizes.size()];
      if (steps == kNone) call.refuse("needs to know over how many steps its windows lie.");
      const std::string axis = graph.ints({static_cast<std::int64_t>(i) + 2});
      Names windows;
      for (std::int64_t at = 0; at < count; ++at) {
        const std::string begin = graph.ints({at * steps / count});
        const std::string end = graph.ints({((at + 1) * steps + count - 1) / count});
        windows.push_back(graph.node(takes_largest ? "ReduceMax" : "ReduceMean",
                                     {graph.node("Slice", {x, begin, end, axis}), axis}));
      }
      x = graph.node("Concat", windows, {{"axis", static_cast<std::int64_t>(i) + 2}});
    }
    return x;
  })};
}

Names pooling_2d(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  const bool is_first = config.at("data_format").as_string() == "channels_first";
  const std::string axes =
      to.graph.ints(is_first ? std::vector<std::int64_t>{2, 3} : std::vector<std::int64_t>{1, 2});
  const bool takes_largest = call.layer().class_name() == layers::GlobalMaxPooling2D::kName;
  return {to.graph.node(takes_largest ? "ReduceMax" : "ReduceMean", {input(to, call), axes},
                        {{"keepdims", std::int64_t{config.at("keepdims").as_bool()}}})};
}

Names batch_normalization(Translation& to, const Call& call) {
  unchanged(to, call);  // refuses a call in training
  const Config config = call.layer().get_config();
  const auto weights = call.layer().weights();
  const std::size_t first =
      (config.at("scale").as_bool() ? 1U : 0U) + (config.at("center").as_bool() ? 1U : 0U);
  const auto moving = [&](std::size_t which) {
    return along(to.graph, to.graph.weight(weights[first + which]), integers(config.at("axis")),
                 call.shape().rank());
  };
  const std::string from_mean = to.graph.node("Sub", {input(to, call), moving(0)});
  return {scaled_and_shifted(to.graph, call, config,
                             divided(to.graph, config, from_mean, moving(1)),
                             integers(config.at("axis")))};
}

Names group_normalization(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  Graph& graph = to.graph;
  const auto rank = static_cast<std::int64_t>(call.shape().rank());
  const std::int64_t given = config.at("axis").as_int();
  const std::int64_t axis = given < 0 ? given + rank : given;
  // The channels behind the batch: then the numbers of a group lie in one row.
  std::vector<std::int64_t> there{0, axis}, back{0};
  for (std::int64_t i = 1; i < rank; ++i) {
    if (i != axis) there.push_back(i);
    back.push_back(i == axis ? 1 : i < axis ? i + 1 : i);
  }
  const std::string x = graph.node("Transpose", {input(to, call)}, {{"perm", there}});
  const std::string rows =
      graph.node("Reshape", {x, graph.ints({0, config.at("groups").as_int(), -1})});
  const std::string y =
      graph.node("Reshape", {standardized(graph, config, rows, {2}), graph.node("Shape", {x})});
  return {
      graph.node("Transpose", {scaled_and_shifted(graph, call, config, y, {1})}, {{"perm", back}})};
}

Names layer_normalization(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  const Config* const rms = config.find("rms_scaling");
  if (rms != nullptr && rms->as_bool()) return to.expanded(call);
  const std::vector<std::int64_t> axes = integers(config.at("axis"));
  return {scaled_and_shifted(to.graph, call, config,
                             standardized(to.graph, config, input(to, call), axes), axes)};
}

Names rms_normalization(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  Graph& graph = to.graph;
  const std::vector<std::int64_t> axes = integers(config.at("axis"));
  const std::string x = input(to, call);
  const std::string mean = graph.node("ReduceMean", {graph.node("Mul", {x, x}), graph.ints(axes)});
  const std::string y = divided(graph, config, x, mean);
  const std::string gamma = graph.weight(call.layer().weights()[0]);
  return {graph.node("Mul", {y, along(graph, gamma, axes, call.shape().rank())})};
}

}  // namespace keratin::saving::onnx
