// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/dense.h"

#include <algorithm>

#include "keratin/graph/op.h"
#include "keratin/kernels/matmul.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops::nn {
namespace {

struct DenseSizes {
  std::int64_t rows, width, units;
};

Tensor product(const Tensor& x, const Tensor& kernel, const Tensor& bias, const DenseSizes& s) {
  Shape shape = x.shape();
  shape[shape.rank() - 1] = s.units;
  Tensor y = uninitialized(shape);
  float* out = y.data<float>().data();
  if (bias) {
    const float* b = elements(bias);
    for (std::int64_t i = 0; i < s.rows; ++i) std::copy(b, b + s.units, out + i * s.units);
  }
  kernels::matmul({elements(x)}, {elements(kernel)}, s.rows, s.width, s.units,
                  static_cast<bool>(bias), out);
  return y;
}

/// What each input adds to its slope, from that of the product.
void pull_back(Slopes& slopes, const Tensor& x, const Tensor& kernel, const DenseSizes& s) {
  const float* g = elements(slopes.of());
  if (slopes.wants(1)) {
    Tensor sum = uninitialized(Shape{s.width, s.units});
    kernels::matmul({elements(x), true}, {g}, s.width, s.rows, s.units, false,
                    sum.data<float>().data());
    slopes.add(1, std::move(sum));
  }
  if (slopes.wants(2)) {
    Tensor sum = Tensor::zeros(Shape{s.units});
    float* to = sum.data<float>().data();
    for (std::int64_t i = 0; i < s.rows; ++i) {
      for (std::int64_t j = 0; j < s.units; ++j) to[j] += g[i * s.units + j];
    }
    slopes.add(2, std::move(sum));
  }
  if (slopes.wants(0)) {
    Tensor slope = uninitialized(x.shape());
    kernels::matmul({g}, {elements(kernel), true}, s.rows, s.units, s.width, false,
                    slope.data<float>().data());
    slopes.add(0, std::move(slope));
  }
}

}  // namespace

Value dense(const Value& x, const Value& kernel, const Value& bias) {
  return compute({&x, &kernel, &bias}, [](const Arguments& in) {
    const Shape& shape = in[0].shape();
    DenseSizes s{.rows = 1, .width = in[1].shape()[0], .units = in[1].shape()[1]};
    for (std::size_t i = 0; i + 1 < shape.rank(); ++i) s.rows *= shape[i];
    Result result{product(in[0], in[1], in[2], s)};
    if (in.wants_any()) {
      result.pullback = [x = in[0], kernel = in[1], s](Slopes& slopes) {
        pull_back(slopes, x, kernel, s);
      };
    }
    return result;
  });
}

}  // namespace keratin::ops::nn
