// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/outer_products.h"

#include <algorithm>
#include <vector>

#include "keratin/ops/arithmetic.h"
#include "keratin/ops/composed.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/result_type.h"
#include "keratin/ops/shapes.h"

namespace keratin::ops {
namespace {

struct Outer final : OpOf<Outer> {
  static constexpr std::string_view kName = "Outer";
  static constexpr std::size_t kInputs = 2;
  static std::int64_t count(const Shape& shape) { return shape.is_known() ? shape.size() : kNone; }
  Spec spec(const Given& x) const {
    return {{count(x[0].shape()), count(x[1].shape())}, result_type(x[0].dtype(), x[1].dtype())};
  }
  Result compute(const Arguments& x) const {
    return composed(x, [](const Values& in) {
      return multiply(reshape(in[0], {-1, 1}), reshape(in[1], {1, -1}));
    });
  }
};

struct Kron final : OpOf<Kron> {
  static constexpr std::string_view kName = "Kron";
  static constexpr std::size_t kInputs = 2;
  static std::int64_t size(const Shape& shape, std::size_t rank, std::size_t axis) {
    return axis + shape.rank() < rank ? 1 : shape[axis + shape.rank() - rank];
  }
  Spec spec(const Given& x) const {
    const Shape& a = x[0].shape();
    const Shape& b = x[1].shape();
    const std::size_t rank = std::max(a.rank(), b.rank());
    Shape shape;
    for (std::size_t i = 0; i < rank; ++i) {
      const std::int64_t n = size(a, rank, i), m = size(b, rank, i);
      std::int64_t both = kNone;
      if (n != kNone && m != kNone && __builtin_mul_overflow(n, m, &both))
        refuse(*this, "the result would be too large.");
      shape.push_back(both);
    }
    return {shape, result_type(x[0].dtype(), x[1].dtype())};
  }
  Result compute(const Arguments& x) const {
    const Shape out = spec(x).shape;
    return composed(x, [&](const Values& in) {
      const std::size_t rank = out.rank();
      std::vector<std::int64_t> a, b;  // the axes of both by turns, each of size 1 in the other
      for (std::size_t i = 0; i < rank; ++i) {
        a.insert(a.end(), {size(in[0].shape(), rank, i), 1});
        b.insert(b.end(), {1, size(in[1].shape(), rank, i)});
      }
      const Value apart = multiply(reshape(in[0], a), reshape(in[1], b));
      return reshape(apart, {out.begin(), out.end()});
    });
  }
};

}  // namespace

OpEntries outer_products_ops() { return op_entries<Outer, Kron>(); }

Value outer(const Value& x1, const Value& x2) { return on(Outer(), {x1, x2}); }
Value kron(const Value& x1, const Value& x2) { return on(Kron(), {x1, x2}); }

}  // namespace keratin::ops
