// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>
#include <keratin/keratin.h>

namespace kt = keratin;

namespace {

/// One train_on_batch of the masked text classifier of README: 32 x 40 ids, vocabulary V, Adam.
/// Goal: under 500 us for V = 10,000 on one core.
void train_on_batch(benchmark::State& state) {
  const std::int64_t vocabulary = state.range(0);
  kt::parallel::set_num_threads(static_cast<int>(state.range(1)));
  kt::Sequential model({
      kt::layers::Embedding({.input_dim = vocabulary + 1, .output_dim = 32, .mask_zero = true}),
      kt::layers::GlobalAveragePooling1D(),
      kt::layers::Dense({.units = 16, .activation = "relu"}),
      kt::layers::Dense({.units = 1, .activation = "sigmoid"}),
  });
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 1e-2f}),
                 .loss = "binary_crossentropy",
                 .metrics = {"accuracy"}});

  // Several batches, so that steps touch different rows; the last fifth of each line is padding.
  constexpr std::int64_t kBatch = 32;
  constexpr std::int64_t kLength = 40;
  std::vector<kt::Tensor> x;
  std::vector<kt::Tensor> y;
  for (int i = 0; i < 16; ++i) {
    kt::Tensor ids = kt::random::randint({kBatch, kLength}, 1, vocabulary + 1);
    const auto elements = ids.data<std::int32_t>();
    for (std::size_t at = 0; at < elements.size(); ++at) {
      if (at % kLength >= kLength * 4 / 5) elements[at] = 0;
    }
    x.push_back(ids);
    y.push_back(kt::random::randint({kBatch, 1}, 0, 2));
  }

  std::size_t step = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(model.train_on_batch(x[step % x.size()], y[step % y.size()]));
    ++step;
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
  kt::parallel::set_num_threads(0);
}
BENCHMARK(train_on_batch)
    ->ArgNames({"vocabulary", "threads"})
    ->Args({10'000, 1})
    ->Args({10'000, 0})
    ->Args({100'000, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

/// A step of a model of so many weights, each of 16 elements: its time a weight should not grow
/// with their number.
void many_weights(benchmark::State& state) {
  kt::parallel::set_num_threads(1);
  kt::Sequential model;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    model.add(kt::layers::Dense({.units = 4, .use_bias = false}));
  model.compile("adam", "mse");
  const kt::Tensor x = kt::random::normal({8, 4});
  const kt::Tensor y = kt::random::normal({8, 4});
  for (auto _ : state) benchmark::DoNotOptimize(model.train_on_batch(x, y));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  kt::parallel::set_num_threads(0);
}
BENCHMARK(many_weights)->Arg(10)->Arg(100)->Arg(1000)->Arg(4000)->Unit(benchmark::kMicrosecond);

}  // namespace
