// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/embedding_table.h"

#include <algorithm>
#include <span>

#include "keratin/kernels/rows.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

constexpr std::int64_t kFloatsPerTask = 1 << 16;

Shape vectors_shape(const Shape& ids, std::int64_t width) {
  Shape shape = ids;
  shape.push_back(width);
  return shape;
}

}  // namespace

Tensor lookup(const RowStorage& rows, const Tensor& ids) {
  Tensor out = uninitialized(vectors_shape(ids.shape(), rows.width()));
  float* to = out.data<float>().data();
  if (ids.dtype() == DType::kInt32) {
    rows.read(ids.data<std::int32_t>().data(), ids.size(), to);
  } else {
    rows.read(ids.data<std::int64_t>().data(), ids.size(), to);
  }
  return out;
}

TrainingLookup::TrainingLookup(const RowStorage& rows, const Tensor& ids) {
  const Tensor wide = cast(ids, DType::kInt64);
  unique_ = unique_rows(wide.data<std::int64_t>().data(), ids.size(), rows.rows());
  const auto count = static_cast<std::int64_t>(unique_.ids.size());
  rows_ = uninitialized({count, rows.width()});
  rows.read(unique_.ids.data(), count, rows_.data<float>().data());
}

Tensor TrainingLookup::vectors(const Shape& ids_shape) const {
  const std::int64_t width = rows_.shape()[1];
  Tensor out = uninitialized(vectors_shape(ids_shape, width));
  float* to = out.data<float>().data();
  const float* from = std::as_const(rows_).data<float>().data();
  parallel::for_chunks(static_cast<std::int64_t>(unique_.inverse.size()),
                       std::max<std::int64_t>(1, kFloatsPerTask / width),
                       [&](std::int64_t begin, std::int64_t end) {
                         kernels::gather_rows(kernels::Rows{from, Precision::kFloat32, width},
                                              unique_.inverse.data() + begin, end - begin,
                                              to + begin * width, false);
                       });
  return out;
}

SparseRows TrainingLookup::gradient(const Tensor& gradient) const {
  return sum_rows(unique_, gradient.data<float>().data(), rows_.shape()[1]);
}

}  // namespace keratin::table
