// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "keratin/base/shape.h"
#include "keratin/ops/strided.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor.h"

/// Many numbers to one, along any axes. Not installed.
namespace keratin::ops {

/// The elements of a tensor with the axes that are reduced behind one another: as (outer, n,
/// inner), of which n goes. Shares the memory where they lie so already.
struct Grouped {
  Grouped(const Tensor& x, const std::vector<bool>& reduced);
  /// What was computed for each element of (outer, n, inner), in the shape of `x`.
  Tensor back(const Tensor& computed) const;

  Tensor elements;
  std::int64_t outer = 1;
  std::int64_t n = 1;
  std::int64_t inner = 1;

 private:
  Shape shape_;                      // of x
  std::vector<std::int64_t> order_;  // axes of x where they were moved, else none
};

/// The shape with axes of size 1 in place of the reduced ones, or without them.
Shape reduced_shape(const Shape& shape, const std::vector<bool>& reduced, bool keepdims);
/// Which of `rank` axes are in the list.
std::vector<bool> marked(const std::vector<std::int64_t>& axes, std::size_t rank);

/// y[o][i] = f over the n elements x[o][.][i], starting from f.start(), in the type that start()
/// has: f takes and gives that. The order depends on the sizes alone: equal bits for any number of
/// threads.
template <class T, class F>
void fold(const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, T* y, F f);

/// Sums of float32 are sums of double, rounded once.
struct Plus {
  static double start() { return 0; }
  double operator()(double a, double b) const { return a + b; }
};

/// The way back of read(), for float32: to each element of a tensor of `shape` the sum of the
/// slopes of the places that read it, and 0 to those that nobody read.
Tensor read_back(const Tensor& slope, const View& view, const Shape& shape);

/// The sum over these axes, which stay as 1. float32.
Tensor summed_over(const Tensor& x, const std::vector<bool>& reduced);

// -- fold -----------------------------------------------------------------------------------------

namespace detail {

constexpr std::int64_t kLanes = 16;
constexpr std::int64_t kTile = 1024;   // columns that are folded together
constexpr std::int64_t kBlock = 8192;  // elements of a block, about
constexpr std::int64_t kWork = std::int64_t{1} << 15;

template <class A, class T, class F>
A fold_line(const T* x, std::int64_t n, F f) {
  A lanes[kLanes];
  for (A& lane : lanes) lane = F::start();
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] = f(lanes[l], static_cast<A>(x[i + l]));
  }
  for (std::int64_t l = 0; i < n; ++i, ++l) lanes[l] = f(lanes[l], static_cast<A>(x[i]));
  for (std::int64_t width = kLanes / 2; width > 0; width /= 2) {
    for (std::int64_t l = 0; l < width; ++l) lanes[l] = f(lanes[l], lanes[l + width]);
  }
  return lanes[0];
}

/// Columns [0, columns) of n rows that are `inner` apart.
template <class A, class T, class F>
void fold_columns(const T* x, std::int64_t n, std::int64_t inner, std::int64_t columns, A* y, F f) {
  for (std::int64_t j = 0; j < columns; ++j) y[j] = F::start();
  for (std::int64_t i = 0; i < n; ++i) {
    const T* row = x + i * inner;
    for (std::int64_t j = 0; j < columns; ++j) y[j] = f(y[j], static_cast<A>(row[j]));
  }
}

template <class Out, class T, class F>
void fold_blocks(const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, Out* y, F f) {
  using A = decltype(F::start());
  const std::int64_t block = std::clamp<std::int64_t>(kBlock / inner, 64, kBlock);
  const std::int64_t parts = n <= 2 * block ? 1 : (n - 1) / block + 1;
  const std::int64_t tiles = (inner - 1) / kTile + 1;
  const auto blocks = [&](auto* out) {
    const std::int64_t size =
        std::max<std::int64_t>(1, std::min(n, 2 * block)) * std::min(inner, kTile);
    parallel::for_chunks(outer * parts * tiles, std::max<std::int64_t>(1, kWork / size),
                         [&](std::int64_t begin, std::int64_t end) {
                           A sums[kTile];
                           for (std::int64_t unit = begin; unit < end; ++unit) {
                             const std::int64_t tile = unit % tiles * kTile;
                             const std::int64_t line = unit / tiles;
                             const std::int64_t first = parts == 1 ? 0 : line % parts * block;
                             const std::int64_t count = parts == 1 ? n : std::min(block, n - first);
                             const std::int64_t columns = std::min(kTile, inner - tile);
                             const T* from = x + (line / parts * n + first) * inner + tile;
                             if (inner == 1) {
                               sums[0] = fold_line<A>(from, count, f);
                             } else {
                               fold_columns(from, count, inner, columns, sums, f);
                             }
                             auto* to = out + line * inner + tile;
                             for (std::int64_t j = 0; j < columns; ++j)
                               to[j] = static_cast<std::remove_reference_t<decltype(*to)>>(sums[j]);
                           }
                         });
  };
  if (parts == 1) return blocks(y);
  std::vector<A> partial(static_cast<std::size_t>(outer * parts * inner));
  blocks(partial.data());
  fold_blocks<Out, A>(partial.data(), outer, parts, inner, y, f);
}

}  // namespace detail

template <class T, class F>
void fold(const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, T* y, F f) {
  if (outer > 0 && inner > 0) detail::fold_blocks<T, T>(x, outer, n, inner, y, f);
}

}  // namespace keratin::ops
