// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/sparse_rows.h"

#include <algorithm>
#include <iterator>

namespace keratin {

SparseRows sum_of(const SparseRows& a, const SparseRows& b, std::int64_t row_width) {
  SparseRows sum;
  sum.ids.reserve(a.ids.size() + b.ids.size());
  std::set_union(a.ids.begin(), a.ids.end(), b.ids.begin(), b.ids.end(),
                 std::back_inserter(sum.ids));
  const auto width = static_cast<std::size_t>(row_width);
  sum.values = Tensor::zeros({static_cast<std::int64_t>(sum.ids.size()), row_width});
  const auto to = sum.values.data<float>();
  for (const SparseRows* part : {&a, &b}) {
    const auto from = part->values.data<float>();
    std::size_t at = 0;
    for (std::size_t i = 0; i < part->ids.size(); ++i) {
      while (sum.ids[at] != part->ids[i]) ++at;
      for (std::size_t d = 0; d < width; ++d) to[at * width + d] += from[i * width + d];
    }
  }
  return sum;
}

}  // namespace keratin
