// SPDX-License-Identifier: Apache-2.0
// The layers in ONNX. A layer that is made of ops alone is what those are (`expanded`); one that is
// made of kernels has a form of its own here, made of its config and its weights.
#include "keratin/layers/layers.h"

#include <algorithm>
#include <limits>
#include <typeindex>
#include <unordered_map>

#include "keratin/base/error.h"
#include "keratin/models/models.h"
#include "keratin/saving/onnx/translation.h"

namespace keratin::saving::onnx {
namespace {

std::vector<std::int64_t> integers(const Config& config) {
  if (!config.is_list()) return {config.as_int()};
  std::vector<std::int64_t> list;
  for (const Config& one : config.as_list()) list.push_back(one.as_int());
  return list;
}

/// The first input, of the type that the layer computes in.
std::string input(Translation& to, const Call& call) {
  return to.name_as(call.inputs[0], call.layer().input_dtype().value_or(call.dtype()));
}

Names expanded(Translation& to, const Call& call) { return to.expanded(call); }

/// Dropout and its like, which do something in training alone.
Names unchanged(Translation& to, const Call& call) {
  const Config* const training = call.inputs.options.find("training");
  if (training != nullptr && training->is_bool() && training->as_bool())
    call.refuse("is called with training=True: what is drawn by chance has no form in ONNX here.");
  return {input(to, call)};
}

Names embedding(Translation& to, const Call& call) {
  const std::string ids = to.name_as(call.inputs[0], DType::kInt64);
  const std::string table = to.graph.weight(call.layer().weights()[0]);
  return {to.graph.node("Gather", {table, ids})};
}

Names dense(Translation& to, const Call& call) {
  const auto weights = call.layer().weights();
  std::string y = to.graph.node("MatMul", {input(to, call), to.graph.weight(weights[0])});
  if (weights.size() > 1) y = to.graph.node("Add", {y, to.graph.weight(weights[1])});
  return {activated(to, call, y, call.layer().get_config().at("activation"))};
}

Names activation(Translation& to, const Call& call) {
  return {activated(to, call, input(to, call), call.layer().get_config().at("activation"))};
}

Names relu(Translation& to, const Call& call) {
  return {activated(to, call, input(to, call), "relu", call.layer().get_config())};
}

Names elu(Translation& to, const Call& call) {
  return {activated(to, call, input(to, call), "elu", call.layer().get_config())};
}

Names leaky_relu(Translation& to, const Call& call) {
  return {activated(to, call, input(to, call), "leaky_relu", call.layer().get_config())};
}

/// The mask as numbers with an axis of 1 behind: what vectors of steps are multiplied by.
Names pooling(Translation& to, const Call& call) {
  Graph& graph = to.graph;
  const auto& how = dynamic_cast<const layers::StepPooling&>(call.operation);
  const Pooling pooling = how.pooling();
  const Attributes keepdims = {{"keepdims", std::int64_t{how.keepdims()}}};
  const std::string steps = graph.ints({1});
  std::string x = input(to, call);
  const Value mask = call.layer().supports_masking() ? call.inputs.mask() : Value();
  if (!mask) {
    const char* const op = pooling == Pooling::kSum    ? "ReduceSum"
                           : pooling == Pooling::kMean ? "ReduceMean"
                                                       : "ReduceMax";
    return {graph.node(op, {x, steps}, keepdims)};
  }
  const std::string counts = graph.node("Unsqueeze", {to.name_of(mask), graph.ints({-1})});
  x = graph.node("ReduceSum", {graph.node("Where", {counts, x, graph.number(0)}), steps}, keepdims);
  if (pooling == Pooling::kSum) return {x};
  std::string count =
      graph.node("ReduceSum", {to.as(counts, DType::kBool, DType::kFloat32), steps}, keepdims);
  if (masked_steps(call.mask_policy) == MaskedSteps::kLeftOut)
    count = graph.node("Max", {count, graph.number(1)});
  return {graph.node("Div", {x, count})};
}

/// `dims` without the batch, which stays as it is; one may be open.
std::string with_steps(Translation& to, const std::string& x, const Shape& dims) {
  std::vector<std::int64_t> shape{0};
  for (const std::int64_t dim : dims) shape.push_back(dim);
  return to.graph.node("Reshape", {x, to.graph.ints(shape)});
}

Names flatten(Translation& to, const Call& call) {
  const Shape rest = call.shape().from(1);
  return {with_steps(to, input(to, call), {rest.is_known() ? rest.size() : kNone})};
}

Names reshape(Translation& to, const Call& call) {
  const Shape target = call.outputs[0].shape.from(1);
  for (const std::int64_t dim : target) {
    if (dim == 0) call.refuse("makes a dimension of 0, which means another thing in ONNX.");
  }
  if (std::count(target.begin(), target.end(), kNone) > 1)
    call.refuse("makes a shape of which more than one dimension is open: ", target);
  return {with_steps(to, input(to, call), target)};
}

Names repeat_vector(Translation& to, const Call& call) {
  const std::string x = to.graph.node("Unsqueeze", {input(to, call), to.graph.ints({1})});
  const std::int64_t n = call.outputs[0].shape[1];
  return {to.graph.node("Tile", {x, to.graph.ints({1, n, 1})})};
}

Names cropping(Translation& to, const Call& call) {
  const std::vector<std::int64_t> less = integers(call.layer().get_config().at("cropping"));
  const std::int64_t end = less[1] == 0 ? std::numeric_limits<std::int64_t>::max() : -less[1];
  Graph& graph = to.graph;
  return {graph.node("Slice",
                     {input(to, call), graph.ints({less[0]}), graph.ints({end}), graph.ints({1})})};
}

Names up_sampling(Translation& to, const Call& call) {
  Graph& graph = to.graph;
  const std::int64_t size = call.layer().get_config().at("size").as_int();
  const std::string x = graph.node("Unsqueeze", {input(to, call), graph.ints({2})});
  return {with_steps(to, graph.node("Tile", {x, graph.ints({1, 1, size, 1})}),
                     {kNone, call.shape()[2]})};
}

Names masking(Translation& to, const Call& call) {
  const std::string mask = to.name_of(call.layer().compute_mask(call.inputs));
  const std::string counts = to.graph.node("Unsqueeze", {mask, to.graph.ints({-1})});
  return {to.graph.node("Where", {counts, input(to, call), to.graph.number(0)})};
}

/// Rows of length one, or of 0. Keras: ops.normalize.
std::string normalized(Graph& graph, const std::string& x, std::int64_t axis) {
  const std::string squares =
      graph.node("ReduceSum", {graph.node("Mul", {x, x}), graph.ints({axis})});
  const std::string length =
      graph.node("Sqrt", {graph.node("Max", {squares, graph.number(1e-14)})});
  return graph.node("Div", {x, length});
}

/// Sums of products over an axis of each: "zaKb,zKc->zabc".
Names dot(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  const Config& axes = config.at("axes");
  const DType dtype = call.outputs[0].dtype;
  Names inputs;
  std::string terms[2], result = "z";
  char next = 'a';
  for (std::size_t i = 0; i < 2; ++i) {
    const auto rank = static_cast<std::int64_t>(call.shape(i).rank());
    std::int64_t axis = axes.is_list() ? axes.as_list()[i].as_int() : axes.as_int();
    if (axis < 0) axis += rank;
    inputs.push_back(to.name_as(call.inputs[i], dtype));
    if (config.at("normalize").as_bool()) inputs[i] = normalized(to.graph, inputs[i], axis);
    terms[i] = "z";
    for (std::int64_t at = 1; at < rank; ++at) {
      terms[i] += at == axis ? 'k' : next;
      if (at == axis) continue;
      result += next;
      next = static_cast<char>(next == 'j' ? 'l' : next + 1);
    }
  }
  std::string y =
      to.graph.node("Einsum", inputs, {{"equation", str(terms[0], ",", terms[1], "->", result)}});
  if (result == "z") y = to.graph.node("Unsqueeze", {y, to.graph.ints({1})});
  return {y};
}

// -- windows and normalisation ---

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

Names window_pooling(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  const Attributes attributes = windows(config, integers(config.at("pool_size")),
                                        std::vector<std::int64_t>(call.shape().rank() - 2, 1));
  const bool takes_largest = call.layer().class_name().starts_with("Max");
  return {with_channels_first(to, call, config, [&](const std::string& x) {
    return to.graph.node(takes_largest ? "MaxPool" : "AveragePool", {x}, attributes);
  })};
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

/// (x - mean) / sqrt(variance + epsilon), times gamma, plus beta: the first weights, where the
/// config has them.
std::string scaled_and_shifted(Translation& to, const Call& call, const Config& config,
                               std::string x, const std::string& variance) {
  Graph& graph = to.graph;
  const auto weights = call.layer().weights();
  const std::vector<std::int64_t> axes = integers(config.at("axis"));
  const std::string epsilon = graph.number(config.at("epsilon").as_double());
  x = graph.node("Div", {x, graph.node("Sqrt", {graph.node("Add", {variance, epsilon})})});
  std::size_t next = 0;
  for (const auto& [key, op] : {std::pair("scale", "Mul"), std::pair("center", "Add")}) {
    if (!config.at(key).as_bool()) continue;
    const std::string weight = graph.weight(weights[next++]);
    x = graph.node(op, {x, along(graph, weight, axes, call.shape().rank())});
  }
  return x;
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
  return {scaled_and_shifted(to, call, config, from_mean, moving(1))};
}

Names layer_normalization(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  const Config* const rms = config.find("rms_scaling");
  if (rms != nullptr && rms->as_bool()) return to.expanded(call);
  const std::string axes = to.graph.ints(integers(config.at("axis")));
  const std::string x = input(to, call);
  const std::string from_mean = to.graph.node("Sub", {x, to.graph.node("ReduceMean", {x, axes})});
  const std::string squares = to.graph.node("Mul", {from_mean, from_mean});
  return {scaled_and_shifted(to, call, config, from_mean,
                             to.graph.node("ReduceMean", {squares, axes}))};
}

Names rms_normalization(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  Graph& graph = to.graph;
  const std::vector<std::int64_t> axes = integers(config.at("axis"));
  const std::string x = input(to, call);
  const std::string mean = graph.node("ReduceMean", {graph.node("Mul", {x, x}), graph.ints(axes)});
  const std::string epsilon = graph.number(config.at("epsilon").as_double());
  const std::string y =
      graph.node("Div", {x, graph.node("Sqrt", {graph.node("Add", {mean, epsilon})})});
  const std::string gamma = graph.weight(call.layer().weights()[0]);
  return {graph.node("Mul", {y, along(graph, gamma, axes, call.shape().rank())})};
}

/// By class, not by name: a class of a user's own may be called as one of these.
const std::unordered_map<std::type_index, Form>& forms() {
  using namespace layers;
  static const std::unordered_map<std::type_index, Form> forms = {
      {typeid(Activation), &activation},
      {typeid(ActivityRegularization), &unchanged},
      {typeid(Add), &expanded},
      {typeid(AlphaDropout), &unchanged},
      {typeid(Average), &expanded},
      {typeid(AveragePooling1D), &window_pooling},
      {typeid(AveragePooling2D), &window_pooling},
      {typeid(BatchNormalization), &batch_normalization},
      {typeid(Concatenate), &expanded},
      {typeid(Conv1D), &convolution},
      {typeid(Conv2D), &convolution},
      {typeid(Cropping1D), &cropping},
      {typeid(Dense), &dense},
      {typeid(layers::Dot), &dot},
      {typeid(Dropout), &unchanged},
      {typeid(ELU), &elu},
      {typeid(Embedding), &embedding},
      {typeid(Flatten), &flatten},
      {typeid(GaussianDropout), &unchanged},
      {typeid(GaussianNoise), &unchanged},
      {typeid(GlobalAveragePooling1D), &pooling},
      {typeid(GlobalMaxPooling1D), &pooling},
      {typeid(GlobalSumPooling1D), &pooling},
      {typeid(Identity), &unchanged},
      {typeid(InputLayer), &unchanged},
      {typeid(LayerNormalization), &layer_normalization},
      {typeid(LeakyReLU), &leaky_relu},
      {typeid(Masking), &masking},
      {typeid(MaxPooling1D), &window_pooling},
      {typeid(MaxPooling2D), &window_pooling},
      {typeid(Maximum), &expanded},
      {typeid(Minimum), &expanded},
      {typeid(Multiply), &expanded},
      {typeid(Normalization), &expanded},
      {typeid(Permute), &expanded},
      {typeid(PReLU), &expanded},
      {typeid(ReLU), &relu},
      {typeid(RepeatVector), &repeat_vector},
      {typeid(Rescaling), &expanded},
      {typeid(Reshape), &reshape},
      {typeid(RMSNormalization), &rms_normalization},
      {typeid(Softmax), &expanded},
      {typeid(SpatialDropout1D), &unchanged},
      {typeid(SpatialDropout2D), &unchanged},
      {typeid(Subtract), &expanded},
      {typeid(UnitNormalization), &expanded},
      {typeid(UpSampling1D), &up_sampling},
      {typeid(ZeroPadding1D), &expanded},
  };
  return forms;
}

}  // namespace

Form form_of_layer(const layers::Layer& layer) {
  const auto form = forms().find(typeid(layer));
  if (form != forms().end()) return form->second;
  // Models, and layers of a user's own: as what they are made of.
  const bool is_own = dynamic_cast<const models::Model*>(&layer) != nullptr ||
                      !is_listed(layers::all_layers(), layer.class_name());
  return is_own ? &expanded : nullptr;
}

}  // namespace keratin::saving::onnx
