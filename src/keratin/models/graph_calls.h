// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "keratin/models/graph_config.h"
#include "keratin/models/model.h"

/// Calls of a Graph, made on symbolic values. Not installed.
namespace keratin::models {

/// Whether an entry of config["layers"] is an op. Throws std::invalid_argument unless it is a dict.
bool names_op(const Config& entry);

/// The value of a tensor by its history: [layer, call, output].
using ValueOf = std::function<Value(const Config::List& history)>;

/// The outputs of an op for that call. It is made of its entry and of what Keras gives to the call;
/// numbers and lists that are marked as tensors become constants. `name`: of the node; empty for a
/// new one. Throws std::invalid_argument, naming the place behind "args" or "kwargs".
Values make_op_call(const Config& entry, const GraphCall& call, const ValueOf& value_of,
                    std::string name);

/// The ends of a graph, and what users have them in: lists and dicts with a null for each value.
struct GraphEnds {
  Values inputs, outputs;
  Config input_structure, output_structure;
};

/// Makes the layers of a functional model's config, and their calls. Throws std::invalid_argument,
/// naming the place, for what graph_from() and layer_from_config() refuse, for an argument that is
/// no tensor, a keyword that the layer does not know, an output that a call does not have, and what
/// the calls throw.
GraphEnds made_again(const Config& config, const LoadOptions& options);

}  // namespace keratin::models
