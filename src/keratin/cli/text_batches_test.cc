// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/text_batches.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace keratin::cli {
namespace {

using Rows = std::vector<std::int32_t>;

TokenIds some_ids() {
  TokenIds ids;
  ids.add(Rows{1, 2, 3});
  ids.add(Rows{4});
  ids.add({});
  return ids;
}

Rows values(const Tensor& tensor) {
  const auto data = tensor.data<std::int32_t>();
  return {data.begin(), data.end()};
}

TEST(TextBatches, ABatchIsAsWideAsItsLongestText) {
  const TokenIds ids = some_ids();
  EXPECT_EQ(values(padded(ids, std::vector<std::size_t>{1, 0}, {})), (Rows{0, 0, 4, 1, 2, 3}));
  EXPECT_EQ(values(padded(ids, std::vector<std::size_t>{1, 0}, {.padding = "post"})),
            (Rows{4, 0, 0, 1, 2, 3}));
  EXPECT_EQ(values(padded(ids, std::vector<std::size_t>{0, 1}, {.maxlen = 2})), (Rows{2, 3, 0, 4}));
  EXPECT_EQ(values(padded(ids, std::vector<std::size_t>{0}, {.maxlen = 2, .truncating = "post"})),
            (Rows{1, 2}));
  EXPECT_EQ(padded(ids, std::vector<std::size_t>{2}, {}).shape(), (Shape{1, 1}));
  EXPECT_EQ(padded(ids, std::vector<std::size_t>{0}, {.maxlen = 9}).shape(), (Shape{1, 3}));
}

TEST(TextBatches, APassHasEveryTextOnceWithItsLabel) {
  const auto texts = std::make_shared<TextBatches::Texts>();
  for (std::int32_t i = 0; i < 10; ++i) {
    texts->ids.add(Rows{i + 1});
    texts->labels.push_back(10 * (i + 1));
  }
  TextBatches batches(texts, 2, 10, {.batch_size = 3, .seed = 7});
  EXPECT_EQ(batches.num_batches(), 3);
  std::vector<Rows> passes;
  for (int pass = 0; pass < 2; ++pass) {
    ASSERT_TRUE(batches.begin_pass());
    std::vector<std::int64_t> sizes;
    Rows seen;
    for (trainers::Batch batch; batches.next(batch);) {
      sizes.push_back(batch.x[0].shape()[0]);
      const Rows x = values(batch.x), y = values(batch.y);
      for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], 10 * x[i]);
      seen.insert(seen.end(), x.begin(), x.end());
    }
    EXPECT_EQ(sizes, (std::vector<std::int64_t>{3, 3, 2}));
    passes.push_back(seen);
    std::ranges::sort(seen);
    EXPECT_EQ(seen, (Rows{3, 4, 5, 6, 7, 8, 9, 10}));
  }
  EXPECT_NE(passes[0], passes[1]);
  EXPECT_FALSE(std::ranges::is_sorted(passes[0]));
}

TEST(TextBatches, TextsOfLikeLengthsComeTogether) {
  const auto texts = std::make_shared<TextBatches::Texts>();
  std::int64_t tokens = 0;
  for (std::int32_t i = 0; i < 1001; ++i) {
    texts->ids.add(Rows(static_cast<std::size_t>(1 + (i * 37) % 50), i + 1));
    texts->labels.push_back(i + 1);
    tokens += 1 + (i * 37) % 50;
  }
  TextBatches batches(texts, 0, 1001, {.batch_size = 10, .seed = 7, .by_length = true});
  std::vector<Rows> passes;
  for (int pass = 0; pass < 2; ++pass) {
    ASSERT_TRUE(batches.begin_pass());
    Rows seen, widths;
    std::int64_t places = 0, given = 0;
    for (trainers::Batch batch; batches.next(batch); ++given) {
      places += batch.x[0].size();
      widths.push_back(static_cast<std::int32_t>(batch.x[0].shape()[1]));
      for (const std::int32_t label : values(batch.y)) seen.push_back(label);
      EXPECT_EQ(batch.x[0].shape()[0], given < 100 ? 10 : 1);  // the short batch is the last
    }
    EXPECT_LT(places, tokens + tokens / 20);
    EXPECT_FALSE(std::ranges::is_sorted(widths));
    passes.push_back(seen);
    std::ranges::sort(seen);
    Rows all(1001);
    std::iota(all.begin(), all.end(), 1);
    EXPECT_EQ(seen, all);
  }
  EXPECT_NE(passes[0], passes[1]);
}

}  // namespace
}  // namespace keratin::cli
