// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/row_gradient.h"

#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/parallel/parallel.h"

namespace keratin::table {
namespace {

TEST(SumRows, AgreesWithAMapForOneAndTwoThreads) {
  constexpr std::int64_t kCount = 20000, kWidth = 5, kRows = 4000;
  std::mt19937 engine(3);
  std::vector<std::int64_t> ids(kCount);
  std::vector<float> gradient(kCount * kWidth);
  std::map<std::int64_t, std::vector<float>> wanted;
  for (std::size_t i = 0; i < kCount; ++i) {
    ids[i] = static_cast<std::int64_t>(engine() % kRows);
    auto& row = wanted[ids[i]];
    row.resize(kWidth);
    for (std::size_t d = 0; d < kWidth; ++d) {
      gradient[i * kWidth + d] =
          static_cast<float>(engine() % 1000) / 8;  // exact sums in any order
      row[d] += gradient[i * kWidth + d];
    }
  }
  for (const int threads : {1, 2}) {
    parallel::set_num_threads(threads);
    const SparseRows sum =
        sum_rows(unique_rows(ids.data(), kCount, kRows), gradient.data(), kWidth);
    ASSERT_EQ(sum.ids.size(), wanted.size());
    std::size_t i = 0;
    for (const auto& [id, row] : wanted) {
      EXPECT_EQ(sum.ids[i], id);
      for (std::size_t d = 0; d < kWidth; ++d) {
        ASSERT_EQ(sum.values.data<float>()[i * kWidth + d], row[d]);
      }
      ++i;
    }
  }
  parallel::set_num_threads(0);
}

}  // namespace
}  // namespace keratin::table
