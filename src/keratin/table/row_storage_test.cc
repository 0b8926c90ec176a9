// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/row_storage.h"

#include <atomic>
#include <cmath>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>
#include <span>
#include <thread>

#include "support/sanitized.h"
#include <gtest/gtest.h>
#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/initializers/initializers.h"
#include "keratin/parallel/parallel.h"

namespace keratin::table {
namespace {

/// Each missed step adds 1 to the weights and doubles the slot: exact in float.
class CountingSteps : public DeferredSteps {
 public:
  std::int64_t now() const override { return now_; }
  void prefetch(std::int64_t) const override {}
  void add() { ++now_; }
  void catch_up_weights(std::span<const RowBehind> rows, std::size_t n) const override {
    for (const RowBehind& row : rows) {
      for (std::size_t i = 0; i < n; ++i) row.w[i] += static_cast<float>(now_ - row.since);
    }
  }
  bool catch_up_slots(std::span<const RowBehind> rows, std::size_t n) const override {
    for (const RowBehind& row : rows) {
      for (std::size_t i = 0; i < n; ++i)
        row.slots[0][i] *= std::ldexp(1.0f, static_cast<int>(now_ - row.since));
    }
    return true;
  }
  void catch_up(std::span<const RowBehind> rows, std::size_t n) const override {
    catch_up_weights(rows, n);
    catch_up_slots(rows, n);
  }

 protected:
  std::int64_t now_ = 0;
};

/// Steps that are dear up to every tenth, where a row rests.
class DearSteps final : public CountingSteps {
 public:
  std::int64_t dear_after() const override { return 1; }
  Advanced advance(float* w, float* const* slots, std::size_t n,
                   std::int64_t since) const override {
    ++calls;
    const std::int64_t end = std::min(now_, (since / 10 + 1) * 10);
    for (std::size_t i = 0; i < n; ++i) {
      w[i] += static_cast<float>(end - since);
      slots[0][i] *= std::ldexp(1.0f, static_cast<int>(end - since));
    }
    return {end, end < now_};
  }
  mutable std::atomic<int> calls = 0;
};

std::vector<float> row(const RowStorage& rows, std::int64_t id) {
  std::vector<float> out(static_cast<std::size_t>(rows.width()));
  rows.read(&id, 1, out.data());
  return out;
}

std::shared_ptr<const initializers::Initializer> uniform() {
  return std::make_shared<initializers::RandomUniform>(
      initializers::RandomUniformOptions{.seed = 3});
}

/// One step that multiplies the weights of the rows `ids` by ten.
void step(RowStorage& rows, CountingSteps& steps, const std::vector<std::int64_t>& ids) {
  rows.update(rows.places(ids), nullptr, [&](std::int64_t, std::span<const VisitedRow> visited) {
    for (const VisitedRow& row : visited) {
      for (std::int64_t d = 0; d < rows.width(); ++d) row.w[d] *= 10;
    }
  });
  steps.add();
}

class BothKinds : public ::testing::TestWithParam<bool> {
 protected:
  const Shape shape{9, 3};
  std::shared_ptr<RowStorage> make() const {
    return GetParam() ? std::make_shared<RowStorage>(shape, uniform())
                      : std::make_shared<RowStorage>((*uniform())(shape));
  }
};
INSTANTIATE_TEST_SUITE_P(RowStorage, BothKinds, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "OnDemand" : "Dense"; });

TEST_P(BothKinds, ReadersSeeEveryRowAsItIsNow) {
  const auto rows = make();
  const Tensor first = (*uniform())(shape);
  const auto at = [&](std::int64_t id, std::int64_t d) {
    return std::as_const(first).data<float>()[static_cast<std::size_t>(id * 3 + d)];
  };
  const auto steps = std::make_shared<CountingSteps>();
  const auto slots = std::make_shared<RowSlots>(3, std::vector<float>{1.0f}, steps);
  rows->attach(slots);
  EXPECT_EQ(row(*rows, 4)[1], at(4, 1));
  step(*rows, *steps, {2, 4});
  step(*rows, *steps, {4});
  EXPECT_EQ(row(*rows, 4)[1], at(4, 1) * 10 * 10);
  EXPECT_EQ(row(*rows, 2)[0], at(2, 0) * 10 + 1);
  EXPECT_EQ(row(*rows, 7)[2], at(7, 2) + 1 + 1);
  step(*rows, *steps, {7});  // meets two missed steps
  EXPECT_EQ(row(*rows, 7)[2], (at(7, 2) + 2) * 10);
  const Tensor all = rows->value();
  EXPECT_EQ(std::as_const(all).data<float>()[7 * 3 + 2], (at(7, 2) + 2) * 10);
  EXPECT_EQ(std::as_const(all).data<float>()[2 * 3 + 0], at(2, 0) * 10 + 2);
  EXPECT_EQ(std::as_const(all).data<float>()[8 * 3 + 1], at(8, 1) + 3);
  step(*rows, *steps, {8});
  EXPECT_EQ(row(*rows, 8)[1], (at(8, 1) + 3) * 10);
  EXPECT_EQ(row(*rows, 2)[0], at(2, 0) * 10 + 2 + 1);
}

TEST_P(BothKinds, AssignedValuesAreWhatIsRead) {
  const auto rows = make();
  const auto steps = std::make_shared<CountingSteps>();
  rows->attach(std::make_shared<RowSlots>(3, std::vector<float>{1.0f}, steps));
  step(*rows, *steps, {1});
  rows->assign((*uniform())(shape));
  const Tensor first = (*uniform())(shape);
  EXPECT_EQ(row(*rows, 1)[2], std::as_const(first).data<float>()[5]);
  EXPECT_EQ(row(*rows, 6)[0], std::as_const(first).data<float>()[18]);
}

TEST(RowStorage, ManyReadersWhileOneSettles) {
  RowStorage rows((*uniform())({5000, 8}));
  const auto steps = std::make_shared<CountingSteps>();
  rows.attach(std::make_shared<RowSlots>(8, std::vector<float>{1.0f}, steps));
  step(rows, *steps, {1, 2, 3});
  step(rows, *steps, {2});
  std::vector<std::int64_t> ids(5000);
  std::iota(ids.begin(), ids.end(), 0);
  std::vector<std::vector<float>> seen(3, std::vector<float>(5000 * 8));
  std::vector<std::thread> readers;
  for (auto& out : seen) readers.emplace_back([&] { rows.read(ids.data(), 5000, out.data()); });
  const Tensor all = rows.value();
  for (std::thread& reader : readers) reader.join();
  const auto values = std::as_const(all).data<float>();
  for (const auto& out : seen) EXPECT_TRUE(std::equal(out.begin(), out.end(), values.begin()));
}

TEST(RowStorage, WhatIsDearIsDoneOnceForAllReaders) {
  RowStorage rows((*uniform())({5000, 8}));
  const Tensor first = (*uniform())({5000, 8});
  const auto at = [&](std::size_t i) { return std::as_const(first).data<float>()[i]; };
  const auto steps = std::make_shared<DearSteps>();
  rows.attach(std::make_shared<RowSlots>(8, std::vector<float>{1.0f}, steps));
  for (int t = 0; t < 25; ++t) step(rows, *steps, {4999});
  std::vector<std::int64_t> ids(8000);  // each comes twice
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int64_t>(i) % 4000;
  for (int time = 0; time < 3; ++time) {
    std::vector<std::vector<float>> seen(3, std::vector<float>(8000 * 8));
    std::vector<std::thread> readers;
    for (auto& out : seen) readers.emplace_back([&] { rows.read(ids.data(), 8000, out.data()); });
    for (std::thread& reader : readers) reader.join();
    for (const auto& out : seen) {
      for (std::size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], at(i % 32000) + 10 + 15) << i;
    }
    EXPECT_EQ(steps->calls, 4000);
  }
  step(rows, *steps, {3});
  EXPECT_EQ(row(rows, 3)[0], (at(24) + 10 + 15) * 10);
  EXPECT_EQ(row(rows, 4)[0], at(32) + 10 + 16);
  EXPECT_EQ(steps->calls, 4000);  // row 3 is true as it is, row 4 rests
}

TEST(RowStorage, AnInterruptLeavesEveryRowTrue) {
  for (const bool reads : {false, true}) {
    RowStorage rows((*uniform())({5000, 8}));
    const Tensor first = (*uniform())({5000, 8});
    const auto steps = std::make_shared<DearSteps>();
    rows.attach(std::make_shared<RowSlots>(8, std::vector<float>{1.0f}, steps));
    for (int t = 0; t < 25; ++t) step(rows, *steps, {4999});
    std::vector<std::int64_t> ids(4999);
    std::iota(ids.begin(), ids.end(), 0);
    std::vector<float> out(4999 * 8);
    int asked = 0;
    const std::function<void()> ask = [&] {
      if (++asked == 100) throw std::runtime_error("interrupted");
    };
    {
      const parallel::Interruptible here(&ask);
      if (reads) {
        EXPECT_THROW(rows.read(ids.data(), 4999, out.data()), std::runtime_error);
      } else {
        EXPECT_THROW(rows.settle(), std::runtime_error);
      }
    }
    EXPECT_LT(asked, 200);
    rows.read(ids.data(), 4999, out.data());
    for (std::size_t i = 0; i < out.size(); ++i)
      ASSERT_NEAR(out[i], std::as_const(first).data<float>()[i] + 25, 1e-5f) << i;
    rows.settle();
    EXPECT_NEAR(row(rows, 7)[3], std::as_const(first).data<float>()[7 * 8 + 3] + 25, 1e-5f);
  }
}

TEST(RowStorage, RowsAreSettledInTurn) {
  RowStorage rows((*uniform())({10, 2}));
  const Tensor first = (*uniform())({10, 2});
  const auto steps = std::make_shared<CountingSteps>();
  const auto slots = std::make_shared<RowSlots>(2, std::vector<float>{1.0f}, steps);
  rows.attach(slots);
  for (int t = 0; t < 12; ++t) {
    EXPECT_EQ(rows.settle_next(3), t < 7 ? 0 : t < 11 ? 4 : 8) << t;
    step(rows, *steps, {0});
    EXPECT_NEAR(row(rows, 9)[1], std::as_const(first).data<float>()[19] + static_cast<float>(t + 1),
                1e-5f);
  }
}

TEST(RowStorage, TheNumberOfThreadsDoesNotShow) {
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2}) {
    parallel::set_num_threads(threads);
    RowStorage rows((*uniform())({40000, 16}));
    const auto steps = std::make_shared<CountingSteps>();
    rows.attach(std::make_shared<RowSlots>(16, std::vector<float>{1.0f}, steps));
    std::vector<std::int64_t> ids;
    for (std::int64_t id = 0; id < 40000; id += 3) ids.push_back(id);
    step(rows, *steps, ids);
    step(rows, *steps, {5, 6});
    const Tensor all = rows.value();
    const auto values = std::as_const(all).data<float>();
    results.emplace_back(values.begin(), values.end());
  }
  parallel::set_num_threads(0);
  EXPECT_EQ(results[0], results[1]);
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

TEST(RowStorage, MemoryFollowsTheRowsInUse) {
  if (testing::kSanitized) GTEST_SKIP() << "the sanitizers keep memory of their own";
  constexpr std::int64_t kWidth = 64, kTouched = 1'000'000;
  RowStorage rows({1'000'000'000, kWidth}, uniform());
  const auto steps = std::make_shared<CountingSteps>();
  rows.attach(std::make_shared<RowSlots>(kWidth, std::vector<float>{0.0f, 0.0f}, steps));
  const std::int64_t before = resident_bytes();
  std::mt19937_64 engine(8);
  for (int batch = 0; batch < 10; ++batch) {
    std::vector<std::int64_t> ids(kTouched / 10);
    for (auto& id : ids) id = static_cast<std::int64_t>(engine() % 1'000'000'000);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    rows.update(rows.places(ids), nullptr, [](std::int64_t, std::span<const VisitedRow> visited) {
      for (const VisitedRow& row : visited) {
        row.w[0] += 1;
        std::fill_n(row.slots[0], kWidth, 1.0f);
        std::fill_n(row.slots[1], kWidth, 1.0f);
      }
    });
    steps->add();
  }
  const std::int64_t bytes = rows.rows_in_use() * kWidth * 4 * 3;
  EXPECT_GT(rows.rows_in_use(), kTouched * 99 / 100);
  EXPECT_LE(resident_bytes() - before, 2 * bytes);
  try {
    rows.value();
    FAIL();
  } catch (const OutOfMemory& error) {
    EXPECT_NE(std::string(error.what()).find("256000000000 bytes"), std::string::npos)
        << error.what();
  }
}

TEST(RowStorage, AnInitializerThatDrawsAllAtOnceCannotDrawOnDemand) {
  EXPECT_THROW(RowStorage({10, 4}, std::make_shared<initializers::Orthogonal>()),
               std::invalid_argument);
}

TEST(RowStorage, RowsComeIntoUseInAnEmptyTableOnDemand) {
  const auto initializer =
      std::make_shared<initializers::RandomUniform>(initializers::RandomUniformOptions{.seed = 3});
  RowStorage rows({10, 2}, initializer);
  const Tensor values = Tensor::from(std::vector<float>{1, 2, 3, 4}, {2, 2});
  EXPECT_THROW(rows.use({{1, 10}, values}), std::out_of_range);
  EXPECT_THROW(rows.use({{-1, 1}, values}), std::out_of_range);
  EXPECT_THROW(rows.use({{3, 3}, values}), std::invalid_argument);
  EXPECT_THROW(rows.use({{1, 2, 3}, values}), std::invalid_argument);
  EXPECT_THROW(rows.use({{1, 2}, Tensor()}), std::invalid_argument);
  EXPECT_EQ(rows.rows_in_use(), 0);

  const std::uint64_t version = rows.version();
  rows.use({{7, 2}, values});
  EXPECT_NE(rows.version(), version);
  EXPECT_EQ(rows.used().ids, (std::vector<std::int64_t>{7, 2}));
  const std::array<std::int64_t, 3> ids = {2, 7, 4};
  std::array<float, 6> read;
  rows.read(ids.data(), 3, read.data());
  EXPECT_EQ((std::array{read[0], read[1], read[2], read[3]}), (std::array{3.0F, 4.0F, 1.0F, 2.0F}));
  std::array<float, 2> drawn;
  initializer->fill({10, 2}, 8, drawn);
  EXPECT_EQ((std::array{read[4], read[5]}), drawn);
  EXPECT_THROW(rows.use({{1, 3}, values}), std::invalid_argument);  // some are in use

  RowStorage dense(Tensor::zeros({10, 2}));
  EXPECT_TRUE(dense.used().ids.empty());
  EXPECT_THROW(dense.use({{1, 3}, values}), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::table
