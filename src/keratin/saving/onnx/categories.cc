// SPDX-License-Identifier: Apache-2.0
// Categories in ONNX: what is looked up in a vocabulary is a LabelEncoder, vectors of categories
// are a OneHot. ONNX has no hash that all runtimes know.
#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/layers/call_arguments.h"
#include "keratin/layers/layers.h"
#include "keratin/saving/onnx/translation.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving::onnx {
namespace {

using layers::IndexLookup;
using layers::OutputMode;

std::string integer(Graph& graph, std::int64_t value) {
  return graph.number(static_cast<double>(value), DType::kInt64);
}

/// int64 categories of that shape by the output mode; `depth` itself has no place in a vector.
/// `weights`: none, or how much each counts.
std::string encoded(Graph& graph, const std::string& categories, const Shape& shape,
                    OutputMode mode, std::int64_t depth, const std::string& weights = {}) {
  if (mode == OutputMode::kInt) return categories;
  const std::string one_hot = graph.node(
      "OneHot", {categories, graph.ints({depth}), graph.tensor(Tensor::from<float>({0, 1}))});
  const auto rank = static_cast<std::int64_t>(shape.rank());
  if (mode == OutputMode::kOneHot) {
    if (rank < 2 || shape.back() != 1) return one_hot;
    return graph.node("Squeeze", {one_hot, graph.ints({rank - 1})});
  }
  std::string counts = one_hot;
  if (!weights.empty())
    counts = graph.node("Mul", {one_hot, graph.node("Unsqueeze", {weights, graph.ints({-1})})});
  if (rank > 0) {
    counts = graph.node("ReduceSum", {counts, graph.ints({rank > 1 ? 1 : 0})},
                        {{"keepdims", std::int64_t{0}}});
  }
  return mode == OutputMode::kMultiHot ? graph.node("Min", {counts, graph.number(1)}) : counts;
}

template <class Key>
constexpr bool is_text = std::is_same_v<Key, std::string>;

template <class Key>
void require_vocabulary(const Call& call, const IndexLookup<Key>& lookup) {
  if (lookup.get_vocabulary(false).empty())
    call.refuse("has no vocabulary: give it one, or call adapt() first.");
}

/// int64 indices of keys; those of a vector that have no place there have its depth.
template <class Key>
std::string indices_of(Translation& to, const Call& call, const IndexLookup<Key>& lookup,
                       const std::string& keys) {
  Graph& graph = to.graph;
  const auto& settings = lookup.settings();
  require_vocabulary(call, lookup);
  if (settings.num_oov_indices == 0)
    call.refuse("has num_oov_indices=0: unknown ones are an error, which has no form in ONNX.");
  const bool shares = settings.num_oov_indices > 1;
  if (shares && (is_text<Key> || settings.oov_method == "farmhash"))
    call.refuse("has num_oov_indices=", settings.num_oov_indices,
                ": the hash that chooses among them has no form in ONNX.");
  const bool is_int = lookup.mode() == OutputMode::kInt;
  std::vector<Key> known = lookup.get_vocabulary(false);
  const std::int64_t first_oov = is_int && settings.mask_token ? 1 : 0;
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < known.size(); ++i)
    places.push_back(first_oov + settings.num_oov_indices + static_cast<std::int64_t>(i));
  if (settings.mask_token) {
    known.push_back(*settings.mask_token);
    places.push_back(is_int ? 0 : lookup.depth());
  }
  const auto encode = [&](std::int64_t missing) {
    return graph.node("LabelEncoder", {keys},
                      {{is_text<Key> ? "keys_strings" : "keys_int64s", known},
                       {"values_int64s", places},
                       {"default_int64", missing}});
  };
  if (!shares) return encode(first_oov);
  const std::string found = encode(-1);
  const std::string bucket =
      graph.node("Mod", {keys, integer(graph, settings.num_oov_indices)});  // as floormod
  return graph.node("Where", {graph.node("Less", {found, integer(graph, 0)}),
                              graph.node("Add", {bucket, integer(graph, first_oov)}), found});
}

template <class Key>
std::string by_mode(Translation& to, const IndexLookup<Key>& lookup, const std::string& indices,
                    const Shape& shape) {
  const bool weighs = lookup.mode() == OutputMode::kTfIdf;
  const std::string counts = encoded(to.graph, indices, shape,
                                     weighs ? OutputMode::kCount : lookup.mode(), lookup.depth());
  if (!weighs) return counts;
  return to.graph.node("Mul", {counts, to.graph.tensor(Tensor::from(lookup.idf_weights()))});
}

/// The keys of int64 indices.
template <class Key>
std::string keys_of(Translation& to, const Call& call, const IndexLookup<Key>& lookup) {
  require_vocabulary(call, lookup);
  const auto& settings = lookup.settings();
  std::vector<Key> keys = lookup.get_vocabulary(true);
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < keys.size(); ++i) places.push_back(static_cast<std::int64_t>(i));
  const std::string indices = to.name_as(call.inputs[0], DType::kInt64);
  return to.graph.node("LabelEncoder", {indices},
                       {{"keys_int64s", places},
                        {is_text<Key> ? "values_strings" : "values_int64s", keys},
                        {is_text<Key> ? "default_string" : "default_int64", *settings.oov_token}});
}

template <class Key>
Names lookup(Translation& to, const Call& call) {
  const IndexLookup<Key>& lookup =
      static_cast<const layers::LookupLayer<Key>&>(call.layer()).lookup();
  if (lookup.inverts()) return {keys_of(to, call, lookup)};
  const std::string keys =
      is_text<Key> ? to.name_of(call.inputs[0]) : to.name_as(call.inputs[0], DType::kInt64);
  return {by_mode(to, lookup, indices_of(to, call, lookup, keys), call.shape())};
}

/// Steps of (B, T) up to that many, 0 behind the last.
std::string padded(Graph& graph, const std::string& indices, std::int64_t length) {
  const std::string zeros =
      graph.node("Expand", {integer(graph, 0), graph.shape_with(indices, 0, 1, {length})});
  const std::string longer = graph.node("Concat", {indices, zeros}, {{"axis", std::int64_t{1}}});
  return graph.node("Slice", {longer, graph.ints({0}), graph.ints({length}), graph.ints({1})});
}

}  // namespace

Names string_lookup(Translation& to, const Call& call) { return lookup<std::string>(to, call); }
Names integer_lookup(Translation& to, const Call& call) { return lookup<std::int64_t>(to, call); }

Names text_vectorization(Translation& to, const Call& call) {
  const auto& layer = static_cast<const layers::TextVectorization&>(call.layer());
  const Config config = layer.get_config();
  constexpr const char* kInstead =
      ", which has no form in ONNX here: standardize the texts before, and give the layer "
      "standardize=None, split='whitespace' or None, and no ngrams.";
  const Config& split = config.at("split");
  if (layer.has_functions()) call.refuse("has functions of its own for texts", kInstead);
  if (!config.at("standardize").is_null())
    call.refuse("standardizes with '", config.at("standardize").as_string(), "'", kInstead);
  if (!split.is_null() && split.as_string() != "whitespace")
    call.refuse("splits by ", split.as_string(), kInstead);
  if (!config.at("ngrams").is_null()) call.refuse("makes ngrams", kInstead);
  Graph& graph = to.graph;
  std::string words = to.name_of(call.inputs[0]);
  Shape shape = call.shape();
  if (!split.is_null()) {
    // What stands behind the last word is "", the mask token.
    words = graph.node("StringSplit", {graph.node("Reshape", {words, graph.ints({-1})})}, {}, 2)[0];
    shape = {shape[0], kNone};
  }
  std::string indices = indices_of(to, call, layer.lookup(), words);
  const Config& length = config.at("output_sequence_length");
  if (!length.is_null() && layer.lookup().mode() == OutputMode::kInt && shape.rank() == 2)
    indices = padded(graph, indices, length.as_int());
  return {by_mode(to, layer.lookup(), indices, shape)};
}

Names category_encoding(Translation& to, const Call& call) {
  const Config config = call.layer().get_config();
  const Value given = layers::named(call.inputs, "count_weights");
  const OutputMode mode =
      layers::output_mode(layers::CategoryEncoding::kName, config.at("output_mode").as_string(),
                          {OutputMode::kOneHot, OutputMode::kMultiHot, OutputMode::kCount});
  return {encoded(to.graph, to.name_as(call.inputs[0], DType::kInt64), call.shape(), mode,
                  config.at("num_tokens").as_int(),
                  given ? to.name_as(given, DType::kFloat32) : "")};
}

Names discretization(Translation& to, const Call& call) {
  const auto& layer = static_cast<const layers::Discretization&>(call.layer());
  const std::optional<std::vector<double>>& found = layer.bin_boundaries();
  if (!found) call.refuse("has no boundaries: give it some, or call adapt() first.");
  Graph& graph = to.graph;
  const std::vector<float> boundaries(found->begin(), found->end());
  const std::string x = to.name_as(call.inputs[0], DType::kFloat32);
  const std::string below = graph.node("Less", {graph.node("Unsqueeze", {x, graph.ints({-1})}),
                                                graph.tensor(Tensor::from(boundaries))});
  const std::string counts =
      to.as(graph.node("Not", {below}), DType::kBool, DType::kInt64);  // of NaN all
  const std::string bins =
      graph.node("ReduceSum", {counts, graph.ints({-1})}, {{"keepdims", std::int64_t{0}}});
  const OutputMode mode = layers::output_mode(
      layers::Discretization::kName, layer.get_config().at("output_mode").as_string(),
      {OutputMode::kInt, OutputMode::kOneHot, OutputMode::kMultiHot, OutputMode::kCount});
  if (mode == OutputMode::kInt) return {to.as(bins, DType::kInt64, DType::kInt32)};
  return {
      encoded(graph, bins, call.shape(), mode, static_cast<std::int64_t>(boundaries.size()) + 1)};
}

}  // namespace keratin::saving::onnx
