// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/sample_weights.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::losses {

namespace {

bool has_one_axis_more(const Shape& a, const Shape& b) {
  return a.rank() == b.rank() + 1 && a.back() == 1;
}

void drop_last(Shape& shape) {
  std::vector<std::int64_t> dims(shape.begin(), shape.end());
  dims.pop_back();
  shape = Shape(std::move(dims));
}

}  // namespace

void squeeze_or_expand_to_same_rank(Shape& a, Shape& b, bool expand_rank_1) {
  const auto bring = [expand_rank_1](Shape& larger, Shape& smaller) {
    if (smaller.rank() == 1 && expand_rank_1) {
      smaller.push_back(1);
    } else {
      drop_last(larger);
    }
  };
  if (has_one_axis_more(a, b)) {
    bring(a, b);
  } else if (has_one_axis_more(b, a)) {
    bring(b, a);
  }
}

std::optional<Shape> broadcast_shapes(const Shape& a, const Shape& b) {
  const std::size_t rank = std::max(a.rank(), b.rank());
  std::vector<std::int64_t> dims(rank);
  for (std::size_t i = 0; i < rank; ++i) {  // from the last axis
    const std::int64_t x = i < a.rank() ? a[a.rank() - 1 - i] : 1;
    const std::int64_t y = i < b.rank() ? b[b.rank() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) return {};
    dims[rank - 1 - i] = x == 1 ? y : x;
  }
  return Shape(std::move(dims));
}

namespace weights_detail {
std::vector<std::int64_t> strides_in(const Shape& shape, const Shape& result) {
  std::vector<std::int64_t> strides(result.rank(), 0);
  std::int64_t stride = 1;
  const std::size_t missing = result.rank() - shape.rank();
  for (std::size_t axis = shape.rank(); axis-- > 0;) {
    strides[missing + axis] = shape[axis] == 1 ? 0 : stride;
    stride *= shape[axis];
  }
  return strides;
}
}  // namespace weights_detail

WeightArray WeightArray::of(const Tensor& tensor) {
  WeightArray result{tensor.shape(), std::vector<double>(static_cast<std::size_t>(tensor.size()))};
  visit_dtype(tensor.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::size_t i = 0;
    // Keras converts weights to float32 first.
    for (const T value : tensor.data<T>()) result.data[i++] = static_cast<float>(value);
  });
  return result;
}

double WeightArray::sum() const {
  double total = 0;
  for (const double value : data) total += value;
  return total;
}

WeightArray multiply(const WeightArray& a, const WeightArray& b, std::string_view who) {
  const std::optional<Shape> shape = broadcast_shapes(a.shape, b.shape);
  if (!shape) {
    invalid_argument(who,
                     "the shapes of mask and sample_weight do not go together. Received: ", a.shape,
                     " and ", b.shape);
  }
  WeightArray result{*shape, std::vector<double>(static_cast<std::size_t>(shape->size()))};
  for_each_broadcast(*shape, a.shape, b.shape, [&](auto i, auto ia, auto ib) {
    result.data[static_cast<std::size_t>(i)] =
        a.data[static_cast<std::size_t>(ia)] * b.data[static_cast<std::size_t>(ib)];
  });
  return result;
}

std::optional<WeightArray> merge_mask(const Tensor& sample_weight, const Tensor& mask,
                                      bool over_valid, std::string_view who) {
  if (!mask) {
    if (!sample_weight) return {};
    return WeightArray::of(sample_weight);
  }
  WeightArray weights =
      WeightArray::of(mask.dtype() == DType::kBool ? mask : cast(mask, DType::kBool));
  if (over_valid) {
    const double valid = weights.sum();
    const double scale = valid == 0 ? 0 : static_cast<double>(weights.data.size()) / valid;
    for (double& weight : weights.data) weight *= scale;
  }
  if (!sample_weight) return weights;
  WeightArray samples = WeightArray::of(sample_weight);
  squeeze_or_expand_to_same_rank(weights.shape, samples.shape);
  return multiply(weights, samples, who);
}

}  // namespace keratin::losses
