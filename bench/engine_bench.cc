// SPDX-License-Identifier: Apache-2.0
// The embedding engine: training steps and lookups of tables beyond the caches. D = 64, fresh ids
// at every call, drawn outside the time that is measured.
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "keratin/keratin.h"

namespace kt = keratin;

namespace {

constexpr std::int64_t kWidth = 64;

std::vector<std::int32_t> draw(std::int64_t count, std::int64_t rows, bool zipf,
                               std::mt19937_64& engine) {
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<std::int32_t> ids(static_cast<std::size_t>(count));
  for (auto& id : ids) {
    // Zipf: the inverse of the continuous law 1 / x on [1, V + 1), ranks scattered over the table.
    const auto rank =
        static_cast<std::uint64_t>(std::pow(static_cast<double>(rows) + 1, uniform(engine))) - 1;
    const std::uint64_t row = zipf ? rank * 0x9E3779B97F4A7C15U : engine();
    id = static_cast<std::int32_t>(row % static_cast<std::uint64_t>(rows));
  }
  return ids;
}

/// Embedding -> mean -> Dense(1), 10 ids a sample.
class Model {
 public:
  Model(std::int64_t rows, const char* optimizer, const char* regularizer) : rows_(rows) {
    kt::layers::EmbeddingOptions options{.input_dim = rows, .output_dim = kWidth};
    if (*regularizer != '\0') options.embeddings_regularizer = regularizer;
    model_.add(kt::layers::Embedding(std::move(options)));
    model_.add(kt::layers::GlobalAveragePooling1D());
    model_.add(kt::layers::Dense({.units = 1}));
    model_.compile(optimizer, "mse");
  }
  void step(std::int64_t count, bool zipf) {
    x_ = kt::Tensor::from(draw(count, rows_, zipf, engine_), {count / 10, 10});
    y_ = kt::random::uniform({count / 10, 1}, {.minval = -1, .maxval = 1});
  }
  void train() { model_.train_on_batch(x_, y_); }
  void predict() { benchmark::DoNotOptimize(model_.predict_on_batch(x_)); }

 private:
  std::int64_t rows_;
  kt::Sequential model_;
  std::mt19937_64 engine_{1};
  kt::Tensor x_, y_;
};

void train(benchmark::State& state, const char* optimizer, const char* regularizer, bool zipf) {
  Model model(state.range(0), optimizer, regularizer);
  const std::int64_t count = state.range(1);
  for (int i = 0; i < 3; ++i) {  // the slots' pages come with the first touch
    model.step(65'540, false);
    model.train();
  }
  for (auto _ : state) {
    state.PauseTiming();
    model.step(count, zipf);
    state.ResumeTiming();
    model.train();
  }
  state.SetItemsProcessed(state.iterations() * count);
}

void lookup(benchmark::State& state) {
  const std::int64_t rows = state.range(0);
  kt::layers::Embedding layer({.input_dim = rows, .output_dim = kWidth});
  layer.build({kt::kNone, kt::kNone});
  std::mt19937_64 engine(2);
  for (auto _ : state) {
    state.PauseTiming();
    const kt::Tensor ids =
        kt::Tensor::from(draw(state.range(1), rows, false, engine), {1, state.range(1)});
    state.ResumeTiming();
    benchmark::DoNotOptimize(layer(ids));
  }
  state.SetBytesProcessed(state.iterations() * state.range(1) * kWidth * 8);
}

void build(benchmark::State& state) {
  for (auto _ : state) {
    kt::layers::Embedding layer({.input_dim = 1'000'000'000, .output_dim = kWidth});
    layer.build({kt::kNone, 10});
    benchmark::DoNotOptimize(layer.rows_in_use());
  }
}

BENCHMARK(build)->Unit(benchmark::kMicrosecond);
BENCHMARK(lookup)->Args({10'000'000, 1'000'000})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train, adam, "adam", "", false)
    ->Args({1'000'000, 320})
    ->Args({10'000'000, 320})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(train, adam_65536, "adam", "", false)
    ->Args({1'000'000, 65540})
    ->Args({10'000'000, 65540})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train, adam_zipf, "adam", "", true)
    ->Args({10'000'000, 65540})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train, adamw, "adamw", "", false)
    ->Args({1'000'000, 320})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(train, sgd, "sgd", "", false)
    ->Args({1'000'000, 320})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(train, adagrad, "adagrad", "", false)
    ->Args({1'000'000, 320})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(train, rmsprop, "rmsprop", "", false)
    ->Args({1'000'000, 320})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(train, adam_l2, "adam", "l2", false)
    ->Args({1'000'000, 320})
    ->Unit(benchmark::kMillisecond);

}  // namespace
