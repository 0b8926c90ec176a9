// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/data_adapter.h"

#include <algorithm>
#include <stdexcept>

#include <gtest/gtest.h>

namespace keratin::trainers {
namespace {

Tensor count(std::int64_t n) {
  std::vector<std::int32_t> values;
  for (std::int32_t i = 0; i < n; ++i) values.push_back(i);
  return Tensor::from(values, {n});
}

std::vector<std::int32_t> ints(const Tensor& tensor) {
  const auto data = tensor.data<std::int32_t>();
  return {data.begin(), data.end()};
}

TEST(DataAdapter, GivesSlicesInOrderAndAShortRest) {
  const Tensor x = count(7);
  const DataAdapter data("fit", {x, count(7), {}}, 3);
  EXPECT_EQ(data.num_batches(), 3);
  EXPECT_EQ(ints(data.batch(1).x), (std::vector<std::int32_t>{3, 4, 5}));
  EXPECT_EQ(ints(data.batch(2).y), (std::vector<std::int32_t>{6}));
  EXPECT_FALSE(data.batch(0).sample_weight);
  EXPECT_EQ(data.batch(1).x[0].data<std::int32_t>().data(),
            x.data<std::int32_t>().data() + 3);  // no copy
}

TEST(DataAdapter, ShufflesTheArraysAlikeAndEverySampleOnce) {
  DataAdapter data("fit", {count(10), count(10), {}}, 4);
  data.shuffle(3);
  std::vector<std::int32_t> seen;
  for (int i = 0; i < 3; ++i) {
    const Batch batch = data.batch(i);
    EXPECT_EQ(ints(batch.x), ints(batch.y));
    for (const std::int32_t value : ints(batch.x)) seen.push_back(value);
  }
  DataAdapter again("fit", {count(10), count(10), {}}, 10);
  again.shuffle(3);
  EXPECT_EQ(ints(again.batch(0).x), seen);
  again.shuffle(4);
  EXPECT_NE(ints(again.batch(0).x), seen);
  EXPECT_FALSE(std::is_sorted(seen.begin(), seen.end()));
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, ints(count(10)));
}

TEST(DataAdapter, CastsWeights) {
  const DataAdapter data("fit", {count(2), {}, Tensor::from<std::int64_t>({3, 4})}, 2);
  EXPECT_EQ(data.batch(0).sample_weight[0].data<float>()[1], 4.0f);
}

std::vector<std::vector<std::int32_t>> epochs_of(std::int64_t samples,
                                                 std::optional<std::int64_t> steps, int epochs,
                                                 std::vector<bool>& short_ones) {
  EpochIterator batches(
      "fit", std::make_shared<ArraySource>(DataAdapter("fit", {count(samples), {}, {}}, 1)), steps);
  std::vector<std::vector<std::int32_t>> out;
  for (int i = 0; i < epochs; ++i) {
    out.emplace_back();
    Batch batch;
    batches.begin_epoch();
    while (batches.next(batch)) out.back().push_back(ints(batch.x)[0]);
    short_ones.push_back(batches.ran_out());
  }
  return out;
}

// The expected batches are those of Keras's EpochIterator, read off its source and run by hand;
// tests/golden/trainers.json holds whole fits with steps_per_epoch.
TEST(EpochIterator, StepsGoOnAcrossEpochs) {
  using Epochs = std::vector<std::vector<std::int32_t>>;
  std::vector<bool> ran_out;
  EXPECT_EQ(epochs_of(3, std::nullopt, 2, ran_out), (Epochs{{0, 1, 2}, {0, 1, 2}}));
  EXPECT_EQ(epochs_of(5, 2, 4, ran_out), (Epochs{{0, 1}, {2, 3}, {4}, {0, 1}}));
  EXPECT_EQ(epochs_of(4, 2, 3, ran_out), (Epochs{{0, 1}, {2, 3}, {0, 1}}));
  EXPECT_EQ(epochs_of(2, 5, 2, ran_out), (Epochs{{0, 1}, {0, 1}}));
  EXPECT_EQ(ran_out, (std::vector<bool>{false, false, false, false, true, false, false, false,
                                        false, true, true}));
}

TEST(EpochIterator, EachPassHasItsOwnOrder) {
  const auto source = std::make_shared<ArraySource>(DataAdapter("fit", {count(50), {}, {}}, 50));
  source->shuffle_passes(9);
  EpochIterator batches("fit", source, std::nullopt);
  Batch first;
  Batch second;
  batches.begin_epoch();
  ASSERT_TRUE(batches.next(first));
  batches.begin_epoch();
  ASSERT_TRUE(batches.next(second));
  EXPECT_NE(ints(first.x), ints(second.x));
}

/// Passes of `length` batches that do not say how many they are; `passes` of them.
class Countdown final : public BatchSource {
 public:
  Countdown(std::int64_t length, int passes) : length_(length), passes_(passes) {}
  bool begin_pass() override {
    given_ = 0;
    return passes_-- > 0;
  }
  bool next(Batch& batch) override {
    if (given_ == length_) return false;
    batch.x = Tensor::from<std::int32_t>({static_cast<std::int32_t>(given_++)});
    return true;
  }

 private:
  std::int64_t length_, given_ = 0;
  int passes_;
};

TEST(EpochIterator, TakesSourcesThatCannotCountThemselves) {
  const auto epochs = [](std::int64_t length, int passes, std::optional<std::int64_t> steps) {
    EpochIterator batches("fit", std::make_shared<Countdown>(length, passes), steps);
    EXPECT_EQ(batches.num_batches(), steps);
    std::vector<std::vector<std::int32_t>> out;
    for (int i = 0; i < 3 && batches.begin_epoch(); ++i) {
      out.emplace_back();
      for (Batch batch; batches.next(batch);) out.back().push_back(ints(batch.x)[0]);
    }
    return out;
  };
  using Epochs = std::vector<std::vector<std::int32_t>>;
  EXPECT_EQ(epochs(2, 3, std::nullopt), (Epochs{{0, 1}, {0, 1}, {0, 1}}));
  EXPECT_EQ(epochs(2, 1, std::nullopt), (Epochs{{0, 1}}));  // used up
  EXPECT_EQ(epochs(4, 2, 2), (Epochs{{0, 1}, {2, 3}, {0, 1}}));
  EXPECT_EQ(epochs(3, 1, 2), (Epochs{{0, 1}, {2}}));
}

TEST(DataAdapter, CopiesWhatOthersMayWriteTo) {
  std::vector<std::int32_t> memory = {1, 2, 3};
  const DataAdapter data("fit", {Tensor::view(std::span(memory), {3}), {}, {}}, 2);
  const Tensor batch = data.batch(0).x;
  memory[0] = 9;
  EXPECT_EQ(ints(batch), (std::vector<std::int32_t>{1, 2}));
}

TEST(TrainValidationSplit, RoundsAsKeras) {
  const auto kept = [](std::int64_t n, double fraction) {
    const SplitArrays split = train_validation_split("fit", {count(n), {}, {}}, fraction);
    EXPECT_EQ(split.validation.x[0].data<std::int32_t>()[0], split.train.x[0].shape()[0]);
    return split.train.x[0].shape()[0];
  };
  EXPECT_EQ(kept(10, 0.3), 7);
  EXPECT_EQ(kept(10, 0.25), 7);
  EXPECT_EQ(kept(10, 0.1), 9);
  EXPECT_EQ(kept(3, 0.5), 1);
  EXPECT_EQ(kept(10, 0.2), 8);
  EXPECT_THROW(kept(1, 0.5), std::invalid_argument);
  EXPECT_THROW(kept(10, 0.0), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::trainers
