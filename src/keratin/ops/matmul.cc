// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/matmul.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "keratin/ops/broadcast.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/result_type.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/strided.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

constexpr std::int64_t kWork = std::int64_t{1} << 18;  // products of two numbers, worth a thread

/// Two stacks of matrices, (m, k) and (k, n), or (n, k) where the second is taken transposed, and
/// which of each is multiplied.
struct Stacks {
  std::int64_t m = 1, k = 1, n = 1;
  bool transposed = false;
  std::vector<std::int64_t> a, b;  // matrix a[i] by matrix b[i]
  std::int64_t a_count = 1, b_count = 1;

  bool a_is_whole() const { return a_count == static_cast<std::int64_t>(a.size()); }
  bool b_is_whole() const { return b_count == static_cast<std::int64_t>(b.size()); }
};

Shape front(const Shape& shape) {
  Shape result;
  for (std::size_t i = 0; i + 2 < shape.rank(); ++i) result.push_back(shape[i]);
  return result;
}

/// Which matrix of a stack of `shape` each of the stack `batch` is.
std::vector<std::int64_t> matrices(const Shape& batch, const Shape& shape) {
  Tensor own = uninitialized(shape, DType::kInt64);
  std::int64_t next = 0;
  for (std::int64_t& at : own.data<std::int64_t>()) at = next++;
  const Tensor all = repeated_to(own, batch);
  const auto values = all.data<std::int64_t>();
  return {values.begin(), values.end()};
}

/// Runs product(i) for each pair of the stacks: on several threads where nobody shares a target.
template <class Product>
void for_products(const Stacks& s, bool apart, Product product) {
  const auto count = static_cast<std::int64_t>(s.a.size());
  const std::int64_t size = std::max<std::int64_t>(1, s.m * s.k * s.n);
  parallel::for_chunks(count, apart ? std::max<std::int64_t>(1, kWork / size) : count,
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t i = begin; i < end; ++i)
                           product(static_cast<std::size_t>(i));
                       });
}

void multiply_stacks(const Stacks& s, const float* a, const float* b, float* c) {
  if (s.b_count == 1 && s.a_is_whole()) {  // one tall matrix
    kernels::matmul({a}, {b, s.transposed}, s.m * s.a_count, s.k, s.n, false, c);
    return;
  }
  for_products(s, true, [&](std::size_t i) {
    kernels::matmul({a + s.a[i] * s.m * s.k}, {b + s.b[i] * s.k * s.n, s.transposed}, s.m, s.k, s.n,
                    false, c + static_cast<std::int64_t>(i) * s.m * s.n);
  });
}

void multiply_stacks(const Stacks& s, const std::int64_t* a, const std::int64_t* b,
                     std::int64_t* c) {
  const std::int64_t along_k = s.transposed ? 1 : s.n, along_n = s.transposed ? s.k : 1;
  for_products(s, true, [&](std::size_t at) {
    const std::int64_t* x = a + s.a[at] * s.m * s.k;
    const std::int64_t* y = b + s.b[at] * s.k * s.n;
    std::int64_t* z = c + static_cast<std::int64_t>(at) * s.m * s.n;
    for (std::int64_t i = 0; i < s.m; ++i) {
      for (std::int64_t j = 0; j < s.n; ++j) {
        std::uint64_t sum = 0;  // wraps around
        for (std::int64_t p = 0; p < s.k; ++p)
          sum += static_cast<std::uint64_t>(x[i * s.k + p]) *
                 static_cast<std::uint64_t>(y[p * along_k + j * along_n]);
        z[i * s.n + j] = static_cast<std::int64_t>(sum);
      }
    }
  });
}

Tensor slope_of_a(const Stacks& s, const Tensor& b, const Tensor& slope, const Shape& shape) {
  Tensor result = Tensor::zeros(shape);
  const float* in = b.data<float>().data();
  const float* g = slope.data<float>().data();
  float* out = result.data<float>().data();
  if (s.b_count == 1 && s.a_is_whole()) {
    kernels::matmul({g}, {in, !s.transposed}, s.m * s.a_count, s.n, s.k, true, out);
    return result;
  }
  for_products(s, s.a_is_whole(), [&](std::size_t i) {
    kernels::matmul({g + static_cast<std::int64_t>(i) * s.m * s.n},
                    {in + s.b[i] * s.k * s.n, !s.transposed}, s.m, s.n, s.k, true,
                    out + s.a[i] * s.m * s.k);
  });
  return result;
}

Tensor slope_of_b(const Stacks& s, const Tensor& a, const Tensor& slope, const Shape& shape) {
  Tensor result = Tensor::zeros(shape);
  const float* in = a.data<float>().data();
  const float* g = slope.data<float>().data();
  float* out = result.data<float>().data();
  const auto add = [&](const float* x, const float* of_product, std::int64_t rows, float* to) {
    if (s.transposed) {
      kernels::matmul({of_product, true}, {x}, s.n, rows, s.k, true, to);
    } else {
      kernels::matmul({x, true}, {of_product}, s.k, rows, s.n, true, to);
    }
  };
  if (s.b_count == 1 && s.a_is_whole()) {
    add(in, g, s.m * s.a_count, out);
    return result;
  }
  for_products(s, s.b_is_whole(), [&](std::size_t i) {
    add(in + s.a[i] * s.m * s.k, g + static_cast<std::int64_t>(i) * s.m * s.n, s.m,
        out + s.b[i] * s.k * s.n);
  });
  return result;
}

/// x1 by x2, or by x2 with its last two axes exchanged.
template <bool kTransposed>
struct MatrixProduct final : OpOf<MatrixProduct<kTransposed>> {
  static constexpr std::string_view kName = kTransposed ? "MatmulTransposed" : "Matmul";
  static constexpr std::size_t kInputs = 2;

  /// As matrices: a vector in front is a row, one behind a column.
  static Shape row(const Shape& x) { return x.rank() == 1 ? Shape{1, x[0]} : x; }
  static Shape column(const Shape& x) {
    if (x.rank() == 1) return {x[0], 1};
    Shape result = x;
    if (kTransposed) std::swap(result[x.rank() - 1], result[x.rank() - 2]);
    return result;
  }

  Spec spec(const Given& x) const {
    if (x[0].shape().rank() == 0 || x[1].shape().rank() == 0) {
      refuse(*this, "values must have an axis. Received: shapes ", x[0].shape(), " and ",
             x[1].shape());
    }
    const Shape a = row(x[0].shape());
    const Shape b = column(x[1].shape());
    if (a.dim(-1) != kNone && b.dim(-2) != kNone && a.dim(-1) != b.dim(-2)) {
      refuse(*this,
             "the last axis of x1 and the last but one of x2 must be equal. Received: shapes ",
             x[0].shape(), " and ", x[1].shape());
    }
    Shape shape = broadcast_shapes(*this, front(a), front(b));
    if (x[0].shape().rank() > 1) shape.push_back(a.dim(-2));
    if (x[1].shape().rank() > 1) shape.push_back(b.dim(-1));
    const bool bytes = x[0].dtype() == DType::kInt8 && x[1].dtype() == DType::kInt8;
    return {shape, bytes ? DType::kInt32 : result_type(x[0].dtype(), x[1].dtype())};
  }
  Stacks stacks(const Shape& x1, const Shape& x2) const {
    const Shape a = row(x1);
    const Shape b = column(x2);
    Stacks s;
    s.transposed = kTransposed;
    s.m = a.dim(-2);
    s.k = a.dim(-1);
    s.n = b.dim(-1);
    const Shape batch = broadcast_shapes(*this, front(a), front(b));
    s.a = matrices(batch, front(a));
    s.b = matrices(batch, front(b));
    s.a_count = front(a).size();
    s.b_count = front(b).size();
    return s;
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    Stacks s = stacks(x[0].shape(), x[1].shape());
    if (out.dtype != DType::kFloat32) {
      Tensor y = uninitialized(out.shape, DType::kInt64);
      const Tensor a = cast(x[0], DType::kInt64);
      const Tensor b = cast(x[1], DType::kInt64);
      multiply_stacks(s, a.data<std::int64_t>().data(), b.data<std::int64_t>().data(),
                      y.data<std::int64_t>().data());
      return {cast(y, out.dtype)};
    }
    Tensor a = cast(x[0], DType::kFloat32);
    Tensor b = cast(x[1], DType::kFloat32);
    Tensor y = uninitialized(out.shape);
    multiply_stacks(s, std::as_const(a).data<float>().data(), std::as_const(b).data<float>().data(),
                    y.data<float>().data());
    Result result{std::move(y)};
    if (x.wants_any()) {
      result.pullback = [s = std::move(s), a = std::move(a), b = std::move(b)](Slopes& slopes) {
        if (slopes.wants(0)) slopes.add(0, slope_of_a(s, b, slopes.of(), a.shape()));
        if (slopes.wants(1)) slopes.add(1, slope_of_b(s, a, slopes.of(), b.shape()));
      };
    }
    return result;
  }
};

using Matmul = MatrixProduct<false>;

}  // namespace

OpEntries matmul_ops() { return op_entries<Matmul>(); }

Value matmul(const Value& x1, const Value& x2) { return on(Matmul(), {x1, x2}); }

Value matmul_transposed(const Value& x1, const Value& x2) {
  if (x1.is_symbolic() || x2.is_symbolic()) return matmul(x1, swapaxes(x2, -1, -2));
  return on(MatrixProduct<true>(), {x1, x2});
}

}  // namespace keratin::ops
