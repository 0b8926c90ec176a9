// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/embedding_table.h"

#include <algorithm>
#include <span>

#include "keratin/kernels/gather.h"
#include "keratin/parallel/parallel.h"
#include "keratin/table/row_gradient.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

constexpr std::int64_t kFloatsPerTask = 1 << 16;

template <class Id>
void gather(const float* table, std::int64_t width, std::span<const Id> ids, float* out) {
  const std::int64_t chunk = std::max<std::int64_t>(1, kFloatsPerTask / width);
  parallel::for_chunks(
      static_cast<std::int64_t>(ids.size()), chunk, [&](std::int64_t begin, std::int64_t end) {
        kernels::gather_rows(table, width, ids.data() + begin, end - begin, out + begin * width);
      });
}

}  // namespace

Tensor EmbeddingTable::lookup(const Tensor& ids) const {
  Shape shape = ids.shape();
  shape.push_back(width());
  Tensor out = uninitialized(shape);
  const float* table = weight_.value().data<float>().data();
  if (ids.dtype() == DType::kInt32) {
    gather(table, width(), ids.data<std::int32_t>(), out.data<float>().data());
  } else {
    gather(table, width(), ids.data<std::int64_t>(), out.data<float>().data());
  }
  return out;
}

SparseRows EmbeddingTable::gradient(const Tensor& ids, const Tensor& gradient) const {
  const Tensor wide = cast(ids, DType::kInt64);
  const auto values = wide.data<std::int64_t>();
  return sum_rows(unique_rows(values.data(), static_cast<std::int64_t>(values.size()), rows()),
                  gradient.data<float>().data(), width());
}

}  // namespace keratin::table
