// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/gathering.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "keratin/ops/define.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {
constexpr std::int64_t kWork = std::int64_t{1} << 15;  // elements that are worth a thread
}

void append(Shape& to, const Shape& more, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) to.push_back(more[i]);
}

void require_places(const Operation& op, DType dtype) {
  if (dtype == DType::kBool) {
    refuse(op, "indices must be integers. Received: ", to_string(dtype));
  }
}

std::vector<std::int64_t> integers_of(const Operation& op, const Tensor& indices) {
  require_places(op, indices.dtype());
  if (is_floating(indices.dtype())) {
    const Tensor floats = cast(indices, DType::kFloat64);
    const auto values = floats.data<double>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!(values[i] == std::floor(values[i]) && std::fabs(values[i]) < 9e18)) {  // also NaN
        refuse(op, "indices must be integers. Received: ", values[i], " at position ", i);
      }
    }
  }
  const Tensor wide = cast(indices, DType::kInt64);
  const auto values = wide.data<std::int64_t>();
  return {values.begin(), values.end()};
}

std::vector<std::int64_t> places_in(const Operation& op, const Tensor& indices, std::int64_t size) {
  std::vector<std::int64_t> places = integers_of(op, indices);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::int64_t at = places[i];
    if (at < -size || at >= size) {
      out_of_range(str("ops.", to_snake_case(op.class_name())), "index ", at, " at position ", i,
                   " is outside an axis of ", size, " elements.");
    }
    if (at < 0) places[i] += size;
  }
  return places;
}

std::vector<std::int64_t> flat_places(const Operation& op, const Tensor& indices,
                                      const Shape& shape) {
  const auto axes = static_cast<std::size_t>(indices.shape().back());
  const std::vector<std::int64_t> values = integers_of(op, indices);
  std::vector<std::int64_t> places(axes == 0 ? 0 : values.size() / axes);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t size = shape[i % axes];
    const std::int64_t at = values[i];
    if (at < -size || at >= size) {
      out_of_range(str("ops.", to_snake_case(op.class_name())), "index ", at, " at position ", i,
                   " is outside axis ", i % axes, " of ", size, " elements.");
    }
    places[i / axes] = places[i / axes] * size + (at < 0 ? at + size : at);
  }
  return places;
}

Shape named_shape(const Operation& op, const Shape& indices, DType dtype, const Shape& shape) {
  require_places(op, dtype);
  const std::int64_t axes = indices.rank() == 0 ? 0 : indices.back();
  if (axes < 1 || axes > static_cast<std::int64_t>(shape.rank())) {
    refuse(op, "the last axis of indices must be from 1 to ", shape.rank(),
           " numbers for a value of shape ", shape, ". Received: indices of shape ", indices);
  }
  Shape named;
  append(named, indices, 0, indices.rank() - 1);
  append(named, shape, static_cast<std::size_t>(axes), shape.rank());
  return named;
}
Shape joined(const Shape& shape, std::size_t axes) {
  std::int64_t first = 1;
  for (std::size_t i = 0; i < axes; ++i) first *= shape[i];
  Shape result{first};
  append(result, shape, axes, shape.rank());
  return result;
}

AroundAxis::AroundAxis(const Shape& shape, std::size_t axis) : size(shape[axis]) {
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (i != axis) (i < axis ? outer : inner) *= shape[i];
  }
}

void take_slices(const Tensor& x, std::size_t axis, std::span<const std::int64_t> places,
                 Tensor& to) {
  if (to.size() == 0) return;
  const AroundAxis around(x.shape(), axis);
  const auto count = static_cast<std::int64_t>(places.size());
  const std::size_t width = static_cast<std::size_t>(around.inner) * size_of(x.dtype());
  const auto* from = static_cast<const std::byte*>(TensorAccess::raw(x));
  auto* out = static_cast<std::byte*>(TensorAccess::raw(to));
  const auto all = [&](auto copy) {
    parallel::for_chunks(around.outer * count, std::max<std::int64_t>(1, kWork / around.inner),
                         [&](std::int64_t begin, std::int64_t end) {
                           for (std::int64_t i = begin; i < end; ++i) {
                             const std::int64_t place = places[static_cast<std::size_t>(i % count)];
                             const std::int64_t row = i / count * around.size + place;
                             copy(out + static_cast<std::size_t>(i) * width,
                                  from + static_cast<std::size_t>(row) * width);
                           }
                         });
  };
  if (width == 4) {
    all([](std::byte* a, const std::byte* b) { std::memcpy(a, b, 4); });
  } else {
    all([width](std::byte* a, const std::byte* b) { std::memcpy(a, b, width); });
  }
}

Tensor add_slices(const Tensor& slope, std::size_t axis, std::span<const std::int64_t> places,
                  const Shape& shape) {
  Tensor result = Tensor::zeros(shape);
  if (slope.size() == 0) return result;
  const AroundAxis around(shape, axis);
  const auto count = static_cast<std::int64_t>(places.size());
  const float* from = slope.data<float>().data();
  float* out = result.data<float>().data();
  // A thread has some of the outer ones, or where that is one, some columns: each sum has one
  // owner, who adds in the order of places.
  constexpr std::int64_t kColumns = 64;
  const std::int64_t tiles = (around.inner - 1) / kColumns + 1;
  const std::int64_t size = count * std::min(around.inner, kColumns);
  parallel::for_chunks(around.outer * tiles, std::max<std::int64_t>(1, kWork / size),
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t unit = begin; unit < end; ++unit) {
                           const std::int64_t line = unit / tiles;
                           const std::int64_t first = unit % tiles * kColumns;
                           const std::int64_t columns = std::min(kColumns, around.inner - first);
                           for (std::int64_t i = 0; i < count; ++i) {
                             const float* a = from + (line * count + i) * around.inner + first;
                             float* b = out +
                                        (line * around.size + places[static_cast<std::size_t>(i)]) *
                                            around.inner +
                                        first;
                             for (std::int64_t j = 0; j < columns; ++j) b[j] += a[j];
                           }
                         }
                       });
  return result;
}

}  // namespace keratin::ops
