// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/seed.h"

#include <mutex>
#include <utility>

#include "keratin/base/python_random.h"

namespace keratin::random {
namespace {

struct State {
  std::mutex mutex;
  PythonRandom random = PythonRandom::from_entropy();
  std::uint64_t generation = 0;
};

State& state() {
  static State instance;
  return instance;
}

}  // namespace

void set_random_seed(std::int64_t seed) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.random.seed(seed);
  ++s.generation;
}

std::vector<std::uint32_t> random_state() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return s.random.state();
}

void set_random_state(const std::vector<std::uint32_t>& words) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.random.set_state(words);
}

namespace {
thread_local std::optional<std::int64_t> given_seed;
}  // namespace

GivenDefaultSeed::GivenDefaultSeed(std::int64_t seed) : before_(std::exchange(given_seed, seed)) {}
GivenDefaultSeed::~GivenDefaultSeed() { given_seed = before_; }

std::int64_t make_default_seed() {
  if (given_seed) return *given_seed;
  constexpr std::uint64_t kSeeds = 1'000'000'000;
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return 1 + static_cast<std::int64_t>(s.random.below(kSeeds));
}

std::uint64_t random_seed_generation() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return s.generation;
}

}  // namespace keratin::random
