// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <span>
#include <utility>

#include "keratin/graph/operation.h"

namespace keratin {

/// An operation without weights that knows its way back: a struct of options with
/// compute_output_spec and forward. Ops drop masks; layers are where those travel.
class Op : public Operation {
 public:
  Config get_config() const override { return Config::dict(); }
  /// The outputs, and the way back where x.wants_any(). Throws as compute_output_spec does.
  virtual Result forward(const Arguments& x) const = 0;
  Values call(const Inputs& inputs, Pass& pass) const final;
  bool carries_mask() const final { return true; }
};

/// The op on these values: recorded where one of them is, a node where one of them is symbolic.
/// What ops::add(a, b) is made of.
Values apply_op(const std::shared_ptr<const Op>& op, const Inputs& inputs);
/// The same with an op that is not shared, on values with elements.
Values apply_op(const Op& op, const Values& values);

/// The outputs as values: recorded where an argument is.
Values recorded(Result result, const Arguments& arguments);

/// What `forward`, a function from Arguments to a Result, computes of these values, which have
/// elements: an op that is part of a layer, and has no name of its own.
template <class Forward>
Values compute(std::initializer_list<const Value*> values, Forward&& forward) {
  const Arguments arguments(std::span<const Value* const>(values.begin(), values.size()));
  return recorded(std::forward<Forward>(forward)(arguments), arguments);
}

}  // namespace keratin
