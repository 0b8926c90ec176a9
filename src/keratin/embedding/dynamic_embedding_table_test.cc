// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/dynamic_embedding_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "keratin/initializers/initializers.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/parallel/parallel.h"

namespace keratin::embedding {
namespace {

using Rows = std::vector<std::int64_t>;

DynamicEmbeddingTableOptions dynamic(std::int64_t max_tokens = 1000) {
  return {.output_dim = 6,
          .embeddings_initializer = initializers::RandomUniform({.seed = 7}),
          .max_tokens = max_tokens};
}

/// A table of all rows, drawn by the same initializer.
EmbeddingTable fixed(std::int64_t rows = 1000) {
  return EmbeddingTable({.input_dim = rows,
                         .output_dim = 6,
                         .embeddings_initializer = initializers::RandomUniform({.seed = 7})});
}

Rows inserted(DynamicEmbeddingTable& table, const Keys& keys) {
  Rows ids(static_cast<std::size_t>(keys.size()));
  table.insert(keys, ids);
  return ids;
}

Rows found(const DynamicEmbeddingTable& table, const Keys& keys) {
  Rows ids(static_cast<std::size_t>(keys.size()));
  table.find(keys, ids);
  return ids;
}

std::vector<float> rows_of(const EmbeddingTable& table, const Rows& ids) {
  std::vector<float> out(ids.size() * 6);
  table.lookup(ids, out);
  return out;
}

template <class Body>
std::string refused(Body&& body) {
  try {
    body();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no error";
}

TEST(DynamicEmbeddingTable, GivesRowsInTheOrderOfKeys) {
  DynamicEmbeddingTable table(dynamic());
  const Rows keys = {-5, 7, -5, std::int64_t{1} << 62, 0};
  EXPECT_EQ(found(table, keys), (Rows{0, 0, 0, 0, 0}));
  EXPECT_EQ(inserted(table, keys), (Rows{1, 2, 1, 3, 4}));
  EXPECT_EQ(found(table, Rows{0, 8, 7}), (Rows{4, 0, 2}));
  EXPECT_EQ(table.size(), 4);
  Rows times(3);
  table.times(Rows{-5, 8, 0}, times);
  EXPECT_EQ(times, (Rows{2, 0, 1}));
  EXPECT_EQ(rows_of(table.table(), {0, 1, 2, 3, 4}), rows_of(fixed(), {0, 1, 2, 3, 4}));
}

TEST(DynamicEmbeddingTable, TrainsAsATableOfFixedIds) {
  std::mt19937 random(3);
  for (const char* name : {"adam", "sgd", "adagrad", "rmsprop", "adamw"}) {
    DynamicEmbeddingTable table(dynamic());
    EmbeddingTable wanted = fixed();
    const auto optimizer = optimizers::Optimizer::get(name),
               other = optimizers::Optimizer::get(name);
    std::map<std::int64_t, std::int64_t> ids;
    for (int step = 0; step < 40; ++step) {
      Rows keys(20), fixed_ids;
      for (std::int64_t& key : keys) {
        key = static_cast<std::int64_t>(random() % static_cast<unsigned>(10 + 10 * step)) *
                  1'000'003 -
              99;
        fixed_ids.push_back(
            ids.try_emplace(key, static_cast<std::int64_t>(ids.size()) + 1).first->second);
      }
      ASSERT_EQ(inserted(table, keys), fixed_ids);
      std::vector<float> gradient(keys.size() * 6);
      for (float& x : gradient) x = static_cast<float>(random() % 100) / 50 - 1;
      table.step(keys, gradient, *optimizer);
      wanted.step(fixed_ids, gradient, *other);
      ASSERT_EQ(rows_of(table.table(), fixed_ids), rows_of(wanted, fixed_ids)) << name << step;
    }
    Rows all(ids.size());
    std::iota(all.begin(), all.end(), 1);
    EXPECT_EQ(rows_of(table.table(), all), rows_of(wanted, all)) << name;
  }
}

TEST(DynamicEmbeddingTable, ForgetsARowAndWhatTheOptimizerKeptOfIt) {
  for (const char* name : {"adam", "adagrad", "adamw"}) {
    DynamicEmbeddingTable table(dynamic()), other(dynamic());
    const auto adam = optimizers::Optimizer::get(name),
               adam_of_other = optimizers::Optimizer::get(name);
    const std::vector<float> gradient(12, 0.5F);
    inserted(table, Rows{10, 20});
    inserted(other, Rows{10, 30});
    for (int step = 0; step < 5; ++step) {
      table.step(Rows{10, 20}, gradient, *adam);
      other.step(Rows{10, 10}, gradient, *adam_of_other);  // 30 has had no gradient yet
    }
    table.forget(Rows{20, 99});
    EXPECT_EQ(table.size(), 1);
    EXPECT_EQ(found(table, Rows{20}), Rows{0});
    EXPECT_EQ(inserted(table, Rows{30}), Rows{2});  // the row is there again
    EXPECT_EQ(rows_of(table.table(), {2}), rows_of(other.table(), {2})) << name;
    table.step(Rows{30, 10}, gradient, *adam);
    other.step(Rows{30, 10}, gradient, *adam_of_other);
    EXPECT_EQ(rows_of(table.table(), {2}), rows_of(other.table(), {2})) << name;
  }
}

TEST(DynamicEmbeddingTable, AKeyGetsARowWhenItCameOften) {
  DynamicEmbeddingTableOptions options = dynamic();
  options.min_frequency = 3;
  options.num_oov_indices = 2;
  DynamicEmbeddingTable table(options);
  const Rows first = inserted(table, Rows{5, 6, 5});
  EXPECT_LT(*std::max_element(first.begin(), first.end()), 2);
  EXPECT_EQ(first[0], first[2]);
  EXPECT_EQ(inserted(table, Rows{5}), Rows{2});
  Rows times(2);
  table.times(Rows{5, 6}, times);
  EXPECT_EQ(times, (Rows{3, 1}));
  EXPECT_EQ(inserted(table, Rows{6, 6, 6})[2], 3);
  table.forget(Rows{5});
  EXPECT_LT(inserted(table, Rows{5, 5})[1], 2);
}

TEST(DynamicEmbeddingTable, ForgetsTheLeastUsedOrTheOldest) {
  for (const Eviction eviction : {Eviction::kLeastUsed, Eviction::kOldest, Eviction::kNone}) {
    DynamicEmbeddingTableOptions options = dynamic(4);
    options.eviction = eviction;
    DynamicEmbeddingTable table(options);
    inserted(table, Rows{1, 1, 1});
    inserted(table, Rows{2, 3, 3});
    const Rows rows = inserted(table, Rows{4, 3});
    if (eviction == Eviction::kNone) {
      EXPECT_EQ(rows, (Rows{0, 3}));
      continue;
    }
    EXPECT_EQ(found(table, Rows{1}), Rows{eviction == Eviction::kOldest ? 0 : 1});
    EXPECT_EQ(found(table, Rows{2}), Rows{eviction == Eviction::kOldest ? 2 : 0});
    EXPECT_EQ(rows[1], 3);
    EXPECT_EQ(table.size(), 3);
    // More keys at once than there are rows: what is in the call stays, and the rest waits.
    EXPECT_EQ(inserted(table, Rows{11, 12, 13, 14})[3], 0);
    EXPECT_EQ(table.size(), 3);
  }
  DynamicEmbeddingTable table(dynamic());
  inserted(table, Rows{1, 2, 2, 3, 3});
  table.evict(2, Eviction::kLeastUsed);
  EXPECT_EQ(found(table, Rows{1, 2, 3}), (Rows{0, 0, 3}));
  table.evict(9, Eviction::kOldest);
  EXPECT_EQ(table.size(), 0);
  EXPECT_EQ(inserted(table, Rows{8, 9}), (Rows{1, 2}));
}

TEST(DynamicEmbeddingTable, BeginsWithTheVectorsOfAnotherVocabulary) {
  DynamicEmbeddingTable table(dynamic());
  const Rows keys = {3, 4, 3};
  std::vector<float> rows(18);
  std::iota(rows.begin(), rows.end(), 1.0F);
  table.assign(keys, rows);  // none has a row
  EXPECT_EQ(rows_of(table.table(), {0}), rows_of(fixed(), {0}));
  inserted(table, keys);
  table.assign(keys, rows);
  EXPECT_EQ(rows_of(table.table(), {1, 2}),
            (std::vector<float>{13, 14, 15, 16, 17, 18, 7, 8, 9, 10, 11, 12}));
  EXPECT_NE(refused([&] { table.assign(keys, std::vector<float>(17)); }), "no error");
}

TEST(DynamicEmbeddingTable, OfStrings) {
  DynamicEmbeddingTable table(dynamic());
  const std::vector<std::string_view> keys = {"apple", "", "a longer key than eight bytes",
                                              "apple"};
  EXPECT_EQ(inserted(table, keys), (Rows{1, 2, 3, 1}));
  EXPECT_EQ(found(table, std::vector<std::string_view>{"pear", "apple"}), (Rows{0, 1}));
  table.forget(std::vector<std::string_view>{"apple"});
  EXPECT_EQ(table.state().strings, (std::vector<std::string>{"", "a longer key than eight bytes"}));
  EXPECT_EQ(refused([&] { inserted(table, Rows{1}); }),
            "[DynamicEmbeddingTable] table 'embedding': its keys are strings. Received: integers");
}

TEST(DynamicEmbeddingTable, HasTheSameRowsForOneAndForManyThreads) {
  std::vector<Rows> results;
  for (const int threads : {1, 4}) {
    parallel::set_num_threads(threads);
    std::mt19937_64 random(8);
    DynamicEmbeddingTableOptions options = dynamic(5000);
    options.eviction = Eviction::kLeastUsed;
    options.min_frequency = 2;
    DynamicEmbeddingTable table(options);
    Rows all;
    for (int call = 0; call < 20; ++call) {
      Rows keys(9000);
      for (std::int64_t& key : keys) key = static_cast<std::int64_t>(random() % 20'000);
      const Rows rows = inserted(table, keys);
      all.insert(all.end(), rows.begin(), rows.end());
    }
    results.push_back(all);
  }
  parallel::set_num_threads(0);
  EXPECT_EQ(results[0], results[1]);
}

TEST(DynamicEmbeddingTable, ACopyGoesOnAsTheOriginal) {
  DynamicEmbeddingTableOptions options = dynamic(40);
  options.eviction = Eviction::kOldest;
  options.min_frequency = 2;
  DynamicEmbeddingTable table(options), copy(options);
  optimizers::SGD sgd;
  for (std::int64_t call = 0; call < 30; ++call) {
    const Rows keys = {call, call + 1, call % 7 - 20};
    inserted(table, keys);
    table.step(keys, std::vector<float>(18, 1.0F), sgd);
  }
  table.forget(Rows{20});
  copy.set_state(table.state());
  EXPECT_EQ(copy.size(), table.size());
  for (std::int64_t call = 25; call < 60; ++call) {
    const Rows keys = {call, call + 1, call + 2};
    const Rows rows = inserted(table, keys);
    ASSERT_EQ(inserted(copy, keys), rows);
    ASSERT_EQ(rows_of(copy.table(), rows), rows_of(table.table(), rows));
  }
  EXPECT_NE(refused([&] { copy.set_state(table.state()); }), "no error");
  DynamicEmbeddingState wrong = table.state();
  wrong.rows[0] = 0;
  DynamicEmbeddingTable other(options);
  EXPECT_NE(refused([&] { other.set_state(wrong); }), "no error");
  EXPECT_EQ(other.size(), 0);
}

TEST(DynamicEmbeddingTable, AFileHasItAll) {
  const std::string path = testing::TempDir() + "dynamic_table.safetensors";
  for (const bool strings : {false, true}) {
    DynamicEmbeddingTableOptions options = dynamic(40);
    options.min_frequency = 2;
    DynamicEmbeddingTable table(options), other(options);
    optimizers::SGD sgd;
    const std::vector<std::string_view> words = {"a", "b", "", "a", "", "c", "b"};
    const Rows numbers = {1, -2, 3, 1, 3, 4, -2};
    const Keys keys = strings ? Keys(words) : Keys(numbers);
    inserted(table, keys);
    table.step(keys, std::vector<float>(42, 1.0F), sgd);
    table.forget(strings ? Keys(std::span(words).first(1)) : Keys(std::span(numbers).first(1)));
    table.save(path);
    inserted(other, Rows{7, 7, 8, 8, 9});
    other.load(path);
    EXPECT_EQ(other.size(), 2);
    EXPECT_EQ(found(other, keys), found(table, keys));
    EXPECT_EQ(rows_of(other.table(), {0, 1, 2, 3}), rows_of(table.table(), {0, 1, 2, 3}));
    EXPECT_EQ(inserted(other, keys), inserted(table, keys));
    options.output_dim = 5;
    DynamicEmbeddingTable narrow(options);
    EXPECT_NE(refused([&] { narrow.load(path); }), "no error");
  }
}

TEST(DynamicEmbeddingTable, KeysThatWaitAreBounded) {
  DynamicEmbeddingTableOptions options = dynamic();
  options.min_frequency = 3;
  options.max_waiting = 100;
  DynamicEmbeddingTable table(options);
  inserted(table, Rows{1, 2, 1, 2});
  for (std::int64_t call = 0; call < 50; ++call) {
    Rows once(37);
    std::iota(once.begin(), once.end(), 1000 + call * 37);
    inserted(table, once);
    EXPECT_LE(table.state(false).waiting.size(), 100u);
  }
  EXPECT_EQ(inserted(table, Rows{1, 2}), (Rows{1, 2}));  // they came oftener, and waited on
}

TEST(DynamicEmbeddingTable, RefusesWhatDoesNotGoTogether) {
  const auto made = [](auto change) {
    DynamicEmbeddingTableOptions options = dynamic();
    change(options);
    return refused([&] { DynamicEmbeddingTable table(options); });
  };
  EXPECT_NE(made([](auto& o) { o.num_oov_indices = 0; }), "no error");
  EXPECT_NE(made([](auto& o) { o.max_tokens = 1; }), "no error");
  EXPECT_NE(made([](auto& o) { o.min_frequency = 0; }), "no error");
  EXPECT_NE(made([](auto& o) { o.output_dim = 0; }), "no error");
  DynamicEmbeddingTable table(dynamic());
  Rows few(1);
  EXPECT_NE(refused([&] { table.insert(Rows{1, 2}, few); }), "no error");
  EXPECT_NE(refused([&] { table.evict(-1, Eviction::kOldest); }), "no error");
  EXPECT_NE(refused([&] { table.evict(1, Eviction::kNone); }), "no error");
  EXPECT_EQ(table.size(), 0);
  table.insert(Rows{}, {});
  optimizers::SGD sgd;
  EXPECT_NE(refused([&] { table.step(Rows{1}, std::vector<float>(5), sgd); }), "no error");
}

}  // namespace
}  // namespace keratin::embedding
