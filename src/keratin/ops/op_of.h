// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "keratin/ops/define.h"

/// What ops are made of whose shape rule is asked with and without elements. Not installed.
namespace keratin::ops {

/// The values of a call as a shape rule sees them, which have elements or have none.
class Given {
 public:
  Given(const Arguments& values) : values_(values) {}
  std::size_t size() const { return values_.size(); }
  const Value& operator[](std::size_t i) const { return values_.value(i); }

  struct Iterator {
    const Arguments* values;
    std::size_t i;
    const Value& operator*() const { return values->value(i); }
    Iterator& operator++() {
      ++i;
      return *this;
    }
    bool operator==(const Iterator& other) const { return i == other.i; }
  };
  Iterator begin() const { return {&values_, 0}; }
  Iterator end() const { return {&values_, size()}; }

 private:
  const Arguments& values_;
};

/// A NamedOp `Self` that has, in place of output_spec(), `Spec spec(const Given&)`, or where there
/// are several outputs `std::vector<Spec> specs(const Given&)`: what comes out of these. It throws
/// for what it cannot take, and compute() asks it too.
template <class Self>
struct OpOf : NamedOp<Self> {
  std::vector<Spec> output_spec(const Inputs& inputs) const {
    return self().specs(Arguments(inputs.values.span()));
  }
  std::vector<Spec> specs(const Given& values) const { return {self().spec(values)}; }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

/// The op on these values. It needs memory of its own only where it becomes part of a graph.
template <class O>
Values on(const O& op, Values values) {
  op.validate();
  for (const Value& value : values) {
    if (value.is_symbolic()) {
      return apply_op(std::shared_ptr<const Op>(std::make_shared<const O>(op)),
                      Inputs(std::move(values)));
    }
  }
  return apply_op(op, values);
}

}  // namespace keratin::ops
