// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "keratin/graph/operation.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

/// Elementwise loops over tensors that are repeated along axes, as NumPy broadcasts. Not installed.
namespace keratin::ops {

/// The shape of two values together. A kNone beside 1 stays kNone, beside another dimension it
/// becomes that. Throws std::invalid_argument in the name of `op` for shapes that do not fit.
Shape broadcast_shapes(const Operation& op, const Shape& a, const Shape& b);

/// Where the elements of N tensors lie for each element of their common shape: axes along which all
/// of them go on alike are one.
template <std::size_t N>
struct Broadcast {
  static_assert(N <= 3);
  Shape dims;                    // of the result, as few axes as may be, at least one
  std::array<Shape, N> strides;  // 0 along an axis on which that one is repeated
};
namespace broadcast_detail {
void merge_axes(const Shape& result, const Shape* const* shapes, std::size_t count, Shape& dims,
                Shape* strides);
}
template <class... Shapes>
Broadcast<sizeof...(Shapes)> broadcast(const Shape& result, const Shapes&... shapes) {
  Broadcast<sizeof...(Shapes)> found;
  const Shape* all[] = {&shapes...};
  broadcast_detail::merge_axes(result, all, sizeof...(Shapes), found.dims, found.strides.data());
  return found;
}

/// Elements that one thread does at a time.
inline constexpr std::int64_t kChunk = std::int64_t{1} << 15;

namespace broadcast_detail {

/// One line: the steps from element to element are 0 or 1, and those that are known when this is
/// compiled (1: goes on, 0: repeated, 2: look) make a loop that the compiler turns into vectors.
template <int... Step, class Out, class F, class... In, std::size_t... I>
void line(std::int64_t n, Out* __restrict out, F f, const std::int64_t* steps,
          std::index_sequence<I...>, const In*... in) {
  const std::int64_t by[] = {(Step == 2 ? steps[I] : Step)...};
  for (std::int64_t i = 0; i < n; ++i)
    out[i] = f(in[Step == 0 ? 0 : (Step == 1 ? i : i * by[I])]...);
}

template <class Out, class F, class A>
void any_line(std::int64_t n, Out* out, F f, const std::int64_t* steps, const A* a) {
  if (steps[0] == 0) return line<0>(n, out, f, steps, std::index_sequence<0>(), a);
  line<1>(n, out, f, steps, std::index_sequence<0>(), a);
}
template <class Out, class F, class A, class B>
void any_line(std::int64_t n, Out* out, F f, const std::int64_t* steps, const A* a, const B* b) {
  constexpr auto index = std::index_sequence<0, 1>();
  if (steps[0] == 0) return line<0, 1>(n, out, f, steps, index, a, b);
  if (steps[1] == 0) return line<1, 0>(n, out, f, steps, index, a, b);
  line<1, 1>(n, out, f, steps, index, a, b);
}
template <class Out, class F, class A, class B, class C>
void any_line(std::int64_t n, Out* out, F f, const std::int64_t* steps, const A* a, const B* b,
              const C* c) {
  constexpr auto index = std::index_sequence<0, 1, 2>();
  if (steps[0] == 1 && steps[1] == 1 && steps[2] == 1)
    return line<1, 1, 1>(n, out, f, steps, index, a, b, c);
  if (steps[0] == 1 && steps[1] == 1) return line<1, 1, 0>(n, out, f, steps, index, a, b, c);
  if (steps[0] == 1 && steps[2] == 1) return line<1, 0, 1>(n, out, f, steps, index, a, b, c);
  line<2, 2, 2>(n, out, f, steps, index, a, b, c);
}

/// Where the line at `row` begins in a tensor of these strides.
inline std::int64_t offset_of(const Shape& dims, const Shape& strides, std::int64_t row) {
  std::int64_t offset = 0;
  for (std::size_t axis = dims.rank() - 1; axis-- > 0;) {
    offset += row % dims[axis] * strides[axis];
    row /= dims[axis];
  }
  return offset;
}

}  // namespace broadcast_detail

/// out[i] = f(a[i], b[i] ...) over the common shape, which has `size` elements. The same bits for
/// one and for many threads.
template <class Out, class F, class... In>
void for_each_element(const Broadcast<sizeof...(In)>& plan, std::int64_t size, Out* out, F f,
                      const In*... in) {
  constexpr auto index = std::index_sequence_for<In...>();
  const std::int64_t n = plan.dims.back();
  const std::size_t last = plan.dims.rank() - 1;
  parallel::for_chunks(size, kChunk, [&](std::int64_t begin, std::int64_t end) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const std::int64_t steps[] = {plan.strides[I][last]...};
      while (begin < end) {
        const std::int64_t row = begin / n;
        const std::int64_t first = begin % n;
        const std::int64_t count = std::min(n - first, end - begin);
        broadcast_detail::any_line(
            count, out + begin, f, steps,
            (in + broadcast_detail::offset_of(plan.dims, plan.strides[I], row) +
             first * steps[I])...);
        begin += count;
      }
    }
    (index);
  });
}

/// f of the elements, of the common shape `shape`; all are T, and the result is Out.
template <class Out, class T, class F, class... Tensors>
Tensor map_elements(const Shape& shape, DType dtype, F f, const Tensors&... in) {
  Tensor out = uninitialized(shape, dtype);
  if (out.size() > 0) {
    for_each_element(broadcast(shape, in.shape()...), out.size(), out.data<Out>().data(), f,
                     in.template data<T>().data()...);
  }
  return out;
}
/// The same of float32.
template <class F, class... Tensors>
Tensor map_floats(const Shape& shape, F f, const Tensors&... in) {
  return map_elements<float, float>(shape, DType::kFloat32, f, in...);
}

/// The same of integers or bool in 64 bits, and the result as `dtype`: as the unsigned kind where
/// that is what `dtype` is, else as the signed one. f is written for both.
template <class F, class... Tensors>
Tensor map_integers(const Shape& shape, DType dtype, F f, const Tensors&... in) {
  if (dtype == DType::kUint64) {
    return map_elements<std::uint64_t, std::uint64_t>(shape, DType::kUint64, f,
                                                      cast(in, DType::kUint64)...);
  }
  return cast(
      map_elements<std::int64_t, std::int64_t>(shape, DType::kInt64, f, cast(in, DType::kInt64)...),
      dtype);
}

/// The slope of a value that was repeated to `slope`'s shape: its sums over the repeats, of shape
/// `shape`. `slope` itself where nothing was repeated. The same bits for one and for many threads.
Tensor sum_to(const Tensor& slope, const Shape& shape);

}  // namespace keratin::ops
