// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/operation.h"

#include "keratin/base/error.h"
#include "keratin/graph/node.h"

namespace keratin {

const std::string& Operation::name() const {
  static const std::string none;
  return none;
}

Values Operation::compute_mask(const Inputs&) const { return {}; }

Values with_masks(Values outputs, const Values& masks) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Value mask = i < masks.size() ? masks[i] : Value();
    if (mask || outputs[i].has_mask()) outputs[i] = outputs[i].with_mask(std::move(mask));
  }
  return outputs;
}

Values Operation::operator()(const Inputs& inputs, Pass& pass) const {
  Values outputs = inputs.any_symbolic() ? leave_node(*this, inputs) : run(inputs, pass);
  return with_masks(std::move(outputs), compute_mask(inputs));
}

}  // namespace keratin
