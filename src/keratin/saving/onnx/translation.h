// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "keratin/graph/node.h"
#include "keratin/layers/layer.h"
#include "keratin/saving/onnx/graph.h"

namespace keratin::saving::onnx {

class Translation;

/// One call of an operation on symbolic values, which a form turns into operators of ONNX.
struct Call {
  const Operation& operation;
  const Inputs& inputs;
  const std::vector<Spec>& outputs;
  MaskPolicy mask_policy;

  const layers::Layer& layer() const { return static_cast<const layers::Layer&>(operation); }
  DType dtype(std::size_t input = 0) const { return inputs[input].dtype(); }
  const Shape& shape(std::size_t input = 0) const { return inputs[input].shape(); }
  /// Throws std::invalid_argument that names the operation.
  template <class... Args>
  [[noreturn]] void refuse(const Args&... why) const {
    refuse_text(str(why...));
  }

 private:
  [[noreturn]] void refuse_text(const std::string& why) const;
};

/// The names of the outputs of a call in the graph.
using Form = Names (*)(Translation& to, const Call& call);

/// From symbolic values to a graph of ONNX: a value's name is asked for, and what it is made of
/// comes into the graph before it. So do masks, which are values too: they are in the graph where
/// an operation uses them. Threads: one.
class Translation {
 public:
  explicit Translation(MaskPolicy policy) : policy_(policy) {}

  Graph graph;

  /// The value is what comes in under that name.
  void enter(const Value& value, std::string name);
  /// What the graph has under that name, as a value.
  Value value_of(const std::string& name, const Spec& spec);
  std::string name_of(const Value& value);
  /// The same as a value of that type.
  std::string name_as(const Value& value, DType dtype);
  std::string as(const std::string& name, DType from, DType to);
  /// The outputs of the call as the layers and ops that it is made of: those of a model.
  Names expanded(const Call& call);

 private:
  using Key = std::pair<const Node*, std::int32_t>;
  void translate(const Node& node);
  Names translated(const Call& call);

  MaskPolicy policy_;
  std::map<Key, std::string> names_;
  std::vector<Values> kept_;  // the nodes that names_ has as keys live
};

/// Null: the operation has none here.
Form form_of_layer(const layers::Layer& layer);
Form form_of_op(std::string_view class_name);

/// An integer of a config, or a list of them.
std::vector<std::int64_t> integers(const Config& config);
/// The first input of a layer, of the type that the layer computes in.
std::string input(Translation& to, const Call& call);
/// Dropout and its like, which do something in training alone: that input.
Names unchanged(Translation& to, const Call& call);

// Forms of convolutions, poolings and normalizations: windows.cc.
Names convolution(Translation& to, const Call& call);
Names convolution_transpose(Translation& to, const Call& call);
Names depthwise_convolution(Translation& to, const Call& call);  // SeparableConv1D too
Names window_pooling(Translation& to, const Call& call);
Names pooling_2d(Translation& to, const Call& call);  // global
Names batch_normalization(Translation& to, const Call& call);
Names group_normalization(Translation& to, const Call& call);
Names layer_normalization(Translation& to, const Call& call);
Names rms_normalization(Translation& to, const Call& call);
Names adaptive_pooling(Translation& to, const Call& call);

// Those of a kernel, which may be codes: projections.cc.
Names dense(Translation& to, const Call& call);
Names einsum_dense(Translation& to, const Call& call);
/// An EinsumDense that is a part of the layer.
std::string einsum(Translation& to, const Call& call, const layers::Layer& part,
                   const std::string& x);

// Those of categories, in numbers and in strings: categories.cc.
Names category_encoding(Translation& to, const Call& call);
Names discretization(Translation& to, const Call& call);
Names integer_lookup(Translation& to, const Call& call);
Names string_lookup(Translation& to, const Call& call);
Names text_vectorization(Translation& to, const Call& call);

// Those of tables, and of what is retrieved: embeddings.cc.
Names embedding(Translation& to, const Call& call);
Names reversible_embedding(Translation& to, const Call& call);
Names embed_reduce(Translation& to, const Call& call);
Names labelled_output(Translation& to, const Call& call);  // without labels
Names remove_accidental_hits(Translation& to, const Call& call);

// Those of recurrent layers and their cells: recurrent.cc.
Names recurrent(Translation& to, const Call& call);
Names recurrent_cell(Translation& to, const Call& call);

// Those of attention: attention.cc.
Names scored_attention(Translation& to, const Call& call);  // Attention, AdditiveAttention
Names head_attention(Translation& to, const Call& call);

// Those of positions: positions.cc.
Names position_embedding(Translation& to, const Call& call);
Names sine_position_encoding(Translation& to, const Call& call);
Names rotary_embedding(Translation& to, const Call& call);

/// The activation of that name and config on float32.
std::string activated(Translation& to, const Call& call, const std::string& x,
                      std::string_view name, const Config& options);
/// That of an entry in a layer's config: "relu", or {"class_name", "config"}.
std::string activated(Translation& to, const Call& call, const std::string& x, const Config& entry);

}  // namespace keratin::saving::onnx
