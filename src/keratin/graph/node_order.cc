// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/node_order.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "keratin/base/error.h"

namespace keratin {
namespace {

bool comes_in(const Node& node) { return node.inputs.values.empty(); }

class Orderer {
 public:
  Orderer(const Values& inputs, const Values& outputs, std::string_view who)
      : inputs_(inputs), outputs_(outputs), who_(who) {}

  NodeOrder order() {
    for (const Value& output : outputs_) walk_from(output);
    for (std::size_t i = behind_.size(); i-- > 0;) go_deeper(behind_[i]);
    std::vector<std::shared_ptr<const Node>> unused;  // Keras: first of those of their depth
    for (const Value& input : inputs_) {
      if (!comes_in(*input.node()) || node_depths_.contains(input.node().get())) continue;
      unused.push_back(input.node());
      meet(input.node(), 0);
    }
    NodeOrder order{.run = std::move(met_), .listed = std::move(unused)};
    order.listed.insert(order.listed.end(), found_.begin(), found_.end());
    std::stable_sort(order.run.begin(), order.run.end(), [&](const auto& a, const auto& b) {
      return node_depths_.at(a.get()) > node_depths_.at(b.get());
    });
    std::stable_sort(order.listed.begin(), order.listed.end(), [&](const auto& a, const auto& b) {
      return depths_[whose(*a)] > depths_[whose(*b)];
    });
    return order;
  }

 private:
  using Shared = std::shared_ptr<const Node>;

  /// Ops without options are one object for all their nodes, and stand for themselves.
  static const void* whose(const Node& node) {
    return node.operation->name().empty() ? static_cast<const void*>(&node) : node.operation.get();
  }

  bool is_input(const Value& value) const {
    return std::any_of(inputs_.begin(), inputs_.end(),
                       [&](const Value& input) { return input.is_same(value); });
  }

  /// Each node that a node reads from, in order: what is given to it otherwise is no part of this.
  template <class Visit>
  void for_each_read(const Node& node, Visit visit) const {
    for_each_value(node.inputs, [&](const Value& value) {
      if (!value.is_symbolic()) return;
      const bool known = is_input(value);
      if (comes_in(*value.node()) && !known) {
        invalid_argument(
            who_, "the outputs cannot be computed from the inputs: ", text_of(*node.operation),
            " reads from input ", text_of(*value.node()->operation), ", which is not among them.");
      }
      if (comes_in(*value.node()) || !known) visit(value.node());
    });
  }

  /// Visits what the output needs, each node once and behind those that it reads: depth first, and
  /// without recursion, for a graph may be deeper than the stack.
  void walk_from(const Value& output) {
    if (is_input(output) ? !comes_in(*output.node()) : comes_in(*output.node())) {
      if (is_input(output)) return;
      invalid_argument(who_, "output ", text_of(*output.node()->operation),
                       " is an input of other models, and not among the inputs of this one.");
    }
    struct Open {
      Shared node;
      bool opened = false;
    };
    std::vector<Open> stack;
    stack.push_back({output.node()});
    while (!stack.empty()) {
      const Shared node = stack.back().node;
      if (done_.contains(node.get())) {
        stack.pop_back();
        continue;
      }
      if (stack.back().opened) {
        done_.insert(node.get());
        behind_.push_back(node);
        stack.pop_back();
        continue;
      }
      stack.back().opened = true;
      found_.push_back(node);
      std::vector<Open> next;
      for_each_read(*node, [&](const Shared& read) { next.push_back({read}); });
      stack.insert(stack.end(), next.rbegin(), next.rend());
    }
  }

  void meet(const Shared& node, std::int64_t depth) {
    const auto [known, is_new] = node_depths_.emplace(node.get(), depth);
    if (is_new) met_.push_back(node);
    known->second = std::max(known->second, depth);
  }

  void go_deeper(const Shared& node) {
    std::int64_t& of_operation = depths_[whose(*node)];
    meet(node, of_operation);
    of_operation = node_depths_.at(node.get());
    const std::int64_t above = of_operation + 1;
    for_each_read(*node, [&](const Shared& read) { meet(read, above); });
  }

  const Values& inputs_;
  const Values& outputs_;
  std::string_view who_;
  std::unordered_set<const Node*> done_;
  Nodes found_;   // as the walk comes upon them
  Nodes behind_;  // as it leaves them
  Nodes met_;     // on the way back through those
  std::unordered_map<const Node*, std::int64_t> node_depths_;
  std::unordered_map<const void*, std::int64_t> depths_;  // of operations
};

}  // namespace

NodeOrder order_nodes(const Values& inputs, const Values& outputs, std::string_view who) {
  return Orderer(inputs, outputs, who).order();
}

}  // namespace keratin
