// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/strided.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

constexpr std::int64_t kChunk = std::int64_t{1} << 15;  // elements

struct Axis {
  std::int64_t size;
  std::int64_t stride;
};

/// The axes of the view without those of size 1, neighbours that lie behind one another as one.
std::vector<Axis> merged(const View& view) {
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < view.shape.rank(); ++i) {
    const Axis axis{view.shape[i], view.strides[i]};
    if (axis.size == 1) continue;
    if (!axes.empty() && axes.back().stride == axis.stride * axis.size) {
      axes.back() = {axes.back().size * axis.size, axis.stride};
    } else {
      axes.push_back(axis);
    }
  }
  if (axes.empty()) axes.push_back({1, 1});
  return axes;
}

/// Calls line(first, row) for every line along the last axis: `first` is where it begins in the
/// tensor that is looked at, `row` which one it is.
template <class Line>
void for_lines(const std::vector<Axis>& axes, std::int64_t first, std::int64_t lines,
               std::int64_t chunk, Line line) {
  const std::size_t outer = axes.size() - 1;
  parallel::for_chunks(lines, chunk, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> at(outer);
    std::int64_t place = first;
    std::int64_t rest = begin;
    for (std::size_t i = outer; i-- > 0; rest /= axes[i].size) {
      at[i] = rest % axes[i].size;
      place += at[i] * axes[i].stride;
    }
    for (std::int64_t row = begin; row < end; ++row) {
      line(place, row);
      for (std::size_t i = outer; i-- > 0;) {
        place += axes[i].stride;
        if (++at[i] < axes[i].size) break;
        place -= axes[i].size * axes[i].stride;
        at[i] = 0;
      }
    }
  });
}

/// Elements of one width, which is all that matters of their type.
template <class T, bool kReads>
void move_elements(T* viewed, T* packed, const View& view) {
  std::vector<Axis> axes = merged(view);
  const Axis last = axes.back();
  std::int64_t lines = 1;
  for (std::size_t i = 0; i + 1 < axes.size(); ++i) lines *= axes[i].size;
  const std::int64_t chunk = std::max<std::int64_t>(1, kChunk / last.size);
  // A transposed matrix goes by tiles: along its lines each element is on a memory page of its own.
  constexpr std::int64_t kTile = 16;
  if (axes.size() >= 2 && axes[axes.size() - 2].stride == 1 && last.stride > 1) {
    const Axis rows = axes[axes.size() - 2];
    axes.pop_back();
    axes.back() = {(rows.size - 1) / kTile + 1, kTile};  // a tile of rows is a line now
    lines = lines / rows.size * axes.back().size;
    const std::int64_t tiles = axes.back().size;
    axes.push_back({1, 0});
    for_lines(axes, view.first, lines, std::max<std::int64_t>(1, chunk / kTile),
              [&](std::int64_t place, std::int64_t tile) {
                const std::int64_t row = tile % tiles * kTile;
                const std::int64_t count = std::min(kTile, rows.size - row);
                T* to = packed + (tile / tiles * rows.size + row) * last.size;
                T* from = viewed + place;
                for (std::int64_t j = 0; j < last.size; ++j) {
                  for (std::int64_t i = 0; i < count; ++i) {
                    T& a = from[j * last.stride + i];
                    T& b = to[i * last.size + j];
                    if constexpr (kReads) {
                      b = a;
                    } else {
                      a = b;
                    }
                  }
                }
              });
    return;
  }
  for_lines(axes, view.first, lines, chunk, [&](std::int64_t place, std::int64_t row) {
    T* from = viewed + place;
    T* to = packed + row * last.size;
    if (last.stride == 1) {
      const auto bytes = static_cast<std::size_t>(last.size) * sizeof(T);
      std::memcpy(kReads ? to : from, kReads ? from : to, bytes);
      return;
    }
    for (std::int64_t j = 0; j < last.size; ++j) {
      if constexpr (kReads) {
        to[j] = from[j * last.stride];
      } else {
        from[j * last.stride] = to[j];
      }
    }
  });
}

template <bool kReads>
void move_any(void* viewed, void* packed, std::size_t width, const View& view) {
  const auto as = [&](auto zero) {
    using T = decltype(zero);
    move_elements<T, kReads>(static_cast<T*>(viewed), static_cast<T*>(packed), view);
  };
  if (width == 1) return as(std::uint8_t{});
  if (width == 2) return as(std::uint16_t{});
  if (width == 4) return as(std::uint32_t{});
  as(std::uint64_t{});
}

}  // namespace

View View::all(const Shape& shape) {
  View view{shape, shape};
  std::int64_t stride = 1;
  for (std::size_t i = shape.rank(); i-- > 0;) {
    view.strides[i] = stride;
    // A shape that is only talked about may be too large to be.
    if (__builtin_mul_overflow(stride, shape[i] < 0 ? 0 : shape[i], &stride)) stride = 0;
  }
  return view;
}

View View::transposed(const std::vector<std::int64_t>& axes) const {
  View view = *this;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    view.shape[i] = shape[static_cast<std::size_t>(axes[i])];
    view.strides[i] = strides[static_cast<std::size_t>(axes[i])];
  }
  return view;
}

bool is_in_order(const View& view) {
  if (view.first != 0) return false;
  const View all = View::all(view.shape);
  for (std::size_t i = 0; i < view.shape.rank(); ++i) {
    if (view.shape[i] > 1 && view.strides[i] != all.strides[i]) return false;
  }
  return true;
}

Tensor read(const Tensor& x, const View& view) {
  Tensor y = uninitialized(view.shape, x.dtype());
  if (y.size() == 0) return y;
  move_any<true>(const_cast<void*>(TensorAccess::raw(x)), TensorAccess::raw(y), size_of(x.dtype()),
                 view);
  return y;
}

void write(const Tensor& from, Tensor& to, const View& view) {
  if (from.size() == 0) return;
  move_any<false>(TensorAccess::raw(to), const_cast<void*>(TensorAccess::raw(from)),
                  size_of(to.dtype()), view);
}

Tensor repeated_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  View view = View::all(shape);
  const View own = View::all(x.shape());
  if (x.shape().rank() > shape.rank()) {
    invalid_argument("ops.broadcast_to", "shape ", x.shape(), " does not broadcast to ", shape,
                     ".");
  }
  const std::size_t added = shape.rank() - x.shape().rank();
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const bool repeats = i < added || (x.shape()[i - added] == 1 && shape[i] != 1);
    if (!repeats && x.shape()[i - added] != shape[i]) {
      invalid_argument("ops.broadcast_to", "shape ", x.shape(), " does not broadcast to ", shape,
                       ".");
    }
    view.strides[i] = repeats ? 0 : own.strides[i - added];
  }
  return read(x, view);
}

}  // namespace keratin::ops
