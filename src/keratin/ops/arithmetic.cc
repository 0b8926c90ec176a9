// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/arithmetic.h"

#include "keratin/ops/broadcast.h"
#include "keratin/ops/define.h"
#include "keratin/ops/result_type.h"

namespace keratin::ops {
namespace {

/// F has kName, `T value(T a, T b)` for float and std::int64_t, and the slopes of both sides as
/// tensors of the common shape: first(a, b, g) and second(a, b, g).
template <class F>
struct Arithmetic final : NamedOp<Arithmetic<F>> {
  static constexpr std::string_view kName = F::kName;
  static constexpr std::size_t kInputs = 2;
  std::vector<Spec> output_spec(const Inputs& inputs) const {
    return {{broadcast_shapes(*this, inputs[0].shape(), inputs[1].shape()),
             result_type(inputs[0].dtype(), inputs[1].dtype())}};
  }
  Result compute(const Arguments& x) const {
    const Shape shape = broadcast_shapes(*this, x[0].shape(), x[1].shape());
    const DType dtype = result_type(x[0].dtype(), x[1].dtype());
    if (dtype != DType::kFloat32) return {integers(shape, dtype, x)};
    Tensor a = cast(x[0], dtype);
    Tensor b = cast(x[1], dtype);
    Result result{map_floats(
        shape, [](float p, float q) { return F::value(p, q); }, a, b)};
    if (x.wants_any()) {
      result.pullback = [a = std::move(a), b = std::move(b)](Slopes& slopes) {
        const Tensor& g = slopes.of();
        if (slopes.wants(0)) slopes.add(0, sum_to(F::first(a, b, g), a.shape()));
        if (slopes.wants(1)) slopes.add(1, sum_to(F::second(a, b, g), b.shape()));
      };
    }
    return result;
  }
  static Tensor integers(const Shape& shape, DType dtype, const Arguments& x) {
    using T = std::int64_t;
    return cast(map_elements<T, T>(
                    shape, DType::kInt64, [](T p, T q) { return F::value(p, q); },
                    cast(x[0], DType::kInt64), cast(x[1], DType::kInt64)),
                dtype);
  }
};

struct AddFormula {
  static constexpr std::string_view kName = "Add";
  template <class T>
  static T value(T a, T b) {
    return a + b;
  }
  static Tensor first(const Tensor&, const Tensor&, const Tensor& g) { return g; }
  static Tensor second(const Tensor&, const Tensor&, const Tensor& g) { return g; }
};
using Add = Arithmetic<AddFormula>;

Tensor product(const Tensor& g, const Tensor& other) {
  return map_floats(
      g.shape(), [](float p, float q) { return p * q; }, g, other);
}

struct MultiplyFormula {
  static constexpr std::string_view kName = "Multiply";
  template <class T>
  static T value(T a, T b) {
    return a * b;
  }
  static Tensor first(const Tensor&, const Tensor& b, const Tensor& g) { return product(g, b); }
  static Tensor second(const Tensor& a, const Tensor&, const Tensor& g) { return product(g, a); }
};
using Multiply = Arithmetic<MultiplyFormula>;

}  // namespace

OpEntries arithmetic_ops() { return op_entries<Add, Multiply>(); }

Value add(const Value& x1, const Value& x2) { return apply_op(the_op<Add>(), Values{x1, x2}); }
Value multiply(const Value& x1, const Value& x2) {
  return apply_op(the_op<Multiply>(), Values{x1, x2});
}

}  // namespace keratin::ops
