// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/embedding_table.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <thread>

#include "support/small_table.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keratin/optimizers/optimizers.h"
#include "keratin/optimizers/schedules/schedules.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::embedding {
namespace {

template <class Error, class Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

#define EXPECT_HAS(message, text) EXPECT_PRED2(has, message, text)
bool has(const std::string& message, const std::string& text) {
  return message.find(text) != std::string::npos;
}

TEST(EmbeddingTable, IsWhatTheInitializerDraws) {
  for (const Precision precision :
       {Precision::kFloat32, Precision::kBfloat16, Precision::kFloat16}) {
    const EmbeddingTable table(small(precision));
    EmbeddingTableOptions on_demand = small(precision);
    on_demand.rows_drawn = layers::RowsDrawn::kOnDemand;
    const EmbeddingTable lazy(on_demand);
    const std::vector<std::int32_t> ids = {3, 49, 0, 3};
    const std::vector<std::int64_t> wide = {3, 49, 0, 3};
    EXPECT_EQ(rows(table, ids), rows(table, wide));
    EXPECT_EQ(rows(table, ids), rows(lazy, wide));
    EXPECT_EQ(lazy.rows_in_use(), 0);
    const std::vector<float> all = all_of(table);
    const std::vector<float> found = rows(table, wide);
    for (std::size_t i = 0; i < wide.size() * kWidth; ++i)
      EXPECT_EQ(found[i], all[static_cast<std::size_t>(wide[i / kWidth]) * kWidth + i % kWidth]);
  }
  const Tensor drawn = initializers::RandomUniform({.seed = 7})({kRows, kWidth});
  const auto values = drawn.data<float>();
  EXPECT_EQ(all_of(EmbeddingTable(small())), std::vector<float>(values.begin(), values.end()));
}

/// Each optimizer on the table, and on a plain weight with gradients of the whole.
TEST(EmbeddingTable, TakesTheDenseStep) {
  for (const auto& entry : optimizers::entries()) {
    if (entry.class_name == "MultiOptimizer" || entry.class_name == "LossScaleOptimizer") continue;
    for (const bool on_demand : {false, true}) {
      EmbeddingTableOptions options = small();
      if (on_demand) options.rows_drawn = layers::RowsDrawn::kOnDemand;
      const auto sparse = optimizers::Optimizer::get(entry.class_name);
      const auto dense = optimizers::Optimizer::get(entry.class_name);
      EmbeddingTable table(options);
      auto weight =
          std::make_shared<Variable>("embeddings", copy_of(EmbeddingTable(small()).weights()));
      Variable* const weights[] = {weight.get()};
      try {
        for (unsigned step = 0; step < 12; ++step) {
          const std::vector<std::int64_t> ids = {step % 7, 3, step % 7, 49 - step};
          const std::vector<float> g = numbers(ids.size() * kWidth, step);
          table.step(ids, g, *sparse, {.learning_rate = 0.01 * (step + 1)});
          Tensor whole = Tensor::zeros({kRows, kWidth});
          const auto to = whole.data<float>();
          for (std::size_t i = 0; i < g.size(); ++i)
            to[static_cast<std::size_t>(ids[i / kWidth]) * kWidth + i % kWidth] += g[i];
          Gradients gradients;
          gradients.add(*weight, whole);
          dense->set_learning_rate(0.01 * (step + 1));
          dense->apply(weights, gradients);
        }
      } catch (const std::invalid_argument& error) {  // what sweeps takes no rows on demand
        EXPECT_TRUE(on_demand) << error.what();
        continue;
      }
      const Tensor expected = weight->value();
      // Closed forms of deferred steps round once where 12 steps round 12 times: 12 half units.
      const auto wanted = expected.data<float>();
      const std::vector<float> found = all_of(table);
      for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_NEAR(found[i], wanted[i], 2e-6F * std::max(1.0F, std::abs(wanted[i])))
            << entry.class_name << " on demand: " << on_demand;
      }
      EXPECT_EQ(sparse->iterations(), 12);
    }
  }
}

TEST(EmbeddingTable, ScaleAndNorm) {
  EmbeddingTable table(small());
  const std::vector<std::int64_t> ids = {2, 2, 5};
  std::vector<float> g(3 * kWidth, 1);
  const SparseRows gradient = table.gradient(ids, g);
  EXPECT_EQ(EmbeddingTable::squared_norm(gradient), kWidth * (4 + 1));
  const std::vector<float> before = all_of(table);
  optimizers::SGD sgd({.learning_rate = 1});
  table.step(gradient, sgd, {.gradient_scale = 0.5F});
  const std::vector<float> after = all_of(table);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::size_t row = i / kWidth;
    EXPECT_EQ(after[i], before[i] - (row == 2 ? 1.0F : row == 5 ? 0.5F : 0.0F));
  }
  EXPECT_EQ(EmbeddingTable::squared_norm(gradient), kWidth * (4 + 1));  // as it was
}

TEST(EmbeddingTable, StepWithoutRowsIsAStepOfGradientZero) {
  EmbeddingTable table(small());
  optimizers::Adam adam;
  const std::vector<std::int64_t> ids = {2};
  table.step(ids, std::vector<float>(kWidth, 1), adam);
  const std::vector<float> one = rows(table, ids);
  table.step(std::vector<std::int64_t>(), {}, adam);
  EXPECT_EQ(adam.iterations(), 2);
  EXPECT_NE(rows(table, ids), one);  // the moment goes on
  EXPECT_EQ(rows(table, std::vector<std::int64_t>()), std::vector<float>());
}

TEST(EmbeddingTable, WritesRowsAndKeepsSlots) {
  for (const bool on_demand : {false, true}) {
    for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
      EmbeddingTableOptions options = small(precision);
      options.stochastic_rounding = false;
      if (on_demand) options.rows_drawn = layers::RowsDrawn::kOnDemand;
      EmbeddingTable some(options), whole(options);
      optimizers::Adam first, second;
      const std::vector<std::int64_t> touched = {1, 4, 7};
      for (int step = 0; step < 3; ++step) {
        const std::vector<float> g = numbers(touched.size() * kWidth);
        some.step(touched, g, first);
        whole.step(touched, g, second);
        some.step(std::vector<std::int64_t>{9}, std::vector<float>(kWidth, 1), first);
        whole.step(std::vector<std::int64_t>{9}, std::vector<float>(kWidth, 1), second);
      }
      const std::vector<std::int32_t> ids = {4, 20, 4};
      const std::vector<float> values = {9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
      some.assign(ids, values);
      const std::vector<float> last = {6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
      EXPECT_EQ(rows(some, ids), last);
      std::vector<float> all = all_of(whole);
      std::copy_n(values.begin() + kWidth, kWidth, all.begin() + 20 * kWidth);
      std::copy_n(values.begin() + 2 * kWidth, kWidth, all.begin() + 4 * kWidth);
      whole.set_weights(Tensor::from(all, {kRows, kWidth}));
      // Where all rows are brought up to date first, those that wait are rounded once more.
      const float unit = precision == Precision::kFloat32 ? 1e-6F : 1e-2F;
      const auto expect_same = [&] {
        const std::vector<float> expected = all_of(whole);
        const std::vector<float> found = all_of(some);
        for (std::size_t i = 0; i < found.size(); ++i)
          ASSERT_NEAR(found[i], expected[i], unit * std::max(1.0F, std::abs(expected[i])));
      };
      expect_same();
      // The slots went on as those of a table that is written whole.
      some.step(touched, numbers(3 * kWidth, 9), first);
      whole.step(touched, numbers(3 * kWidth, 9), second);
      expect_same();
    }
  }
}

TEST(EmbeddingTable, LiesInMemoryThatIsGiven) {
  std::vector<float> memory = numbers(kRows * kWidth);
  const std::vector<float> start = memory;
  EmbeddingTableOptions options = small();
  options.memory = Tensor::view(std::span(memory), {kRows, kWidth});
  EmbeddingTable table(options);
  EXPECT_EQ(table.weights().data<float>().data(), memory.data());
  const std::vector<std::int64_t> ids = {3};
  EXPECT_EQ(rows(table, ids),
            std::vector<float>(start.begin() + 3 * kWidth, start.begin() + 4 * kWidth));
  optimizers::SGD sgd({.learning_rate = 1});
  table.step(ids, std::vector<float>(kWidth, 1), sgd);
  EXPECT_EQ(memory[3 * kWidth], start[3 * kWidth] - 1);

  options.weights = Tensor::zeros({kRows, kWidth});
  EXPECT_THROW(EmbeddingTable{options}, std::invalid_argument);
  options.weights = {};
  options.memory = Tensor::view(std::span<const float>(memory), {kRows, kWidth});
  EXPECT_HAS(error_of<std::invalid_argument>([&] { EmbeddingTable{options}; }), ("writable"));
  options.memory = Tensor::view(std::span(memory), {kWidth, kRows});
  EXPECT_HAS(error_of<std::invalid_argument>([&] { EmbeddingTable{options}; }),
             ("memory must be float32 of shape (50, 5). Received: float32 of shape (5, 50)"));
}

TEST(EmbeddingTable, IsFoundAgainInItsFile) {
  const testing::TemporaryFolder folder;
  EmbeddingTableOptions options = small();
  options.storage = (folder / "rows").string();
  const std::vector<std::int64_t> ids = {3, 8};
  std::vector<float> left;
  {
    EmbeddingTable table(options);
    optimizers::Adam adam;
    table.step(ids, numbers(2 * kWidth), adam);
    table.assign(std::vector<std::int64_t>{11}, std::vector<float>(kWidth, 2));
    table.flush();
    left = all_of(table);
    table.step(ids, numbers(2 * kWidth), adam);  // is not flushed
  }
  const EmbeddingTable again(options);
  EXPECT_EQ(all_of(again), left);
  EXPECT_EQ(left[11 * kWidth], 2);
  EmbeddingTable in_memory(small());
  EXPECT_THROW(in_memory.flush(), std::invalid_argument);
}

TEST(EmbeddingTable, RefusesBeforeAnythingChanges) {
  EmbeddingTable table(small());
  optimizers::Adam adam;
  const std::vector<std::int64_t> good = {1, 2};
  const std::vector<float> g(2 * kWidth, 1);
  table.step(good, g, adam);
  const std::vector<float> before = all_of(table);
  const auto unchanged = [&] {
    EXPECT_EQ(all_of(table), before);
    EXPECT_EQ(adam.iterations(), 1);
    EXPECT_EQ(adam.learning_rate(), 0.001F);
  };
  std::vector<float> out(2 * kWidth, 5);
  const std::vector<float> untouched = out;
  const auto refuses = [&](const Ids& ids, const std::string& text) {
    EXPECT_HAS(error_of<std::out_of_range>([&] { table.lookup(ids, out); }), (text));
    EXPECT_HAS(error_of<std::out_of_range>([&] { table.step(ids, g, adam, {.learning_rate = 5}); }),
               (text));
    EXPECT_HAS(error_of<std::out_of_range>([&] { table.assign(ids, g); }), (text));
    EXPECT_EQ(out, untouched);
    unchanged();
  };
  refuses(std::vector<std::int64_t>{1, 50},
          "[EmbeddingTable] table 'embedding': id 50 at position (1,) is outside [0, 50)");
  refuses(std::vector<std::int32_t>{-1, 0}, "id -1 at position (0,)");
  refuses(std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), 0}, "outside");

  const std::string sizes =
      error_of<std::invalid_argument>([&] { table.lookup(good, std::span(out).first(kWidth)); });
  EXPECT_HAS(sizes, ("out must have 2 rows of 5 numbers. Received: 5 numbers"));
  EXPECT_THROW(table.step(good, std::span(g).first(3), adam), std::invalid_argument);
  EXPECT_THROW(table.assign(good, std::span(g).first(3)), std::invalid_argument);
  EXPECT_THROW(table.step(SparseRows{.ids = {2, 1}, .values = Tensor::zeros({2, kWidth})}, adam),
               std::invalid_argument);
  EXPECT_THROW(table.step(SparseRows{.ids = {2, 50}, .values = Tensor::zeros({2, kWidth})}, adam),
               std::out_of_range);
  EXPECT_THROW(table.step(SparseRows{.ids = {2}, .values = {}}, adam), std::invalid_argument);
  EXPECT_THROW(table.set_weights(Tensor::zeros({kRows, kWidth + 1})), std::invalid_argument);
  unchanged();

  using Offsets = std::vector<std::int64_t>;
  for (const auto& [offsets, text] : std::vector<std::pair<Offsets, std::string>>{
           {{}, "Received: none"},
           {{0, 3}, "0 ... 3"},
           {{0, 1}, "end with 2"},
           {{1, 2}, "1 ... 2"},
           {{0, 2, 1, 2}, "must not decrease. Received: 2 and then 1 at position 1"},
           {{0, 3, 2}, "must not decrease"},
           {{0, -1, 2}, "must not decrease"}}) {
    const Bags bags{.ids = good, .offsets = offsets};
    const auto count = offsets.empty() ? 0 : offsets.size() - 1;
    std::vector<float> memory(count * kWidth);
    EXPECT_HAS(error_of<std::invalid_argument>([&] { table.lookup_pooled(bags, memory); }), (text));
    EXPECT_THROW(table.step_pooled(bags, memory, adam), std::invalid_argument);
  }
  const Offsets two = {0, 1, 2};
  const std::vector<float> one = {1};
  EXPECT_THROW(table.lookup_pooled({.ids = good, .offsets = two, .weights = one}, out),
               std::invalid_argument);
  EXPECT_THROW(table.lookup_pooled({.ids = good,
                                    .offsets = two,
                                    .weights = std::span(g).first(2),
                                    .pooling = Pooling::kMean},
                                   out),
               std::invalid_argument);
  unchanged();

  // One optimizer is for one table, and a schedule gives the rate itself.
  EmbeddingTable other(small());
  EXPECT_HAS(
      error_of<std::invalid_argument>([&] { other.step(good, g, adam, {.learning_rate = 5}); }),
      ("unknown variable"));
  unchanged();
  optimizers::Adam scheduled(
      {.learning_rate = optimizers::schedules::ExponentialDecay(
           {.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.9})});
  EXPECT_THROW(other.step(good, g, scheduled, {.learning_rate = 5}), std::invalid_argument);
  EXPECT_EQ(scheduled.iterations(), 0);
}

TEST(EmbeddingTable, OneOptimizerStepsSeveralTables) {
  EmbeddingTable a(small()), b(small()), alone(small());
  optimizers::Adam both({.global_clipnorm = 0.5});
  Variable* const variables[] = {&a.variable(), &b.variable()};
  both.build(variables);
  const std::vector<std::int64_t> ids = {1, 2};
  const std::vector<float> g(2 * kWidth, 1);
  Gradients gradients;
  gradients.add(a.variable(), a.gradient(ids, g));
  gradients.add(b.variable(), b.gradient(ids, g));
  both.apply(variables, gradients);
  EXPECT_EQ(all_of(a), all_of(b));
  // The same by hand: the norm over both tables, and the scale that it gives.
  const double squared = 2 * EmbeddingTable::squared_norm(alone.gradient(ids, g));
  optimizers::Adam adam;
  alone.step(ids, g, adam, {.gradient_scale = static_cast<float>(0.5 / std::sqrt(squared))});
  const std::vector<float> expected = all_of(a);
  const std::vector<float> found = all_of(alone);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-7);
}

TEST(EmbeddingTable, AnotherOptimizerBeginsAnew) {
  EmbeddingTable table(small()), fresh(small());
  const std::vector<std::int64_t> ids = {1, 2};
  const std::vector<float> g(2 * kWidth, 1);
  optimizers::Adam first;
  table.step(ids, g, first);
  table.step(std::vector<std::int64_t>{7}, std::vector<float>(kWidth, 1), first);
  fresh.set_weights(table.weights());
  optimizers::RMSprop second, alone;
  table.step(ids, g, second);
  fresh.step(ids, g, alone);
  EXPECT_EQ(all_of(table), all_of(fresh));
}

TEST(EmbeddingTable, NaNGoesWhereTheFormulaTakesIt) {
  EmbeddingTable table(small());
  optimizers::SGD sgd;
  const std::vector<std::int64_t> ids = {1, 2};
  std::vector<float> g(2 * kWidth, 1);
  g[0] = kNaN;
  table.step(ids, g, sgd);
  const std::vector<float> all = all_of(table);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(std::isnan(all[i]), i == kWidth) << i;
}

/// Any number of threads look up, also rows to which an optimizer owes steps.
TEST(EmbeddingTable, IsReadByManyThreads) {
  EmbeddingTableOptions options = small();
  options.input_dim = 2000;
  for (const bool on_demand : {false, true}) {
    if (on_demand) options.rows_drawn = layers::RowsDrawn::kOnDemand;
    EmbeddingTable table(options);
    optimizers::Adam adam;
    std::vector<std::int64_t> ids(500), offsets = {0, 100, 100, 500};
    for (std::size_t i = 0; i < ids.size(); ++i)
      ids[i] = static_cast<std::int64_t>(i * i * 31 % 2000);
    for (int step = 0; step < 100; ++step)
      table.step(step % 10 == 0 ? ids : std::vector<std::int64_t>(500, 5), numbers(500 * kWidth),
                 adam);
    std::vector<std::vector<float>> found(4), pooled(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 5; ++i) {
          found[t] = rows(table, ids);
          pooled[t].resize(3 * kWidth);
          table.lookup_pooled({.ids = ids, .offsets = offsets}, pooled[t]);
          table.gradient(ids, found[t]);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::size_t t = 1; t < 4; ++t) {
      EXPECT_EQ(found[t], found[0]);
      EXPECT_EQ(pooled[t], pooled[0]);
    }
  }
}

#if !defined(__SANITIZE_THREAD__)  // it does not know what runs after a fork
TEST(EmbeddingTable, GoesOnInTheChildOfAFork) {
  EmbeddingTable table(small());
  optimizers::Adam adam;
  const std::vector<std::int64_t> ids = {1, 2};
  const std::vector<float> g(2 * kWidth, 1);
  table.step(ids, g, adam);
  const std::vector<float> before = all_of(table);
  const pid_t child = fork();
  if (child == 0) {
    table.step(ids, g, adam);
    _exit(rows(table, ids)[0] < before[kWidth] ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(all_of(table), before);
}
#endif

}  // namespace
}  // namespace keratin::embedding
