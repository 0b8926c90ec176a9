// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "keratin/ops/composed.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/result_type.h"
#include "keratin/tensor/tensor_access.h"

/// What products of values are whose axes have names: what Einstein's sum says. Not installed.
namespace keratin::ops {

/// Axes have labels: a letter is itself, the axes of an ellipsis are -1 (the last), -2 ...
using Labels = std::vector<int>;
struct Terms {
  std::vector<Labels> in;
  Labels out;
};

inline bool has(const Labels& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

/// The size of each label of `labels`, as the operands give it. Refuses those that differ.
Shape sizes_of(const Operation& op, const Labels& labels, const Terms& terms,
               const Given& operands);
/// The product of the operands, two by two from the left.
Value contracted(const Operation& op, const Terms& terms, const Values& operands);

/// An op on values whose axes have names. `Self` has `Terms terms(const Values&) const`, which
/// checks, and type_of(values).
template <class Self>
struct Contraction : OpOf<Self> {
  static constexpr std::size_t kInputs = 2;

  DType type_of(const Given& x) const { return result_type(x[0].dtype(), x[1].dtype()); }
  Spec spec(const Given& x) const {
    const Terms terms = self().terms(x);
    for (const Labels& labels : terms.in) sizes_of(*this, labels, terms, x);
    return {sizes_of(*this, terms.out, terms, x), self().type_of(x)};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    const Terms terms = self().terms(x);
    if (out.dtype == DType::kFloat32) {
      return composed(x, [&](const Values& in) {
        Values floats;
        for (const Value& v : in) {
          floats.push_back(v.dtype() == out.dtype ? v : Value(cast(v.tensor(), out.dtype)));
        }
        return contracted(*this, terms, floats);
      });
    }
    Values wide;
    for (std::size_t i = 0; i < x.size(); ++i) wide.push_back(Value(cast(x[i], DType::kInt64)));
    return {cast(contracted(*this, terms, wide).tensor(), out.dtype)};
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

}  // namespace keratin::ops
