// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "keratin/initializers/initializers.h"
#include "keratin/parallel/parallel.h"
#include "keratin/table/key_rows.h"

namespace keratin::table {
namespace {

using Rows = std::vector<std::int64_t>;

std::unique_ptr<KeyRows> key_rows(const KeyRowsOptions& options, std::int64_t rows) {
  return std::make_unique<KeyRows>(
      "Test", "t", options,
      std::make_shared<RowStorage>(Shape{rows, 2}, std::make_shared<initializers::Zeros>(),
                                   RowStorageOptions{.grows = true}));
}

/// One key after another, as the documentation says it.
struct OneByOne {
  std::int64_t min_frequency, rows, next = 1;
  std::map<std::int64_t, std::int64_t> times = {}, row = {};

  std::int64_t insert(std::int64_t key) {
    if (!times.contains(key) && next == rows) return 0;  // it will never have one
    if (++times[key] >= min_frequency && !row.contains(key) && next < rows) row[key] = next++;
    return row.contains(key) ? row[key] : 0;
  }
};

// From a few keys that a thread looks through to many that are shared out; some come often in a
// call, and the rows end.
TEST(KeyInsertion, IsThatOfOneKeyAfterAnother) {
  for (const int threads : {1, 3}) {
    parallel::set_num_threads(threads);
    for (const std::int64_t min_frequency : {1, 3}) {
      for (const bool strings : {false, true}) {
        std::mt19937_64 random(5);
        OneByOne wanted{min_frequency, 30'000};
        const auto rows = key_rows({.min_frequency = min_frequency}, wanted.rows);
        for (const std::size_t count : {10u, 3000u, 40'000u, 9000u, 60'000u, 500u, 20'000u}) {
          Rows keys(count), ids(count), expected(count);
          std::vector<std::string> text(count);
          for (std::size_t i = 0; i < count; ++i) {
            keys[i] = static_cast<std::int64_t>(random() % 40'000) * (1 << 20);
            expected[i] = wanted.insert(keys[i]);
            text[i] = std::to_string(keys[i]);
          }
          const std::vector<std::string_view> views(text.begin(), text.end());
          rows->insert(strings ? Keys(views) : Keys(keys), ids);
          ASSERT_EQ(ids, expected) << threads << ' ' << min_frequency << ' ' << count;
          rows->times(strings ? Keys(views) : Keys(keys), ids);
          for (std::size_t i = 0; i < count; ++i)
            ASSERT_EQ(ids[i], wanted.times.contains(keys[i]) ? wanted.times.at(keys[i]) : 0);
        }
        EXPECT_EQ(rows->size(), std::ssize(wanted.row));
      }
    }
  }
  parallel::set_num_threads(0);
}

// Two steps at once: what the second to be true was told may no longer hold.
TEST(KeyInsertion, OfTwoAtOnceTheFirstThatIsTrueHasTheRows) {
  for (const std::int64_t count : {3, 40'000}) {
    const auto rows = key_rows({}, 100'000);
    Rows some(static_cast<std::size_t>(count)), others(some), ids(some);
    for (std::int64_t i = 0; i < count; ++i) {
      some[static_cast<std::size_t>(i)] = 7 * i;
      others[static_cast<std::size_t>(i)] = -7 * i;  // 0 is of both
    }
    {
      KeyRows::Insertion first(*rows), second(*rows);
      first.add(some, ids);
      second.add(others, ids);
      second.commit();
      first.commit();
    }
    EXPECT_EQ(rows->size(), count);
    Rows times(ids);
    rows->find(others, ids);
    for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(ids[static_cast<std::size_t>(i)], i + 1);
    rows->times(some, times);
    EXPECT_EQ(times, Rows(times.size(), 1));  // they came, and wait
    rows->insert(some, ids);
    for (std::int64_t i = 1; i < count; ++i) ASSERT_EQ(ids[static_cast<std::size_t>(i)], count + i);
  }
}

}  // namespace
}  // namespace keratin::table
