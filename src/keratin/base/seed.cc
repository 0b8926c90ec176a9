// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/seed.h"

#include <array>
#include <cstddef>
#include <mutex>
#include <random>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace keratin::random {
namespace {

constexpr std::size_t kStateWords = 624;

/// `init_by_array` of Matsumoto and Nishimura's mt19937ar.c (2002), which CPython feeds with the
/// 32-bit words of |seed|. A seed sequence for std::mt19937, which takes the words as its state.
class InitByArray {
 public:
  using result_type = std::uint32_t;

  explicit InitByArray(std::int64_t seed) {
    const auto bits = static_cast<std::uint64_t>(seed);
    const std::uint64_t magnitude = seed < 0 ? 0 - bits : bits;
    key_ = {static_cast<std::uint32_t>(magnitude), static_cast<std::uint32_t>(magnitude >> 32)};
    words_ = key_[1] != 0 ? 2 : 1;
  }

  template <class Iterator>
  void generate(Iterator begin, Iterator end) const {
    std::array<std::uint32_t, kStateWords> state{};
    state[0] = 19650218;
    for (std::uint32_t i = 1; i < kStateWords; ++i) {
      state[i] = 1812433253u * (state[i - 1] ^ state[i - 1] >> 30) + i;
    }
    std::uint32_t i = 1;
    std::uint32_t j = 0;
    const auto next = [&state](std::uint32_t& at) {
      if (++at >= kStateWords) {
        state[0] = state[kStateWords - 1];
        at = 1;
      }
    };
    for (std::size_t k = 0; k < kStateWords; ++k) {
      state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >> 30) * 1664525u) + key_[j] + j;
      next(i);
      j = (j + 1) % words_;
    }
    for (std::size_t k = 0; k + 1 < kStateWords; ++k) {
      state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >> 30) * 1566083941u) - i;
      next(i);
    }
    state[0] = 0x80000000u;
    for (std::size_t at = 0; begin != end; ++begin, ++at) *begin = state[at];
  }

 private:
  std::array<std::uint32_t, 2> key_{};
  std::uint32_t words_ = 1;
};

struct State {
  std::mutex mutex;
  std::mt19937 engine;
  std::uint64_t generation = 0;

  State() {
    std::random_device entropy;
    std::seed_seq words{entropy(), entropy(), entropy(), entropy()};
    engine.seed(words);
  }
};

State& state() {
  static State instance;
  return instance;
}

}  // namespace

void set_random_seed(std::int64_t seed) {
  const InitByArray words(seed);
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.engine.seed(words);
  ++s.generation;
}

std::vector<std::uint32_t> random_state() {
  std::stringstream text;
  {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    text << s.engine;
  }
  std::vector<std::uint32_t> words;
  for (std::uint32_t word = 0; text >> word;) words.push_back(word);
  return words;
}

void set_random_state(const std::vector<std::uint32_t>& words) {
  std::stringstream text;
  for (const std::uint32_t word : words) text << word << ' ';
  std::mt19937 engine;
  if (!(text >> engine) || words.size() < kStateWords)
    throw std::invalid_argument("[set_random_state] these are no words of random_state().");
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.engine = engine;
}

namespace {
thread_local std::optional<std::int64_t> given_seed;
}  // namespace

GivenDefaultSeed::GivenDefaultSeed(std::int64_t seed) : before_(std::exchange(given_seed, seed)) {}
GivenDefaultSeed::~GivenDefaultSeed() { given_seed = before_; }

std::int64_t make_default_seed() {
  if (given_seed) return *given_seed;
  constexpr std::uint32_t kSeeds = 1'000'000'000;
  constexpr int kSpare = 2;  // 10^9 has 30 bits; CPython's getrandbits takes the highest
  State& s = state();
  const std::lock_guard lock(s.mutex);
  std::uint32_t draw;
  do {
    draw = static_cast<std::uint32_t>(s.engine()) >> kSpare;
  } while (draw >= kSeeds);
  return std::int64_t{1} + draw;
}

std::uint64_t random_seed_generation() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return s.generation;
}

}  // namespace keratin::random
