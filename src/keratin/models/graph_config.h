// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "keratin/base/config.h"

/// The graph in the config of a functional model, read before any layer is made: which calls there
/// are, and in which order they can be made. Not installed.
namespace keratin::models {

/// A tensor in a graph: {"class_name": "__keras_tensor__", "config": {"keras_history": [layer,
/// call, output]}} with the place of the layer in config["layers"] and its calls counted from 0.
struct GraphCall {
  std::size_t layer;   // its place in config["layers"]
  std::size_t number;  // which of its "inbound_nodes"
  Config args;         // a list
  Config kwargs;       // a dict
};

struct Graph {
  std::vector<GraphCall> calls;  // each behind those that it reads from
  Config inputs, outputs;        // nested lists and dicts of tensors
};

/// Reads "layers", "input_layers" and "output_layers" of the config, in Keras 3's form and in that
/// of Keras 2 ("inbound_nodes" of lists). Of an entry of "layers" it looks at the names, the nodes
/// and whether it is a model; an InputLayer has its call 0 without a node. Takes time in proportion
/// to the config. Throws std::invalid_argument, naming the place, for what has another form, for
/// two entries of one name, a layer or a call that is not there, and calls that wait for each other
/// in a circle.
Graph graph_from(const Config& config);

/// The "keras_history" of a tensor in a Graph; null for what is none.
const Config::List* history_of(const Config& tensor);
/// The name of an entry of config["layers"]. Throws std::invalid_argument where it has none.
const std::string& entry_name(const Config& entry);

}  // namespace keratin::models
