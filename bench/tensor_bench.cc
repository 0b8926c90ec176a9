// SPDX-License-Identifier: Apache-2.0
// What a tensor costs whatever is in it: a step of a small model makes twenty.
#include <cstdint>
#include <utility>

#include <benchmark/benchmark.h>
#include <keratin/keratin.h>

namespace kt = keratin;

namespace {

/// Made and dropped, of that many floats. Goal: 50 ns for 16.
void make(benchmark::State& state) {
  const kt::Shape shape = {1, state.range(0)};
  for (auto _ : state) benchmark::DoNotOptimize(kt::Tensor::zeros(shape));
}
BENCHMARK(make)->Arg(1)->Arg(16)->Arg(256)->Arg(4096);

/// Eight alive at a time, dropped in the order in which they were made.
void make_eight(benchmark::State& state) {
  kt::Tensor alive[8];
  std::size_t at = 0;
  for (auto _ : state) {
    alive[at] = kt::Tensor::zeros({4, state.range(0) / 4});
    benchmark::DoNotOptimize(alive[at]);
    at = (at + 1) % 8;
  }
}
BENCHMARK(make_eight)->Arg(16)->Arg(256)->Arg(4096);

/// A handle handed on, as from a layer to the next.
void move(benchmark::State& state) {
  kt::Tensor one = kt::Tensor::zeros({1, 16});
  for (auto _ : state) {
    kt::Tensor other = std::move(one);
    benchmark::DoNotOptimize(other);
    one = std::move(other);
  }
}
BENCHMARK(move);

void copy(benchmark::State& state) {
  const kt::Tensor one = kt::Tensor::zeros({1, 16});
  for (auto _ : state) {
    kt::Tensor other = one;
    benchmark::DoNotOptimize(other);
  }
}
BENCHMARK(copy);

}  // namespace
