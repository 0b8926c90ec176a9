// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/node.h"

#include <new>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/graph/shapes_alone.h"

namespace keratin {
namespace {

thread_local int shapes_alone = 0;  // how many of them live

}  // namespace

ShapesAlone::ShapesAlone() { ++shapes_alone; }
ShapesAlone::~ShapesAlone() { --shapes_alone; }
bool ShapesAlone::asked() { return shapes_alone > 0; }

Node::Node(std::shared_ptr<const Operation> op, Inputs in, std::vector<Spec> out, std::string as)
    : Origin(true),
      operation(std::move(op)),
      inputs(std::move(in)),
      outputs(std::move(out)),
      name(std::move(as)),
      call(operation ? operation->next_call() : 0) {}

Node::~Node() {
  static thread_local std::vector<Inputs>* dropped = nullptr;  // by the node that goes first
  if (dropped != nullptr) {
    try {
      dropped->push_back(std::move(inputs));
    } catch (const std::bad_alloc&) {  // then what it reads goes before it is gone
    }
    return;
  }
  std::vector<Inputs> later;
  dropped = &later;
  inputs = Inputs();
  while (!later.empty()) {
    const Inputs next = std::move(later.back());
    later.pop_back();
  }
  dropped = nullptr;
}

Values leave_node(const Operation& operation, const Inputs& inputs, std::string name) {
  std::shared_ptr<const Operation> shared = operation.weak_from_this().lock();
  if (!shared) {
    wrong_moment(operation.class_name(), "'", operation.name(),
                 "' becomes part of a graph, which shares it: make it shared first, or call it as "
                 "it is made.");
  }
  std::vector<Spec> specs;
  {
    const ShapesAlone alone;
    specs = operation.compute_output_spec(inputs);
  }
  if (!operation.name().empty()) name = operation.name();
  if (name.empty()) {
    name = ShapesAlone::asked() ? to_snake_case(operation.class_name())
                                : auto_name(operation.class_name());
  }
  const auto node =
      std::make_shared<Node>(std::move(shared), inputs, std::move(specs), std::move(name));
  Values outputs;
  for (std::size_t i = 0; i < node->outputs.size(); ++i) {
    outputs.push_back(Value::symbolic(node, static_cast<std::int32_t>(i)));
  }
  return outputs;
}

}  // namespace keratin
