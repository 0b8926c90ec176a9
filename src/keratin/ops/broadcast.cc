// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/broadcast.h"

#include <algorithm>
#include <vector>

#include "keratin/ops/define.h"

namespace keratin::ops {

Shape broadcast_shapes(const Operation& op, const Shape& a, const Shape& b) {
  if (a == b) return a;
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  const std::size_t more = longer.rank() - shorter.rank();
  Shape result = longer;
  for (std::size_t axis = 0; axis < shorter.rank(); ++axis) {
    std::int64_t& dim = result[more + axis];
    const std::int64_t other = shorter[axis];
    if (dim == other || other == 1 || (other == kNone && dim != 1)) continue;
    if (dim != 1 && dim != kNone)
      refuse(op, "shapes ", a, " and ", b, " do not broadcast together.");
    dim = other;
  }
  return result;
}

namespace broadcast_detail {

void merge_axes(const Shape& result, const Shape* const* shapes, std::size_t count, Shape& dims,
                Shape* strides) {
  // From the last axis to the first; what is collected is turned round at the end.
  std::array<std::int64_t, 3> next = {1, 1, 1};  // stride of the next axis, were it not repeated
  std::array<std::int64_t, 3> stride{};
  for (std::size_t back = 1; back <= result.rank(); ++back) {
    const std::int64_t size = result[result.rank() - back];
    if (size == 1) continue;
    bool goes_on = dims.rank() > 0;
    for (std::size_t k = 0; k < count; ++k) {
      const Shape& shape = *shapes[k];
      const bool repeated = back > shape.rank() || shape[shape.rank() - back] == 1;
      stride[k] = repeated ? 0 : next[k];
      if (!repeated) next[k] *= size;
      if (goes_on) {
        const std::int64_t inner = strides[k][dims.rank() - 1];
        goes_on = stride[k] == inner * dims[dims.rank() - 1];
      }
    }
    if (goes_on) {
      dims[dims.rank() - 1] *= size;
      continue;
    }
    dims.push_back(size);
    for (std::size_t k = 0; k < count; ++k) strides[k].push_back(stride[k]);
  }
  if (dims.rank() == 0) {
    dims.push_back(1);
    for (std::size_t k = 0; k < count; ++k) strides[k].push_back(1);
  }
  const auto turn = [](Shape& shape) {
    for (std::size_t i = 0; i < shape.rank() / 2; ++i)
      std::swap(shape[i], shape[shape.rank() - 1 - i]);
  };
  turn(dims);
  for (std::size_t k = 0; k < count; ++k) turn(strides[k]);
}

}  // namespace broadcast_detail

namespace {

/// Adds elements [begin, end) of `slope` to the sums they belong to.
void add_range(const Broadcast<1>& plan, const float* slope, std::int64_t begin, std::int64_t end,
               double* sums) {
  const std::int64_t n = plan.dims.back();
  const Shape& strides = plan.strides[0];
  const bool kept = strides.back() != 0;
  while (begin < end) {
    const std::int64_t first = begin % n;
    const std::int64_t count = std::min(n - first, end - begin);
    double* to = sums + broadcast_detail::offset_of(plan.dims, strides, begin / n);
    const float* from = slope + begin;
    if (kept) {
      to += first;
      for (std::int64_t i = 0; i < count; ++i) to[i] += static_cast<double>(from[i]);
    } else {
      double sum = 0;
      for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(from[i]);
      *to += sum;
    }
    begin += count;
  }
}

}  // namespace

Tensor sum_to(const Tensor& slope, const Shape& shape) {
  if (slope.shape() == shape) return slope;
  if (slope.size() == shape.size()) return slope.reshaped(shape);
  Tensor result = uninitialized(shape);
  const std::int64_t size = shape.size();
  const Broadcast<1> plan = broadcast(slope.shape(), shape);
  // Chunks that are large beside the sums, so that these cost little to keep a chunk.
  const std::int64_t chunk = std::max(kChunk, 4 * size);
  const std::int64_t chunks = slope.size() == 0 ? 0 : (slope.size() - 1) / chunk + 1;
  std::vector<double> sums(static_cast<std::size_t>(std::max<std::int64_t>(1, chunks) * size));
  parallel::for_chunks(slope.size(), chunk, [&](std::int64_t begin, std::int64_t end) {
    add_range(plan, slope.data<float>().data(), begin, end, sums.data() + begin / chunk * size);
  });
  float* out = result.data<float>().data();
  for (std::int64_t i = 0; i < size; ++i) {
    double sum = sums[static_cast<std::size_t>(i)];
    for (std::int64_t c = 1; c < chunks; ++c) sum += sums[static_cast<std::size_t>(c * size + i)];
    out[i] = static_cast<float>(sum);
  }
  return result;
}

}  // namespace keratin::ops
