// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <keratin/keratin.h>

namespace kt = keratin;

namespace {

/// predict of B x 10 ids through Embedding(1000, 64): README's first program. Goal: under 20 us for
/// B = 32.
void predict(benchmark::State& state) {
  kt::Sequential model;
  model.add(kt::layers::Embedding({.input_dim = 1000, .output_dim = 64, .input_length = 10}));
  model.compile("rmsprop", "mse");
  const kt::Tensor ids = kt::random::randint({state.range(0), 10}, 0, 1000);
  for (auto _ : state) benchmark::DoNotOptimize(model.predict(ids));
  state.SetItemsProcessed(state.iterations() * ids.size());
}
BENCHMARK(predict)->Arg(1)->Arg(32)->Arg(1024)->Unit(benchmark::kMicrosecond);

/// The same through predict_on_batch, which cuts nothing into batches.
void predict_on_batch(benchmark::State& state) {
  kt::Sequential model;
  model.add(kt::layers::Embedding({.input_dim = 1000, .output_dim = 64, .input_length = 10}));
  const kt::Tensor ids = kt::random::randint({state.range(0), 10}, 0, 1000);
  for (auto _ : state) benchmark::DoNotOptimize(model.predict_on_batch(ids));
  state.SetItemsProcessed(state.iterations() * ids.size());
}
BENCHMARK(predict_on_batch)->Arg(32)->Unit(benchmark::kMicrosecond);

}  // namespace
