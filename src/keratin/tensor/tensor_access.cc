// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/tensor_access.h"

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/base/error.h"

namespace keratin {
namespace {

/// Bytes of one row along the first axis; 0 for a tensor without elements.
std::size_t row_bytes(const Tensor& tensor) {
  const std::int64_t rows = tensor.shape().dim(0);
  return rows == 0 ? 0 : TensorAccess::bytes(tensor) / static_cast<std::size_t>(rows);
}

Tensor take_texts(const Tensor& given, const std::int64_t* indices, std::int64_t count) {
  const Tensor tensor = TensorAccess::is_borrowed(given) ? copy_of(given) : given;
  const auto from = tensor.data<std::string_view>();
  const Shape shape = tensor.shape().with_batch(count);
  const std::size_t width = static_cast<std::size_t>(count == 0 ? 0 : shape.size() / count);
  std::vector<std::string_view> texts;
  texts.reserve(static_cast<std::size_t>(shape.size()));
  for (std::int64_t i = 0; i < count; ++i) {
    const auto row = from.subspan(static_cast<std::size_t>(indices[i]) * width, width);
    texts.insert(texts.end(), row.begin(), row.end());
  }
  return Tensor::strings(std::move(texts), shape, std::make_shared<const Tensor>(tensor));
}

}  // namespace

Tensor copy_of(const Tensor& tensor) {
  if (!tensor) return {};
  if (tensor.dtype() == DType::kString) {
    const auto texts = tensor.data<std::string_view>();
    return Tensor::from(std::vector<std::string>(texts.begin(), texts.end()), tensor.shape());
  }
  Tensor copy = uninitialized(tensor.shape(), tensor.dtype());
  TensorAccess::copy_elements(tensor, copy);
  return copy;
}

Tensor slice_rows(const Tensor& tensor, std::int64_t first, std::int64_t count) {
  const std::int64_t rows = tensor.shape().dim(0);
  if (first < 0 || count < 0 || first > rows - count) {
    invalid_argument("Tensor", "rows [", first, ", ", first + count, ") are not in shape ",
                     tensor.shape(), ".");
  }
  const Shape shape = tensor.shape().with_batch(count);
  const std::int64_t row_size = rows == 0 ? 0 : tensor.size() / rows;
  return TensorAccess::part(tensor, first * row_size, shape);
}

Tensor take_rows(const Tensor& tensor, const std::int64_t* indices, std::int64_t count) {
  if (tensor.dtype() == DType::kString) return take_texts(tensor, indices, count);
  Tensor result = uninitialized(tensor.shape().with_batch(count), tensor.dtype());
  const std::size_t width = row_bytes(tensor);
  const auto* from = static_cast<const std::byte*>(TensorAccess::raw(tensor));
  auto* to = static_cast<std::byte*>(TensorAccess::raw(result));
  if (width == 0) return result;
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(to + static_cast<std::size_t>(i) * width,
                from + static_cast<std::size_t>(indices[i]) * width, width);
  }
  return result;
}

Tensor cast(const Tensor& tensor, DType dtype) {
  if (!tensor || tensor.dtype() == dtype) return tensor;
  Tensor result = uninitialized(tensor.shape(), dtype);
  visit_dtype(tensor.dtype(), [&](auto from_zero) {
    using From = decltype(from_zero);
    const auto from = tensor.data<From>();
    visit_dtype(dtype, [&](auto to_zero) {
      using To = decltype(to_zero);
      const auto to = result.data<To>();
      for (std::size_t i = 0; i < from.size(); ++i) {
        if constexpr (std::is_same_v<To, bool>) {
          to[i] = from[i] != From{};
        } else {
          to[i] = static_cast<To>(from[i]);
        }
      }
    });
  });
  return result;
}

}  // namespace keratin
