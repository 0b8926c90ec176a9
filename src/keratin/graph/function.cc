// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/function.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory_resource>
#include <unordered_map>
#include <unordered_set>

#include "keratin/base/error.h"
#include "keratin/graph/node_order.h"
#include "keratin/parallel/parallel.h"

namespace keratin {
namespace {

/// The node whose operation made the mask of `value`: the first of a chain of masked values.
const Node& mask_source(const Value& value) {
  std::shared_ptr<const Node> node = value.node();
  for (bool found = true; found;) {
    found = false;
    for_each_value(node->inputs, [&](const Value& input) {
      if (found || !input.has_mask() || !input.is_symbolic()) return;
      node = input.node();
      found = true;
    });
  }
  return *node;  // held by those behind it
}

/// Whether it has the axes that were said; there may be any number of samples.
bool is_as_said(const Shape& said, const Shape& shape) {
  if (said.rank() != shape.rank()) return false;
  const auto *one = said.begin(), *size = shape.begin();
  for (std::size_t i = 1; i < said.rank(); ++i) {
    if (one[i] != kNone && one[i] != size[i]) return false;
  }
  return true;
}

[[noreturn, gnu::cold]] void refuse_number(const Node& node, std::size_t received) {
  invalid_argument(node.operation->class_name(), "call() of ", text_of(*node.operation),
                   " must return ", node.outputs.size(),
                   node.outputs.size() == 1 ? " value" : " values",
                   ", as compute_output_spec() says. Received: ", received);
}
[[noreturn, gnu::cold]] void refuse_output(const Node& node, std::size_t i, const Value& output) {
  invalid_argument(node.operation->class_name(), "call() of ", text_of(*node.operation),
                   " must return a value of shape ", node.outputs[i].shape,
                   ", as compute_output_spec() says. Received: ",
                   output ? str("one of shape ", output.shape()) : std::string("none"));
}

/// What is behind the node was planned for what it said that it gives: a `call` of the user's may
/// give anything. `shapes`: whether the function was given what it was planned for.
inline void check_outputs(const Node& node, const Values& outputs, bool shapes) {
  if (outputs.size() != node.outputs.size()) refuse_number(node, outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i] || (shapes && !is_as_said(node.outputs[i].shape, outputs[i].shape())))
      refuse_output(node, i, outputs[i]);
  }
}

}  // namespace

void check_masks(std::string_view who, const Operation& operation, const Inputs& inputs) {
  if (operation.carries_mask() || inputs.find("mask") != nullptr) return;
  for_each_value(inputs, [&](const Value& input) {
    if (!input.has_mask() || !input.is_symbolic()) return;
    invalid_argument(who, "layer ", text_of(*mask_source(input).operation),
                     " makes a mask, and layer ", text_of(operation),
                     " cannot carry it: masked steps would count as data. Use layers that know "
                     "masks, or leave mask_zero out. The model's mask policy keras3 drops the "
                     "mask, as Keras does.");
  });
}

/// Finds the nodes, then the steps.
class Function::Planner {
 public:
  Planner(Function& function, std::string_view who) : f_(function), who_(who) {
    for (const Value& input : f_.inputs_) {
      if (!input.is_symbolic()) {
        invalid_argument(who, "inputs must be what Input() or an operation on it gives. Received: ",
                         input ? "a tensor" : "none");
      }
      if (!places_.emplace(Key{input.node().get(), input.place()}, f_.places_++).second) {
        invalid_argument(who, "the inputs must be different values. Input ",
                         text_of(*input.node()->operation), " is there twice.");
      }
    }
    for (const Value& output : f_.outputs_) {
      if (!output.is_symbolic()) {
        invalid_argument(who, "outputs must be what operations on the inputs give. Received: ",
                         output ? "a tensor" : "none");
      }
    }
  }

  void order() {
    NodeOrder order = order_nodes(f_.inputs_, f_.outputs_, who_);
    f_.nodes_ = std::move(order.run);
    f_.listed_ = std::move(order.listed);
  }

  void make_steps() {
    find_fusions();
    for (const auto& node : f_.nodes_) {
      if (!node->inputs.values.empty() && !fused_away_.contains(node.get())) add_step(*node);
    }
    for (const Value& output : f_.outputs_) {
      f_.results_.push_back(static_cast<std::int32_t>(places_.at(key(output))));
    }
    mark_last_readings();
  }

 private:
  using Key = std::pair<const Node*, std::int32_t>;
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return std::hash<const void*>()(key.first) + static_cast<std::size_t>(key.second);
    }
  };
  struct Fusion {
    std::shared_ptr<const Operation> operation;
    const Node* first;
  };

  static Key key(const Value& value) { return {value.node().get(), value.place()}; }
  bool is_input(const Value& value) const {
    const auto found = places_.find(key(value));
    return found != places_.end() && found->second < f_.inputs_.size();
  }

  /// What the step of that node reads: where it is fused with the one before it, what that reads.
  const Inputs& read_by(const Node& node) const {
    const auto fused = fusions_.find(&node);
    return fused == fusions_.end() ? node.inputs : fused->second.first->inputs;
  }

  void find_fusions() {
    std::unordered_map<Key, int, Hash> readers;
    for (const Value& output : f_.outputs_) readers[key(output)] += 2;
    for (const auto& node : f_.nodes_) {
      for_each_value(node->inputs, [&](const Value& value) {
        if (value.is_symbolic()) ++readers[key(value)];
      });
    }
    for (const auto& node : f_.nodes_) {
      const Inputs& in = node->inputs;
      if (in.size() != 1 || !in.named.empty() || !in.options.is_null() || !in[0].is_symbolic())
        continue;
      const std::shared_ptr<const Node> first = in[0].node();
      if (is_input(in[0]) || first->outputs.size() != 1 || readers[key(in[0])] != 1 ||
          !first->inputs.named.empty() || !first->inputs.options.is_null())
        continue;
      auto fused = first->operation->fused_with(*node->operation, in[0].has_mask());
      if (fused) fusions_[node.get()] = {std::move(fused), first.get()};
    }
    for (std::size_t i = f_.nodes_.size(); i-- > 0;) {  // one that is gone takes none with it
      const Node* const node = f_.nodes_[i].get();
      const auto fused = fusions_.find(node);
      if (fused != fusions_.end() && !fused_away_.contains(node))
        fused_away_.insert(fused->second.first);
    }
  }

  std::vector<Reading> readings_of(const Values& values) const {
    std::vector<Reading> readings;
    for (const Value& value : values) {
      if (value.is_symbolic()) {
        readings.push_back({static_cast<std::int32_t>(places_.at(key(value))), false});
      } else {
        readings.push_back({-1, false, value});
      }
    }
    return readings;
  }

  void add_step(const Node& node) {
    const auto fused = fusions_.find(&node);
    const Inputs& in = read_by(node);
    Step step{.node = &node,
              .operation = fused == fusions_.end() ? node.operation : fused->second.operation,
              .values = readings_of(in.values),
              .named = {},
              .options = in.options,
              .first_output = static_cast<std::int32_t>(f_.places_)};
    for (const auto& [name, values] : in.named) step.named.emplace_back(name, readings_of(values));
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
      places_.emplace(Key{&node, static_cast<std::int32_t>(i)}, f_.places_++);
    f_.steps_.push_back(std::move(step));
  }

  void mark_last_readings() {
    std::vector<bool> read(f_.places_, false);
    for (const std::int32_t place : f_.results_) read[static_cast<std::size_t>(place)] = true;
    const auto mark = [&](std::vector<Reading>& readings) {
      for (auto reading = readings.rbegin(); reading != readings.rend(); ++reading) {
        if (reading->place < 0) continue;
        reading->last = !read[static_cast<std::size_t>(reading->place)];
        read[static_cast<std::size_t>(reading->place)] = true;
      }
    };
    for (auto step = f_.steps_.rbegin(); step != f_.steps_.rend(); ++step) {
      for (auto entry = step->named.rbegin(); entry != step->named.rend(); ++entry)
        mark(entry->second);
      mark(step->values);
    }
  }

  Function& f_;
  std::string_view who_;
  std::unordered_map<Key, std::size_t, Hash> places_;
  std::unordered_map<const Node*, Fusion> fusions_;
  std::unordered_set<const Node*> fused_away_;  // the first of two
};

Function::Function(Values inputs, Values outputs, MaskPolicy policy, std::string_view who)
    : inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  Planner planner(*this, who);
  planner.order();
  if (policy == MaskPolicy::kStrict) {
    for (const auto& node : nodes_) check_masks(who, *node->operation, node->inputs);
  }
  planner.make_steps();
}

Inputs Function::inputs_of(const Step& step, std::span<Value> places) {
  const auto take = [&](const Reading& reading) -> Value {
    if (reading.place < 0) return reading.constant;
    Value& value = places[static_cast<std::size_t>(reading.place)];
    return reading.last ? std::move(value) : value;
  };
  Inputs inputs;
  if (step.values.size() == 1) {
    inputs.values = Values(take(step.values[0]));
  } else {
    for (const Reading& reading : step.values) inputs.values.push_back(take(reading));
  }
  for (const auto& [name, readings] : step.named) {
    Values values;
    for (const Reading& reading : readings) values.push_back(take(reading));
    inputs.named.emplace_back(name, std::move(values));
  }
  if (!step.options.is_null()) inputs.options = step.options;
  return inputs;
}

Values Function::left_again(const Values& inputs, Pass& pass) const {
  std::map<std::pair<const Node*, std::int32_t>, Value> now;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    now[{inputs_[i].node().get(), inputs_[i].place()}] = inputs[i];
  const auto again = [&](const Values& values) {
    Values result;
    for (const Value& value : values) {
      result.push_back(value.is_symbolic() ? now.at({value.node().get(), value.place()}) : value);
    }
    return result;
  };
  for (const auto& node : nodes_) {
    if (node->inputs.values.empty()) continue;  // an input, which is there
    Inputs in(again(node->inputs.values), {}, node->inputs.options);
    for (const auto& [name, values] : node->inputs.named)
      in.named.emplace_back(name, again(values));
    if (pass.mask_policy == MaskPolicy::kStrict) check_masks("Function", *node->operation, in);
    const Values outputs = (*node->operation)(in, pass);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      now[{node.get(), static_cast<std::int32_t>(i)}] = outputs[i];
  }
  return again(outputs_);
}

Values Function::operator()(const Values& inputs, Pass& pass) const {
  if (inputs.size() != inputs_.size()) {
    invalid_argument("Function", "there are ", inputs_.size(),
                     " inputs. Received: ", inputs.size());
  }
  std::array<std::byte, 16 * sizeof(Value)> few;  // no memory is asked for where these do
  std::pmr::monotonic_buffer_resource memory(few.data(), few.size());
  std::pmr::vector<Value> places(places_, &memory);
  bool symbolic = false, as_said = true;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    places[i] = inputs[i];
    symbolic = symbolic || inputs[i].is_symbolic();
    as_said = as_said && is_as_said(inputs_[i].shape(), inputs[i].shape());
  }
  if (symbolic) return left_again(inputs, pass);
  for (const Step& step : steps_) {
    parallel::check_interrupt();
    Values outputs = step.operation->run(inputs_of(step, places), pass);
    check_outputs(*step.node, outputs, as_said);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      places[static_cast<std::size_t>(step.first_output) + i] = std::move(outputs[i]);
  }
  Values results;
  for (const std::int32_t place : results_) {
    results.push_back(places[static_cast<std::size_t>(place)]);
  }
  return results;
}

Values Function::masks(const Values& inputs, MaskPolicy policy) const {
  const auto masked = [](const Value& value) { return value.has_mask(); };
  if (std::none_of(inputs.begin(), inputs.end(), masked) &&
      std::none_of(outputs_.begin(), outputs_.end(), masked))
    return {};
  Pass pass(false, nullptr, policy);
  Values masks;
  for (const Value& output : (*this)(inputs, pass)) masks.push_back(output.mask());
  return masks;
}

}  // namespace keratin
