// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/making.h"

#include <cmath>
#include <limits>
#include <utility>

#include "keratin/ops/op_of.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

Tensor filled(const Shape& shape, double value, DType dtype) {
  Tensor y = Tensor::zeros(shape, dtype);
  if (value == 0) return y;
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    const T element = static_cast<T>(value);
    for (T& v : y.template data<T>()) v = element;
  });
  return y;
}

/// Throws unless `value` is a number of that type: to cast another is undefined.
void check_fits(std::string_view who, double value, DType dtype) {
  if (is_floating(dtype) || dtype == DType::kBool) return;
  const bool fits = visit_dtype(dtype, [&](auto zero) {
    using Limits = std::numeric_limits<decltype(zero)>;
    // The upper limit itself may have no double; the number above it has.
    return value >= static_cast<double>(Limits::lowest()) &&
           value < std::ldexp(1.0, Limits::digits);
  });
  if (!fits) {
    invalid_argument(who, "fill_value must be a number of ", to_string(dtype),
                     ". Received: ", value);
  }
}

template <class Self>
struct Like : OpOf<Self> {
  std::optional<DType> dtype;

  template <class F>
  void fields(F& f) {
    f("dtype", dtype);
  }
  Spec spec(const Given& x) const { return {x[0].shape(), dtype.value_or(x[0].dtype())}; }
  Result compute(const Arguments& x) const {
    const DType to = dtype.value_or(x[0].dtype());
    const double value = static_cast<const Self*>(this)->value();
    check_fits("ops.full_like", value, to);
    return {filled(x[0].shape(), value, to)};
  }
};
struct ZerosLike final : Like<ZerosLike> {
  static constexpr std::string_view kName = "ZerosLike";
  double value() const { return 0; }
};
struct OnesLike final : Like<OnesLike> {
  static constexpr std::string_view kName = "OnesLike";
  double value() const { return 1; }
};
struct FullLike final : Like<FullLike> {
  static constexpr std::string_view kName = "FullLike";
  double fill_value = 0;

  template <class F>
  void fields(F& f) {
    f("fill_value", fill_value);
    Like<FullLike>::fields(f);
  }
  double value() const { return fill_value; }
};

}  // namespace

OpEntries making_ops() { return op_entries<ZerosLike, OnesLike, FullLike>(); }

Value full(const Shape& shape, double fill_value, DType dtype) {
  check_fits("ops.full", fill_value, dtype);
  return filled(shape, fill_value, dtype);
}
Value zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Value ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }
Value full_like(const Value& x, double fill_value, std::optional<DType> dtype) {
  FullLike op;
  op.fill_value = fill_value;
  op.dtype = dtype;
  return on(op, x);
}
Value zeros_like(const Value& x, std::optional<DType> dtype) {
  ZerosLike op;
  op.dtype = dtype;
  return on(op, x);
}
Value ones_like(const Value& x, std::optional<DType> dtype) {
  OnesLike op;
  op.dtype = dtype;
  return on(op, x);
}

Value arange(double start, double stop, double step, DType dtype) {
  const double count = std::ceil((stop - start) / step);
  if (step == 0 || !(std::fabs(count) < 9e15)) {
    invalid_argument("ops.arange",
                     "start, stop and step must be finite, and step not 0. Received: ", start, ", ",
                     stop, " and ", step);
  }
  const auto n = static_cast<std::int64_t>(count > 0 ? count : 0);
  if (n > 0) {
    check_fits("ops.arange", start, dtype);
    check_fits("ops.arange", start + static_cast<double>(n - 1) * step, dtype);
  }
  Tensor y = uninitialized({n}, dtype);
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    const auto out = y.template data<T>();
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<T>(start + static_cast<double>(i) * step);
  });
  return y;
}

Value linspace(double start, double stop, std::int64_t num, bool endpoint) {
  if (num < 0) invalid_argument("ops.linspace", "num must be 0 or more. Received: ", num);
  Tensor y = uninitialized({num});
  const auto parts = static_cast<double>(endpoint ? num - 1 : num);
  const auto out = y.data<float>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    // Both ends to the bit, whatever is rounded between them.
    const double part = parts > 0 ? static_cast<double>(i) / parts : 0;
    out[i] = static_cast<float>(start * (1 - part) + stop * part);
  }
  return y;
}

Value eye(std::int64_t n, std::optional<std::int64_t> m, std::int64_t k, DType dtype) {
  const std::int64_t columns = m.value_or(n);
  Tensor y = Tensor::zeros({n, columns}, dtype);
  // Compared before anything is added: k may be any number.
  const std::int64_t first = k < 0 ? (k < -n ? n : -k) : 0;
  const std::int64_t column = k > 0 ? (k > columns ? columns : k) : 0;
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    const auto out = y.template data<T>();
    for (std::int64_t i = 0; first + i < n && column + i < columns; ++i)
      out[static_cast<std::size_t>((first + i) * columns + column + i)] = static_cast<T>(1);
  });
  return y;
}

}  // namespace keratin::ops
