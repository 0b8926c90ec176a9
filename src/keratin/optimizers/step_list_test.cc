// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/step_list.h"

#include <cstddef>
#include <deque>
#include <random>

#include <gtest/gtest.h>

namespace keratin::optimizers {
namespace {

TEST(StepList, IsTheListThatAQueueIs) {
  StepList<int> list(3);
  std::deque<int> queue;
  std::mt19937 engine(1);
  for (int i = 0; i < 20'000; ++i) {
    if (!queue.empty() && engine() % 50 == 0) {
      const std::size_t count = engine() % (queue.size() + 1);
      list.drop_first(count);
      queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
    }
    if (engine() % 5000 == 0) {
      list.clear();
      queue.clear();
    }
    list.reserve_one();
    int* const record = &list.add();
    record[0] = record[2] = i;
    record[1] = -1;
    queue.push_back(i);
    ASSERT_EQ(list.size(), queue.size());
    const std::size_t at = engine() % queue.size();
    ASSERT_EQ((&list[at])[0], queue[at]);
    ASSERT_EQ((&list[at])[2], queue[at]);
    ASSERT_EQ(list.back(), i);
  }
  EXPECT_FALSE(list.empty());
}

TEST(StepList, RecordsStayWhereTheyAre) {
  StepList<int> list;
  list.reserve_one();
  list.push_back(7);
  const int* const first = &list[0];
  for (int i = 0; i < 10'000; ++i) {
    list.reserve_one();
    list.push_back(i);
  }
  EXPECT_EQ(&list[0], first);
}

}  // namespace
}  // namespace keratin::optimizers
