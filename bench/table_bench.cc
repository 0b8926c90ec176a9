// SPDX-License-Identifier: Apache-2.0
// The table alone, through the interface for C: D = 64, fresh ids at every call, drawn outside the
// time that is measured. Beside a lookup stands the plain loop that copies rows and asks for those
// that come 16 later, on one thread as it. And keys, which have their rows in a table that grows: 4
// million of them, D = 32, on all threads.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <vector>

#include <benchmark/benchmark.h>
#include <sys/mman.h>

#include "keratin/c/keratin.h"
#include "keratin/embedding/dynamic_embedding_table.h"
#include "keratin/keratin.h"

namespace {

constexpr std::int64_t kWidth = 64;

void check(keratin_status status) {
  if (status != KERATIN_OK) throw std::runtime_error(keratin_last_error());
}

/// Rows that begin with a cache line, on huge pages where there are any, as a table's own memory.
float* rows_in_memory(std::int64_t rows) {
  constexpr std::size_t kPage = 2 << 20;
  const std::size_t bytes =
      (static_cast<std::size_t>(rows * kWidth) * sizeof(float) + kPage - 1) / kPage * kPage;
  void* const memory = std::aligned_alloc(kPage, bytes);
  if (memory == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  std::memset(memory, 0, bytes);
  return static_cast<float*>(memory);
}

/// A table over memory of ours, and its optimizer. Made once for each number of rows.
class Table {
 public:
  explicit Table(std::int64_t rows) : memory(rows_in_memory(rows), &std::free) {
    keratin_table_options options{};
    options.size = sizeof options;
    options.rows = rows;
    options.width = kWidth;
    options.memory = memory.get();
    check(keratin_table_make(&options, &table));
    check(keratin_optimizer_make("adam", &adam));
  }
  ~Table() {
    keratin_optimizer_free(adam);
    keratin_table_free(table);
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  void step(keratin_ids ids, const std::vector<float>& gradient) {
    check(keratin_table_step(table, adam, ids, gradient.data(), gradient.size(), 1));
  }
  /// The pages of rows and slots come with the first touch.
  void touch_all() {
    const auto rows = keratin_table_rows(table);
    std::vector<std::int64_t> ids(static_cast<std::size_t>(std::min<std::int64_t>(rows, 1 << 16)));
    const std::vector<float> gradient(ids.size() * kWidth, 0.1F);
    std::int64_t next = 0;
    while (next < rows) {
      for (std::int64_t& id : ids) id = next++ % rows;
      step({ids.data(), ids.size(), KERATIN_INT64}, gradient);
    }
  }

  std::unique_ptr<float, void (*)(void*)> memory;
  keratin_table* table = nullptr;
  keratin_optimizer* adam = nullptr;
};

Table& untrained(std::int64_t rows) {
  static std::map<std::int64_t, Table> tables;
  return tables.try_emplace(rows, rows).first->second;
}
Table& trained(std::int64_t rows) {
  static std::map<std::int64_t, Table> tables;
  const auto [found, is_new] = tables.try_emplace(rows, rows);
  if (is_new) found->second.touch_all();
  return found->second;
}

/// Uniform ids below `rows`, other ones each time.
class Ids {
 public:
  Ids(std::int64_t count, std::int64_t rows)
      : ids_(static_cast<std::size_t>(count)), draw_(0, rows - 1) {}
  keratin_ids next() {
    for (std::int64_t& id : ids_) id = draw_(engine_);
    return {ids_.data(), ids_.size(), KERATIN_INT64};
  }

 private:
  std::mt19937_64 engine_{1};
  std::vector<std::int64_t> ids_;
  std::uniform_int_distribution<std::int64_t> draw_;
};

/// Calls look(ids, out) on `count` ids.
template <class Look>
void time_lookup(benchmark::State& state, const Look& look) {
  keratin::parallel::set_num_threads(1);
  const std::int64_t rows = state.range(0), count = state.range(1);
  Ids ids(count, rows);
  std::vector<float> out(static_cast<std::size_t>(count * kWidth));
  for (auto _ : state) {
    state.PauseTiming();
    const keratin_ids now = ids.next();
    state.ResumeTiming();
    look(now, out);
    benchmark::ClobberMemory();
  }
  keratin::parallel::set_num_threads(0);
  state.SetBytesProcessed(state.iterations() * count * kWidth * 8);
}

void lookup(benchmark::State& state) {
  const Table& table = untrained(state.range(0));
  time_lookup(state, [&](const keratin_ids& ids, std::vector<float>& out) {
    check(keratin_table_lookup(table.table, ids, out.data(), out.size()));
  });
}

void copy_loop(benchmark::State& state) {
  const float* rows = untrained(state.range(0)).memory.get();
  time_lookup(state, [&](const keratin_ids& ids, std::vector<float>& out) {
    const auto* id = static_cast<const std::int64_t*>(ids.data);
    for (std::size_t i = 0; i < ids.count; ++i) {
      if (i + 16 < ids.count) {
        const float* later = rows + id[i + 16] * kWidth;
        for (int line = 0; line < 4; ++line) __builtin_prefetch(later + 16 * line, 0, 2);
      }
      std::memcpy(out.data() + i * kWidth, rows + id[i] * kWidth, kWidth * sizeof(float));
    }
  });
}

void step(benchmark::State& state) {
  Table& table = trained(state.range(0));
  Ids ids(state.range(1), state.range(0));
  const std::vector<float> gradient(static_cast<std::size_t>(state.range(1) * kWidth), 0.1F);
  for (auto _ : state) {
    state.PauseTiming();
    const keratin_ids now = ids.next();
    state.ResumeTiming();
    table.step(now, gradient);
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

/// Keys that look like chance: i * an odd number.
void fill_keys(std::vector<std::int64_t>& keys, std::int64_t first) {
  for (std::size_t i = 0; i < keys.size(); ++i)
    keys[i] =
        static_cast<std::int64_t>((static_cast<std::uint64_t>(first) + i) * 0x1E3779B97F4A7C15U);
}

/// Finds keys, of which all are new, or none, in calls of so many. With "zeros" a row's draw costs
/// next to nothing.
void find_or_insert(benchmark::State& state, bool is_new, const char* initializer) {
  constexpr std::int64_t kKeys = 4'000'000;
  using Clock = std::chrono::steady_clock;
  std::vector<std::int64_t> keys(static_cast<std::size_t>(state.range(0))), ids(keys.size());
  const auto insert_all = [&](keratin::embedding::DynamicEmbeddingTable& table) {
    Clock::duration taken{};
    for (std::int64_t first = 0; first < kKeys; first += std::ssize(keys)) {
      fill_keys(keys, first);
      const auto began = Clock::now();
      table.insert(keys, ids);
      taken += Clock::now() - began;
    }
    return std::chrono::duration<double>(taken).count();
  };
  for (auto _ : state) {
    keratin::embedding::DynamicEmbeddingTable table(
        {.output_dim = 32, .embeddings_initializer = initializer});
    if (!is_new) insert_all(table);
    state.SetIterationTime(insert_all(table));
  }
  state.SetItemsProcessed(state.iterations() * kKeys);
}
BENCHMARK_CAPTURE(find_or_insert, new, true, "uniform")->Arg(4096)->Arg(65536)->UseManualTime();
BENCHMARK_CAPTURE(find_or_insert, new_of_zeros, true, "zeros")->Arg(65536)->UseManualTime();
BENCHMARK_CAPTURE(find_or_insert, known, false, "zeros")->Arg(65536)->UseManualTime();

BENCHMARK(lookup)->Args({1'000'000, 4096})->Unit(benchmark::kMicrosecond);
BENCHMARK(copy_loop)->Args({1'000'000, 4096})->Unit(benchmark::kMicrosecond);
BENCHMARK(step)
    ->Args({1'000, 320})
    ->Args({1'000'000, 320})
    ->Args({10'000'000, 320})
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(2000);  // enough to have a median of, and few enough that ids rarely come again

}  // namespace
