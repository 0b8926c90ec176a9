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

std::string text_of(const Operation& operation) {
  return operation.name().empty() ? str(operation.class_name())
                                  : str("'", operation.name(), "' (", operation.class_name(), ")");
}

Values with_masks(Values outputs, const Values& masks) {
  if (masks.empty() && outputs.size() == 1 && !outputs[0].has_mask()) return outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Value mask = i < masks.size() ? masks[i] : Value();
    if (mask || outputs[i].has_mask()) outputs[i] = outputs[i].with_mask(std::move(mask));
  }
  return outputs;
}

Values Operation::run(const Inputs& inputs, Pass& pass) const {
  Values outputs = call(inputs, pass);
  if (!supports_masking() || !keeps_mask(pass.mask_policy)) return outputs;
  return with_masks(std::move(outputs), compute_mask(inputs));
}

Values Operation::operator()(const Inputs& inputs, Pass& pass) const {
  if (!inputs.any_symbolic()) return run(inputs, pass);
  prepare(inputs);
  if (!keeps_mask(pass.mask_policy)) return leave_node(*this, inputs);
  return with_masks(leave_node(*this, inputs), compute_mask(inputs));
}

}  // namespace keratin
