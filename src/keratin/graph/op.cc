// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/op.h"

#include "keratin/graph/node.h"

namespace keratin {

Values recorded(Result result, const Arguments& arguments) {
  if (result.pullback) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (const auto tape = arguments.value(i).tape())
        return tape->record(std::move(result), arguments);
    }
  }
  if (result.outputs.size() == 1) return Value(std::move(result.outputs[0]));
  Values outputs;
  for (Tensor& output : result.outputs) outputs.push_back(Value(std::move(output)));
  return outputs;
}

Values apply_op(const Op& op, const Values& values) {
  const Arguments arguments(values.span());
  return recorded(op.forward(arguments), arguments);
}

Values Op::call(const Inputs& inputs, Pass&) const { return apply_op(*this, inputs.values); }

Values apply_op(const std::shared_ptr<const Op>& op, const Inputs& inputs) {
  return inputs.any_symbolic() ? leave_node(*op, inputs) : apply_op(*op, inputs.values);
}

}  // namespace keratin
