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

Names expanded(Translation& to, const Call& call) { return to.expanded(call); }

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
  const std::int64_t axis = how.channels_first() ? 2 : 1;
  const std::string steps = graph.ints({axis});
  std::string x = input(to, call);
  const Value mask = call.layer().supports_masking() ? call.inputs.mask() : Value();
  if (!mask) {
    const char* const op = pooling == Pooling::kSum    ? "ReduceSum"
                           : pooling == Pooling::kMean ? "ReduceMean"
                                                       : "ReduceMax";
    return {graph.node(op, {x, steps}, keepdims)};
  }
  const std::string counts = graph.node("Unsqueeze", {to.name_of(mask), graph.ints({3 - axis})});
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
  std::string x = input(to, call);
  if (rest.rank() > 1 &&
      call.layer().get_config().at("data_format").as_string() == "channels_first") {
    std::vector<std::int64_t> order{0};
    for (std::size_t axis = 1; axis < rest.rank(); ++axis)
      order.push_back(static_cast<std::int64_t>(axis) + 1);
    order.push_back(1);
    x = to.graph.node("Transpose", {x}, {{"perm", order}});
  }
  return {with_steps(to, x, {rest.is_known() ? rest.size() : kNone})};
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

/// By class, not by name: a class of a user's own may be called as one of these.
const std::unordered_map<std::type_index, Form>& forms() {
  using namespace layers;
  static const std::unordered_map<std::type_index, Form> forms = {
      {typeid(Activation), &activation},
      {typeid(ActivityRegularization), &unchanged},
      {typeid(AdaptiveAveragePooling1D), &adaptive_pooling},
      {typeid(AdaptiveAveragePooling2D), &adaptive_pooling},
      {typeid(AdaptiveLogSoftmaxWithLoss), &labelled_output},
      {typeid(AdaptiveMaxPooling1D), &adaptive_pooling},
      {typeid(AdaptiveMaxPooling2D), &adaptive_pooling},
      {typeid(Add), &expanded},
      {typeid(AdditiveAttention), &scored_attention},
      {typeid(AlphaDropout), &unchanged},
      {typeid(Attention), &scored_attention},
      {typeid(Average), &expanded},
      {typeid(AveragePooling1D), &window_pooling},
      {typeid(AveragePooling2D), &window_pooling},
      {typeid(BatchNormalization), &batch_normalization},
      {typeid(Bidirectional), &expanded},
      {typeid(BruteForceRetrieval), &expanded},
      {typeid(CategoryEncoding), &category_encoding},
      {typeid(Concatenate), &expanded},
      {typeid(Conv1D), &convolution},
      {typeid(Conv1DTranspose), &convolution_transpose},
      {typeid(Conv2D), &convolution},
      {typeid(Cropping1D), &cropping},
      {typeid(Dense), &dense},
      {typeid(DepthwiseConv1D), &depthwise_convolution},
      {typeid(Discretization), &discretization},
      {typeid(DistributedEmbedding), &expanded},
      {typeid(layers::Dot), &dot},
      {typeid(DotInteraction), &expanded},
      {typeid(Dropout), &unchanged},
      {typeid(EinsumDense), &einsum_dense},
      {typeid(ELU), &elu},
      {typeid(Embedding), &embedding},
      {typeid(EmbedReduce), &embed_reduce},
      {typeid(FeatureCross), &expanded},
      {typeid(Flatten), &flatten},
      {typeid(GaussianDropout), &unchanged},
      {typeid(GaussianNoise), &unchanged},
      {typeid(GlobalAveragePooling1D), &pooling},
      {typeid(GlobalAveragePooling2D), &pooling_2d},
      {typeid(GlobalMaxPooling1D), &pooling},
      {typeid(GlobalMaxPooling2D), &pooling_2d},
      {typeid(GlobalSumPooling1D), &pooling},
      {typeid(GroupedQueryAttention), &head_attention},
      {typeid(GroupNormalization), &group_normalization},
      {typeid(GRU), &recurrent},
      {typeid(GRUCell), &recurrent_cell},
      {typeid(HardNegativeMining), &expanded},
      {typeid(HierarchicalSoftmax), &labelled_output},
      {typeid(Identity), &unchanged},
      {typeid(InputLayer), &unchanged},
      {typeid(IntegerLookup), &integer_lookup},
      {typeid(LayerNormalization), &layer_normalization},
      {typeid(LeakyReLU), &leaky_relu},
      {typeid(LSTM), &recurrent},
      {typeid(LSTMCell), &recurrent_cell},
      {typeid(Masking), &masking},
      {typeid(MaxPooling1D), &window_pooling},
      {typeid(MaxPooling2D), &window_pooling},
      {typeid(Maximum), &expanded},
      {typeid(Minimum), &expanded},
      {typeid(MultiHeadAttention), &head_attention},
      {typeid(Multiply), &expanded},
      {typeid(NCE), &labelled_output},
      {typeid(Normalization), &expanded},
      {typeid(Permute), &expanded},
      {typeid(PositionEmbedding), &position_embedding},
      {typeid(PReLU), &expanded},
      {typeid(ReLU), &relu},
      {typeid(RemoveAccidentalHits), &remove_accidental_hits},
      {typeid(RepeatVector), &repeat_vector},
      {typeid(Rescaling), &expanded},
      {typeid(Reshape), &reshape},
      {typeid(ReversibleEmbedding), &reversible_embedding},
      {typeid(RMSNormalization), &rms_normalization},
      {typeid(RNN), &recurrent},
      {typeid(RotaryEmbedding), &rotary_embedding},
      {typeid(SampledSoftmax), &labelled_output},
      {typeid(SamplingProbabilityCorrection), &expanded},
      {typeid(SeparableConv1D), &depthwise_convolution},
      {typeid(SimpleRNN), &recurrent},
      {typeid(SimpleRNNCell), &recurrent_cell},
      {typeid(SinePositionEncoding), &sine_position_encoding},
      {typeid(Softmax), &expanded},
      {typeid(SpatialDropout1D), &unchanged},
      {typeid(SpatialDropout2D), &unchanged},
      {typeid(StackedRNNCells), &expanded},
      {typeid(StringLookup), &string_lookup},
      {typeid(Subtract), &expanded},
      {typeid(TextVectorization), &text_vectorization},
      {typeid(TimeDistributed), &expanded},
      {typeid(TokenAndPositionEmbedding), &expanded},
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
