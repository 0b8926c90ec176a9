// SPDX-License-Identifier: Apache-2.0
// Recurrent layers in ONNX: a Scan whose body is one step of the cell, whatever the cell is made
// of. ONNX's own LSTM and GRU know no mask but padding behind.
#include <numeric>
#include <utility>

#include "keratin/graph/node.h"
#include "keratin/layers/layers.h"
#include "keratin/saving/onnx/translation.h"

namespace keratin::saving::onnx {
namespace {

/// What is given to a step, or zeros of that width for each sample of x.
std::string state_or_zeros(Translation& to, const Values* given, std::size_t i,
                           const std::string& x, std::int64_t width) {
  if (given != nullptr) return to.name_as((*given)[i], DType::kFloat32);
  Graph& graph = to.graph;
  return graph.node("Expand", {graph.number(0), graph.shape_with(x, 0, 1, {width})});
}

/// Step by step through a cell that has no more than these.
struct Step {
  Translation& to;
  const Call& call;
  Config config = call.layer().get_config();

  std::string of(std::string_view op, const Names& inputs, const Attributes& by = {}) const {
    return to.graph.node(op, inputs, by);
  }
  std::string weight(std::size_t i) const { return to.graph.weight(call.layer().weights()[i]); }
  bool has_bias() const { return config.at("use_bias").as_bool(); }
  std::string act(const std::string& x) const {
    return activated(to, call, x, config.at("activation"));
  }
  std::string gate(const std::string& x) const {
    return activated(to, call, x, config.at("recurrent_activation"));
  }
  Names parts(const std::string& x, std::int64_t count) const {
    return to.graph.node("Split", {x}, {{"axis", std::int64_t{1}}, {"num_outputs", count}},
                         static_cast<std::size_t>(count));
  }
  /// x kernel, and the bias where it is one.
  std::string projected(const std::string& x, bool with_bias = true) const {
    const std::string y = of("MatMul", {x, weight(0)});
    return has_bias() && with_bias ? of("Add", {y, weight(2)}) : y;
  }
};

std::string simple_step(const Step& s, const std::string& x, const std::string& h) {
  return s.act(s.of("Add", {s.projected(x), s.of("MatMul", {h, s.weight(1)})}));
}

Names lstm_step(const Step& s, const std::string& x, const std::string& h, const std::string& c) {
  const Names gates = s.parts(s.of("Add", {s.projected(x), s.of("MatMul", {h, s.weight(1)})}), 4);
  const std::string kept = s.of("Mul", {s.gate(gates[1]), c});
  const std::string added = s.of("Mul", {s.gate(gates[0]), s.act(gates[2])});
  const std::string carry = s.of("Add", {kept, added});
  return {s.of("Mul", {s.gate(gates[3]), s.act(carry)}), carry};
}

std::string gru_step(const Step& s, const std::string& x, const std::string& h) {
  const bool resets_after = s.config.at("reset_after").as_bool();
  std::string of_x = s.projected(x, !resets_after);
  Names by_h;
  if (resets_after) {
    std::string of_h = s.of("MatMul", {h, s.weight(1)});
    if (s.has_bias()) {
      const Names biases = s.to.graph.node(
          "Split", {s.weight(2)}, {{"axis", std::int64_t{0}}, {"num_outputs", std::int64_t{2}}}, 2);
      of_x = s.of("Add", {of_x, biases[0]});
      of_h = s.of("Add", {of_h, biases[1]});
    }
    by_h = s.parts(of_h, 3);
  } else {
    by_h = s.parts(s.weight(1), 3);  // the columns of each gate
    for (std::size_t i = 0; i < 2; ++i) by_h[i] = s.of("MatMul", {h, by_h[i]});
  }
  const Names by_x = s.parts(of_x, 3);
  const std::string z = s.gate(s.of("Add", {by_x[0], by_h[0]}));
  const std::string r = s.gate(s.of("Add", {by_x[1], by_h[1]}));
  const std::string reset =
      resets_after ? s.of("Mul", {r, by_h[2]}) : s.of("MatMul", {s.of("Mul", {r, h}), by_h[2]});
  const std::string candidate = s.act(s.of("Add", {by_x[2], reset}));
  const std::string rest = s.of("Sub", {s.to.graph.number(1), z});
  return s.of("Add", {s.of("Mul", {z, h}), s.of("Mul", {rest, candidate})});
}

/// A value that comes in under a name of a body.
Value entering(Graph& graph, Translation& to, std::string_view name, const Spec& spec) {
  const std::string own = graph.unique(str(graph.scope(), "/", name));
  graph.input(own, spec);
  return to.value_of(own, spec);
}

/// What leaves a body, which has a name of its own.
void leaving(Graph& graph, const std::string& name, const Spec& spec) {
  graph.output(graph.node("Identity", {name}), spec);
}

}  // namespace

Names recurrent_cell(Translation& to, const Call& call) {
  unchanged(to, call);  // refuses a call in training
  const auto& cell = static_cast<const layers::FusedCell&>(call.layer());
  const std::string x = input(to, call);
  const Values* const given = call.inputs.find("states");
  const Step step{to, call};
  const std::string h = state_or_zeros(to, given, 0, x, cell.units());
  if (cell.class_name() == layers::LSTMCell::kName) {
    const Names behind = lstm_step(step, x, h, state_or_zeros(to, given, 1, x, cell.units()));
    return {behind[0], behind[0], behind[1]};
  }
  const std::string behind =
      cell.class_name() == layers::GRUCell::kName ? gru_step(step, x, h) : simple_step(step, x, h);
  return {behind, behind};
}

Names recurrent(Translation& to, const Call& call) {
  unchanged(to, call);
  const auto& layer = static_cast<const layers::Recurrent&>(call.layer());
  const layers::Recurrent::Run& how = layer.how();
  const std::shared_ptr<layers::Cell>& cell = layer.cell();
  if (how.stateful)
    call.refuse(
        "is stateful: a file keeps no state from one batch to the next. Export a model of the same "
        "weights whose layer is not stateful, has return_state=True, and takes initial_state from "
        "an input: its state goes in and out.");
  const std::string x = input(to, call);
  const Value mask = layers::mask_beside_states(call.inputs, call.mask_policy);
  const std::string counting = mask ? to.name_of(mask) : std::string();
  const std::vector<std::int64_t> sizes = cell->state_sizes();

  // What goes from step to step: the states, and what was shown last.
  Names first;
  const Values* const given = call.inputs.find("initial_state");
  Values own;
  if (given == nullptr) {
    Pass pass(false, nullptr, call.mask_policy);
    own = cell->get_initial_state(1, pass);  // of one sample: all begin alike
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    first.push_back(given != nullptr
                        ? to.name_as((*given)[i], DType::kFloat32)
                        : to.graph.node("Expand", {to.name_as(own[i], DType::kFloat32),
                                                   to.graph.shape_with(x, 0, 1, {sizes[i]})}));
  }
  first.push_back(state_or_zeros(to, nullptr, 0, x, cell->output_size()));

  // The body.
  Graph body = to.graph.body();
  std::swap(to.graph, body);
  Graph& graph = to.graph;
  Values states;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    states.push_back(entering(graph, to, "state", {{kNone, sizes[i]}, DType::kFloat32}));
  const Spec shown_spec{{kNone, cell->output_size()}, DType::kFloat32};
  const Value before = entering(graph, to, "shown", shown_spec);
  const DType dtype = call.layer().input_dtype().value_or(call.dtype());
  const Value step = entering(graph, to, "step", {layers::shape_of_step(call.shape()), dtype});
  std::string counts;
  if (mask) {
    const Value flag = entering(graph, to, "counts", {{kNone}, DType::kBool});
    counts = graph.node("Unsqueeze", {to.name_of(flag), graph.ints({-1})});
  }
  Inputs of_cell(step);
  of_cell.named.emplace_back("states", states);
  Pass pass(false, nullptr, call.mask_policy);
  const Values found = cell->run(of_cell, pass);
  const auto chosen = [&](const std::string& now, const std::string& otherwise) {
    return mask ? graph.node("Where", {counts, now, otherwise}) : now;
  };
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    leaving(graph, chosen(to.name_as(found[i + 1], DType::kFloat32), to.name_of(states[i])),
            {{kNone, sizes[i]}, DType::kFloat32});
  }
  const std::string shown = chosen(to.name_as(found[0], DType::kFloat32),
                                   how.zero_output_for_mask ? graph.number(0) : to.name_of(before));
  leaving(graph, shown, shown_spec);
  if (how.return_sequences) leaving(graph, shown, shown_spec);
  std::swap(to.graph, body);

  // Steps first: ONNX Runtime's Scan ends the process where it would turn no steps itself.
  const auto turned = [&](const std::string& name, std::size_t rank) {
    std::vector<std::int64_t> order(rank);
    std::iota(order.begin(), order.end(), 0);
    std::swap(order[0], order[1]);
    return to.graph.node("Transpose", {name}, {{"perm", order}});
  };
  Names inputs = first;
  inputs.push_back(turned(x, call.shape().rank()));
  if (mask) inputs.push_back(turned(counting, 2));
  const std::size_t scanned = mask ? 2 : 1;
  const Names all = to.graph.node(
      "Scan", inputs,
      {{"body", &std::as_const(body)},
       {"num_scan_inputs", static_cast<std::int64_t>(scanned)},
       {"scan_input_directions", std::vector<std::int64_t>(scanned, how.go_backwards ? 1 : 0)}},
      first.size() + (how.return_sequences ? 1 : 0));
  Names outputs{how.return_sequences ? turned(all.back(), 3) : all.back()};
  if (how.return_state)
    outputs.insert(outputs.end(), all.begin(),
                   all.begin() + static_cast<std::ptrdiff_t>(sizes.size()));
  return outputs;
}

}  // namespace keratin::saving::onnx
