// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/reducing.h"

#include <utility>

#include "keratin/ops/strided.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
Grouped::Grouped(const Tensor& x, const std::vector<bool>& reduced)
    : elements(x), shape_(x.shape()) {
  const std::size_t rank = reduced.size();
  std::size_t changes = 0;  // between axes that go and axes that stay, those of size 1 aside
  bool before = false;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t size = shape_[i];
    if (reduced[i]) {
      n *= size;
    } else {
      (changes == 0 ? outer : inner) *= size;
    }
    if (size == 1 || reduced[i] == before) continue;
    before = reduced[i];
    ++changes;
  }
  if (changes <= 2) return;  // they lie behind one another
  for (std::size_t i = 0; i < rank; ++i) {
    if (!reduced[i]) order_.push_back(static_cast<std::int64_t>(i));
  }
  for (std::size_t i = 0; i < rank; ++i) {
    if (reduced[i]) order_.push_back(static_cast<std::int64_t>(i));
  }
  elements = read(x, View::all(shape_).transposed(order_));
  outer *= inner;
  inner = 1;
}

Tensor Grouped::back(const Tensor& computed) const {
  if (order_.empty()) return computed.reshaped(shape_);
  Tensor result = uninitialized(shape_, computed.dtype());
  write(computed, result, View::all(shape_).transposed(order_));
  return result;
}

Shape reduced_shape(const Shape& shape, const std::vector<bool>& reduced, bool keepdims) {
  Shape result;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (!reduced[i]) {
      result.push_back(shape[i]);
    } else if (keepdims) {
      result.push_back(1);
    }
  }
  return result;
}

std::vector<bool> marked(const std::vector<std::int64_t>& axes, std::size_t rank) {
  std::vector<bool> result(rank);
  for (const std::int64_t axis : axes) result[static_cast<std::size_t>(axis)] = true;
  return result;
}

Tensor read_back(const Tensor& slope, const View& view, const Shape& shape) {
  View once = view;
  std::vector<bool> repeated(view.shape.rank());
  for (std::size_t i = 0; i < repeated.size(); ++i) {
    repeated[i] = view.strides[i] == 0 && view.shape[i] != 1;
    if (repeated[i]) once.shape[i] = 1;
  }
  const Tensor summed = once.shape == view.shape ? slope : summed_over(slope, repeated);
  Tensor result = summed.size() == shape.size() ? uninitialized(shape) : Tensor::zeros(shape);
  write(summed, result, once);
  return result;
}

Tensor summed_over(const Tensor& x, const std::vector<bool>& reduced) {
  const Grouped all(x, reduced);
  Tensor y = uninitialized(reduced_shape(x.shape(), reduced, true));
  fold(all.elements.data<float>().data(), all.outer, all.n, all.inner, y.data<float>().data(),
       Plus());
  return y;
}

}  // namespace keratin::ops
