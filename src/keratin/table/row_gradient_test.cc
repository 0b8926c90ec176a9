// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/row_gradient.h"

#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/parallel/parallel.h"

namespace keratin::table {
namespace {

TEST(UniqueRows, GroupsPositionsById) {
  const std::vector<std::int64_t> ids = {7, 2, 7, 0, 2, 7};
  const UniqueRows unique = unique_rows(ids.data(), 6, 8);
  EXPECT_EQ(unique.ids, (std::vector<std::int64_t>{0, 2, 7}));
  EXPECT_EQ(unique.first, (std::vector<std::int64_t>{0, 1, 3, 6}));
  EXPECT_EQ(unique.positions, (std::vector<std::int64_t>{3, 1, 4, 0, 2, 5}));
}

TEST(UniqueRows, TakesNoIdsAndTablesOfAnySize) {
  EXPECT_TRUE(unique_rows(nullptr, 0, 5).ids.empty());
  const std::int64_t huge = std::int64_t{1} << 40;
  const std::vector<std::int64_t> ids = {huge - 1, 0, 3'000'000'000, huge - 1};
  EXPECT_EQ(unique_rows(ids.data(), 4, huge).ids,
            (std::vector<std::int64_t>{0, 3'000'000'000, huge - 1}));
  const std::vector<std::int64_t> zeros = {0, 0};
  EXPECT_EQ(unique_rows(zeros.data(), 2, 1).first, (std::vector<std::int64_t>{0, 2}));
}

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
