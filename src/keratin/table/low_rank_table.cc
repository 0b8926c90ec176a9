// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/low_rank_table.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "keratin/parallel/parallel.h"
#include "keratin/table/unique_rows.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {

template <class Id>
void LowRankTable::read_any(const Id* ids, std::int64_t count, float* out) const {
  const std::int64_t n = width();
  const std::int64_t rank = left_->width();
  table_->read(ids, count, out);
  UnsetVector<float> left(static_cast<std::size_t>(count * rank));
  left_->read(ids, count, left.data());
  const float* const right = std::as_const(right_).data<float>().data();
  parallel::for_chunks(count, std::max<std::int64_t>(1, (1 << 16) / (n * rank)),
                       [&](std::int64_t begin, std::int64_t end) {
                         std::vector<float> sum(static_cast<std::size_t>(n));
                         for (std::int64_t i = begin; i < end; ++i) {
                           std::fill(sum.begin(), sum.end(), 0.0F);
                           for (std::int64_t k = 0; k < rank; ++k) {
                             const float a = left[static_cast<std::size_t>(i * rank + k)];
                             for (std::int64_t d = 0; d < n; ++d)
                               sum[static_cast<std::size_t>(d)] += a * right[k * n + d];
                           }
                           for (std::int64_t d = 0; d < n; ++d)
                             out[i * n + d] += scale_ * sum[static_cast<std::size_t>(d)];
                         }
                       });
}

template <class Id>
void LowRankTable::reduce_any(kernels::Reduction reduction, const Id* ids,
                              const std::int64_t* first, std::int64_t bags, float* out,
                              const float* weights) const {
  const std::int64_t count = first[bags] - first[0];
  UnsetVector<float> floats(static_cast<std::size_t>(count * width()));
  read_any(ids + first[0], count, floats.data());
  std::vector<std::int64_t> order(static_cast<std::size_t>(first[bags]));
  std::iota(order.begin() + static_cast<std::ptrdiff_t>(first[0]), order.end(), 0);
  const kernels::Rows from{floats.data(), Precision::kFloat32, width()};
  if (weights != nullptr)
    return kernels::sum_weighted_rows(from, order.data(), weights, first, bags, out);
  kernels::reduce_rows(reduction, from, order.data(), first, bags, out);
}

void LowRankTable::read(const std::int32_t* ids, std::int64_t count, float* out) const {
  read_any(ids, count, out);
}
void LowRankTable::read(const std::int64_t* ids, std::int64_t count, float* out) const {
  read_any(ids, count, out);
}
void LowRankTable::reduce(kernels::Reduction reduction, const std::int32_t* ids,
                          const std::int64_t* first, std::int64_t bags, float* out,
                          const float* weights) const {
  reduce_any(reduction, ids, first, bags, out, weights);
}
void LowRankTable::reduce(kernels::Reduction reduction, const std::int64_t* ids,
                          const std::int64_t* first, std::int64_t bags, float* out,
                          const float* weights) const {
  reduce_any(reduction, ids, first, bags, out, weights);
}

}  // namespace keratin::table
