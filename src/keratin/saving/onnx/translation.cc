// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/onnx/translation.h"

#include <stdexcept>

#include "keratin/base/error.h"
#include "keratin/models/model.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving::onnx {
namespace {

const layers::Layer* layer_of(const Operation& operation) {
  return dynamic_cast<const layers::Layer*>(&operation);
}

}  // namespace

void Call::refuse_text(const std::string& why) const {
  const std::string who = operation.name().empty()
                              ? str("op ", operation.class_name())
                              : str("'", operation.name(), "' (", operation.class_name(), ")");
  invalid_argument("export_onnx", who, " ", why);
}

std::vector<std::int64_t> integers(const Config& config) {
  if (!config.is_list()) return {config.as_int()};
  std::vector<std::int64_t> list;
  for (const Config& one : config.as_list()) list.push_back(one.as_int());
  return list;
}

std::string input(Translation& to, const Call& call) {
  return to.name_as(call.inputs[0], call.layer().input_dtype().value_or(call.dtype()));
}

Names unchanged(Translation& to, const Call& call) {
  const Config* const training = call.inputs.options.find("training");
  if (training != nullptr && training->is_bool() && training->as_bool())
    call.refuse("is called with training=True: what is drawn by chance has no form in ONNX here.");
  return {input(to, call)};
}

void Translation::enter(const Value& value, std::string name) {
  kept_.push_back(value);
  names_[{value.node().get(), value.place()}] = std::move(name);
}

Value Translation::value_of(const std::string& name, const Spec& spec) {
  const std::vector<Spec> specs = {spec};
  const Value value = Value::symbolic(std::make_shared<Node>(nullptr, Inputs(), specs, name), 0);
  enter(value, name);
  return value;
}

std::string Translation::name_of(const Value& value) {
  if (!value.is_symbolic()) return graph.tensor(value.tensor());
  const Key wanted{value.node().get(), value.place()};
  kept_.push_back(value);
  // A graph may be deeper than the stack: what a node reads is translated before it.
  std::vector<const Node*> open{wanted.first};
  while (!open.empty()) {
    const Node& node = *open.back();
    if (names_.contains({&node, 0})) {
      open.pop_back();
      continue;
    }
    if (node.inputs.values.empty())
      invalid_argument("export_onnx", "'", node.name, "' is no input of what is exported.");
    const std::size_t before = open.size();
    for_each_value(node.inputs, [&](const Value& input) {
      if (input.is_symbolic() && !names_.contains({input.node().get(), input.place()}))
        open.push_back(input.node().get());
    });
    if (open.size() != before) continue;
    translate(node);
    open.pop_back();
  }
  return names_.at(wanted);
}

std::string Translation::as(const std::string& name, DType from, DType to) {
  return from == to ? name : graph.node("Cast", {name}, {{"to", data_type(to)}});
}

std::string Translation::name_as(const Value& value, DType dtype) {
  if (!value.is_symbolic()) return graph.tensor(cast(value.tensor(), dtype));
  return as(name_of(value), value.dtype(), dtype);
}

void Translation::translate(const Node& node) {
  const std::string outer = graph.scope();
  const std::string own = node.operation->name().empty() ? std::string() : node.operation->name();
  if (!own.empty()) graph.set_scope(outer.empty() ? own : str(outer, "/", own));
  const Names names = translated({*node.operation, node.inputs, node.outputs, policy_});
  graph.set_scope(outer);
  for (std::size_t i = 0; i < names.size(); ++i)
    names_[{&node, static_cast<std::int32_t>(i)}] = names[i];
}

Names Translation::translated(const Call& call) {
  const layers::Layer* const layer = layer_of(call.operation);
  const Form form =
      layer == nullptr ? form_of_op(call.operation.class_name()) : form_of_layer(*layer);
  if (form == nullptr) call.refuse("has no form in ONNX here.");
  return form(*this, call);
}

Names Translation::expanded(const Call& call) {
  const auto* const model = dynamic_cast<const models::Model*>(&call.operation);
  const MaskPolicy before = std::exchange(policy_, model ? model->mask_policy() : policy_);
  Pass pass(false, nullptr, policy_);
  kept_.push_back(call.operation.call(call.inputs, pass));
  const Values outputs = kept_.back();
  Names names;
  for (const Value& output : outputs) {
    if (output && !output.is_symbolic())
      call.refuse("gives numbers that are computed now, and not where the file is run.");
    names.push_back(name_of(output));
  }
  policy_ = before;
  return names;
}

}  // namespace keratin::saving::onnx
