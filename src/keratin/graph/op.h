// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/operation.h"

namespace keratin {

/// What an op computes from: the elements of its inputs, and which of them are differentiated by.
class Arguments {
 public:
  explicit Arguments(const Values& values);
  std::size_t size() const { return values_.size(); }
  const Tensor& operator[](std::size_t i) const { return values_[i].tensor(); }
  /// Whether somebody may ask for dL/d(input i): the way back is for these.
  bool wants(std::size_t i) const { return (wanted_ >> (i < 63 ? i : 63) & 1) != 0; }
  bool wants_any() const { return wanted_ != 0; }

 private:
  const Values& values_;
  std::uint64_t wanted_ = 0;  // a bit an input; the last is that of all from 63 on
};

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

}  // namespace keratin
