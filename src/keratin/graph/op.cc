// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/op.h"

#include "keratin/graph/node.h"

namespace keratin {

Arguments::Arguments(const Values& values) : values_(values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].is_recorded()) wanted_ |= std::uint64_t{1} << (i < 63 ? i : 63);
  }
}

Values apply_op(const Op& op, const Values& values) {
  const Arguments arguments(values);
  Result result = op.forward(arguments);
  if (arguments.wants_any() && result.pullback) {
    for (const Value& value : values) {
      if (const auto tape = value.tape()) return tape->record(std::move(result), values.span());
    }
  }
  Values outputs;
  for (Tensor& output : result.outputs) outputs.push_back(Value(std::move(output)));
  return outputs;
}

Values Op::call(const Inputs& inputs, Pass&) const { return apply_op(*this, inputs.values); }

Values apply_op(const std::shared_ptr<const Op>& op, const Inputs& inputs) {
  return inputs.any_symbolic() ? leave_node(*op, inputs) : apply_op(*op, inputs.values);
}

}  // namespace keratin
