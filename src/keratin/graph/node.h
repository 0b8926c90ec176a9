// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "keratin/graph/operation.h"

namespace keratin {

/// One call of an operation on symbolic values. Keras: `Node`. Immutable: a graph cannot have a
/// circle, for what a node reads was there before it.
struct Node final : Origin {
  Node(std::shared_ptr<const Operation> op, Inputs in, std::vector<Spec> out, std::string as = {});
  /// What it alone holds goes with it, one node after another: a graph may be deeper than the
  /// stack.
  ~Node() override;
  std::shared_ptr<const Operation> operation;
  Inputs inputs;  // without values: what comes in from outside
  std::vector<Spec> outputs;
  /// Of the operation; an op, which has none, has one a node. Keras: "not_equal", "add_1".
  std::string name;
  /// Which call of the operation it is, of all there ever were.
  std::int64_t call;
};

/// The symbolic outputs of a new node, without masks. Throws what compute_output_spec throws, and
/// std::logic_error unless the operation is held by a shared_ptr.
/// `name`: of the node of an op; empty for a new one.
Values leave_node(const Operation& operation, const Inputs& inputs, std::string name = {});

/// Every value that a call reads: those in order, then those given by name.
template <class Visit>
void for_each_value(const Inputs& inputs, Visit visit) {
  for (const Value& value : inputs.values) visit(value);
  for (const auto& entry : inputs.named) {
    for (const Value& value : entry.second) visit(value);
  }
}

}  // namespace keratin
