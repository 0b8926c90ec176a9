// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/scans.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "keratin/ops/axes.h"
#include "keratin/ops/gathering.h"
#include "keratin/ops/op_of.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

/// Calls line(first, step, n) for each line along the axis: where it begins, and how far its
/// elements are apart.
template <class Line>
void for_lines(const AroundAxis& around, Line line) {
  const std::int64_t size = std::max<std::int64_t>(1, around.size);
  parallel::for_chunks(around.outer * around.inner, std::max<std::int64_t>(1, 16384 / size),
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t i = begin; i < end; ++i) {
                           line(i / around.inner * around.size * around.inner + i % around.inner,
                                around.inner, around.size);
                         }
                       });
}

template <class Self>
struct Scan : OpOf<Self> {
  std::optional<std::int64_t> axis;
  std::optional<DType> dtype;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
    f("dtype", dtype);
  }
  Shape along(const Shape& x) const { return axis ? x : Shape{x.is_known() ? x.size() : kNone}; }
  Spec spec(const Given& x) const {
    const Shape shape = along(x[0].shape());
    axis_of(*this, axis.value_or(0), shape.rank());
    DType to = dtype.value_or(x[0].dtype());
    if (to == DType::kBool) to = DType::kInt32;
    return {shape, is_floating(to) ? DType::kFloat32 : to};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    const AroundAxis around(out.shape, axis_of(*this, axis.value_or(0), out.shape.rank()));
    if (out.dtype != DType::kFloat32) {
      // As unsigned, where to wrap around is no undefined behaviour.
      Tensor y = copy_of(cast(x[0], DType::kInt64)).reshaped(out.shape);
      run(around, static_cast<std::uint64_t*>(TensorAccess::raw(y)));
      return {cast(y, out.dtype)};
    }
    const Tensor from = cast(x[0], DType::kFloat32).reshaped(out.shape);
    Tensor y = copy_of(from);
    run(around, y.data<float>().data());
    Result result{std::move(y)};
    if (x.wants_any()) {
      result.pullback = [from, around, shape = x[0].shape()](Slopes& slopes) {
        Tensor slope = copy_of(slopes.of());
        Self::back(around, from.data<float>().data(), slope.data<float>().data());
        slopes.add(0, slope.reshaped(shape));
      };
    }
    return result;
  }
  /// What is gathered on the way is a double of floats, so that each result is rounded once.
  template <class T>
  using Gathered = std::conditional_t<std::is_same_v<T, float>, double, T>;

  template <class T>
  static void run(const AroundAxis& around, T* y) {
    for_lines(around, [&](std::int64_t first, std::int64_t step, std::int64_t n) {
      Gathered<T> all = Self::template start<Gathered<T>>();
      for (std::int64_t i = 0; i < n; ++i) {
        T& own = y[first + i * step];
        Self::next(all, static_cast<Gathered<T>>(own));
        own = static_cast<T>(all);
      }
    });
  }
};

struct Cumsum final : Scan<Cumsum> {
  static constexpr std::string_view kName = "Cumsum";
  template <class T>
  static T start() {
    return 0;
  }
  template <class T>
  static void next(T& all, T own) {
    all += own;
  }
  static void back(const AroundAxis& around, const float*, float* slope) {
    for_lines(around, [&](std::int64_t first, std::int64_t step, std::int64_t n) {
      double all = 0;
      for (std::int64_t i = n; i-- > 0;) {
        all += static_cast<double>(slope[first + i * step]);
        slope[first + i * step] = static_cast<float>(all);
      }
    });
  }
};

struct Cumprod final : Scan<Cumprod> {
  static constexpr std::string_view kName = "Cumprod";
  template <class T>
  static T start() {
    return 1;
  }
  template <class T>
  static void next(T& all, T own) {
    all *= own;
  }
  /// dL/dx[j] = x[0] ... x[j - 1] times the sum over i >= j of g[i] x[j + 1] ... x[i]: without a
  /// division, which zeros would spoil.
  static void back(const AroundAxis& around, const float* x, float* slope) {
    for_lines(around, [&](std::int64_t first, std::int64_t step, std::int64_t n) {
      for (std::int64_t i = n - 1; i-- > 0;)
        slope[first + i * step] += x[first + (i + 1) * step] * slope[first + (i + 1) * step];
      double before = 1;
      for (std::int64_t i = 0; i < n; ++i) {
        float& own = slope[first + i * step];
        own = static_cast<float>(static_cast<double>(own) * before);
        before *= static_cast<double>(x[first + i * step]);
      }
    });
  }
};

}  // namespace

OpEntries scans_ops() { return op_entries<Cumsum, Cumprod>(); }

Value cumsum(const Value& x, std::optional<std::int64_t> axis, std::optional<DType> dtype) {
  Cumsum op;
  op.axis = axis;
  op.dtype = dtype;
  return on(op, x);
}
Value cumprod(const Value& x, std::optional<std::int64_t> axis, std::optional<DType> dtype) {
  Cumprod op;
  op.axis = axis;
  op.dtype = dtype;
  return on(op, x);
}

}  // namespace keratin::ops
