// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>

#include "keratin/base/config.h"
#include "keratin/graph/node.h"

/// A graph as Keras 3 writes it. Not installed.
namespace keratin::models {

/// Puts "layers", "input_layers" and "output_layers" into the config of a functional model.
/// `nodes`: in the order of the layers. The structures are lists and dicts with a null for each
/// value, dicts by sorted keys; null: one value by itself, and several in a list.
void put_graph(Config& config, std::span<const std::shared_ptr<const Node>> nodes,
               const Values& inputs, const Config& input_structure, const Values& outputs,
               const Config& output_structure);

/// Among the options of an op's call: the places of the arrays that stood as lists in the config,
/// [1, 0], not as "__numpy__". To Keras these are two things, so they are written as they came.
inline constexpr std::string_view kAsLists = "as_lists";

/// Which call of its operation each node of a model is. Keras: `node_index`.
class NodeIndices {
 public:
  explicit NodeIndices(std::span<const std::shared_ptr<const Node>> nodes);
  std::int64_t of(const Node& node) const;

 private:
  std::unordered_map<const Node*, std::int64_t> indices_;
};

}  // namespace keratin::models
