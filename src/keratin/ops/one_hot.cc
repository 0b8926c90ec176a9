// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/one_hot.h"

#include <optional>

#include "keratin/ops/define.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

/// T has `static Shape reduced(Shape)`: the result's shape, of that with the axis of classes; and
/// `axis_gone(rank of x)`, the axis that is missing there, or nothing.
template <class T>
struct Hot : NamedOp<T> {
  std::int64_t num_classes = -1;
  int axis = -1;
  DType dtype = DType::kFloat32;
  bool sparse = false;
  template <class F>
  void fields(F& f) {
    f("num_classes", num_classes);
    f("axis", axis);
    std::optional<DType> given = dtype;  // Keras: None is floatx
    f("dtype", given);
    dtype = given.value_or(DType::kFloat32);
    f("sparse", sparse);
  }
  void validate() const {
    if (num_classes < 0)
      refuse(*this, "num_classes must be given, and not negative. Received: ", num_classes, ".");
    if (sparse) refuse(*this, "sparse=True gives a sparse tensor, which Keratin does not have.");
  }
  std::vector<Spec> output_spec(const Inputs& x) const {
    Shape shape;
    const Shape all = with_classes(x[0].shape());
    const std::optional<std::size_t> gone = T::axis_gone(x[0].shape().rank());
    for (std::size_t i = 0; i < all.rank(); ++i) {
      if (i != gone) shape.push_back(all[i]);
    }
    return {{shape, dtype == DType::kFloat64 ? DType::kFloat32 : dtype}};
  }
  Result compute(const Arguments& x) const {
    const Spec spec = output_spec(Value(x[0]))[0];
    Tensor y = Tensor::zeros(spec.shape, spec.dtype);
    const Tensor ids = cast(x[0], DType::kInt64);
    const std::int64_t inner = x[0].shape().from(place(x[0].shape())).size();
    // Where an axis is gone, what lies behind it moves up: (a, gone, c) is at a * behind + c.
    const Shape all = with_classes(x[0].shape());
    const std::optional<std::size_t> gone = T::axis_gone(x[0].shape().rank());
    const std::int64_t behind = gone ? all.from(*gone + 1).size() : 1;
    const std::int64_t length = gone ? all[*gone] : 1;
    visit_dtype(spec.dtype, [&](auto zero) {
      using Element = decltype(zero);
      const auto id = ids.data<std::int64_t>();
      const auto out = y.data<Element>();
      for (std::int64_t i = 0; i < ids.size(); ++i) {
        const std::int64_t c = id[static_cast<std::size_t>(i)];
        if (c < 0 || c >= num_classes) continue;
        const std::int64_t at = (i / inner * num_classes + c) * inner + i % inner;
        const std::int64_t kept = at / (length * behind) * behind + at % behind;
        out[static_cast<std::size_t>(gone ? kept : at)] = static_cast<Element>(1);
      }
    });
    return {y};
  }

 private:
  /// Where the axis of classes stands.
  std::size_t place(const Shape& x) const {
    const auto rank = static_cast<std::int64_t>(x.rank()) + 1;
    const std::int64_t at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank)
      refuse(*this, "axis ", axis, " is out of range for a result of ", rank, " axes.");
    return static_cast<std::size_t>(at);
  }
  Shape with_classes(const Shape& x) const {
    const std::size_t at = place(x);
    Shape result;
    for (std::size_t i = 0; i <= x.rank(); ++i)
      result.push_back(i == at ? num_classes : x[i < at ? i : i - 1]);
    return result;
  }
};

struct OneHot final : Hot<OneHot> {
  static constexpr std::string_view kName = "OneHot";
  static std::optional<std::size_t> axis_gone(std::size_t) { return {}; }
};
struct MultiHot final : Hot<MultiHot> {
  static constexpr std::string_view kName = "MultiHot";
  static std::optional<std::size_t> axis_gone(std::size_t rank) { return rank > 1 ? 1 : 0; }
};

template <class T>
Value hot(const Value& x, std::int64_t num_classes, int axis, DType dtype) {
  T op;
  op.num_classes = num_classes;
  op.axis = axis;
  op.dtype = dtype;
  return apply_op(checked_op(op), x);
}

}  // namespace

OpEntries one_hot_ops() { return op_entries<OneHot, MultiHot>(); }

Value one_hot(const Value& x, std::int64_t num_classes, int axis, DType dtype) {
  return hot<OneHot>(x, num_classes, axis, dtype);
}
Value multi_hot(const Value& x, std::int64_t num_classes, int axis, DType dtype) {
  return hot<MultiHot>(x, num_classes, axis, dtype);
}

}  // namespace keratin::ops
