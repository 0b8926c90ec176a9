// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "keratin/graph/node.h"

namespace keratin {

/// Throws std::invalid_argument where an input carries a mask that the operation cannot carry,
/// naming both: what MaskPolicy::kStrict asks of a graph.
void check_masks(std::string_view who, const Operation& operation, const Inputs& inputs);

/// The operations between symbolic inputs and symbolic outputs, ready to run. Keras: `Function`.
/// Immutable. Threads: safe from any number of them.
class Function {
 public:
  Function() = default;
  /// `who` stands in front of errors. Throws std::invalid_argument where an output cannot be had
  /// from the inputs, naming the operation that wants what is not there; where an input or output
  /// is no symbolic value, or an input is there twice; and, under MaskPolicy::kStrict, where a mask
  /// would be lost, naming both layers.
  Function(Values inputs, Values outputs, MaskPolicy policy = MaskPolicy::kStrict,
           std::string_view who = "Function");

  /// The outputs, with their masks, for inputs that have the shapes of inputs(): the caller has
  /// looked. Symbolic inputs leave the nodes once more, and under the strict policy of the pass a
  /// mask that comes in with them may not be lost. Between operations the user's interrupt is
  /// heard.
  Values operator()(const Values& inputs, Pass& pass) const;

  /// The masks of the outputs for these inputs under that policy: by going through the operations
  /// once more, where there can be any. Empty: there is none.
  Values masks(const Values& inputs, MaskPolicy policy) const;

  const Values& inputs() const { return inputs_; }
  const Values& outputs() const { return outputs_; }
  /// In the order in which they run, inputs among them. Masks travel beside the values, and what
  /// makes them is no part of the graph, unless a call names one.
  std::span<const std::shared_ptr<const Node>> nodes() const { return nodes_; }
  /// The same, in the order in which Keras lists layers.
  std::span<const std::shared_ptr<const Node>> listed() const { return listed_; }

 private:
  class Planner;
  struct Reading {
    std::int32_t place;  // -1: the constant
    bool last;           // nobody reads it after this
    Value constant = {};
  };
  struct Step {
    const Node* node;  // among nodes_
    std::shared_ptr<const Operation> operation;
    std::vector<Reading> values;
    std::vector<std::pair<std::string, std::vector<Reading>>> named;
    Config options;
    std::int32_t first_output;
  };
  static Inputs inputs_of(const Step& step, std::span<Value> places);
  /// The nodes once more, each by itself, between other symbolic inputs.
  Values left_again(const Values& inputs, Pass& pass) const;

  Values inputs_;
  Values outputs_;
  std::vector<std::shared_ptr<const Node>> nodes_;
  std::vector<std::shared_ptr<const Node>> listed_;
  std::vector<Step> steps_;
  std::vector<std::int32_t> results_;  // the places of the outputs
  std::size_t places_ = 0;             // the first are the inputs'
};

}  // namespace keratin
