// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

/// The one random state of the process: the generator that unseeded objects take their seeds from.
namespace keratin::random {

/// Makes everything that is drawn without a seed afterwards a function of `seed`; also starts the
/// global SeedGenerator again. Keras: `keras.utils.set_random_seed`, which seeds Python's `random`;
/// the same generator (MT19937, seeded as CPython seeds it) is used here, so that the same program
/// draws the same seeds. Threads: safe; which thread then gets which seed is up to the order of the
/// calls.
void set_random_seed(std::int64_t seed);

/// A seed in [1, 10^9], as Keras's `make_default_seed`. Until set_random_seed is called they come
/// from the machine's entropy. Threads: safe.
std::int64_t make_default_seed();

/// Where the generator stands, and that again: make_default_seed goes on as it would have. Throws
/// std::invalid_argument for words that random_state() does not give. Threads: safe.
std::vector<std::uint32_t> random_state();
void set_random_state(const std::vector<std::uint32_t>& words);

/// While it lives, make_default_seed gives this seed on this thread: for an object that is to draw
/// what another one drew that was given none.
class GivenDefaultSeed {
 public:
  explicit GivenDefaultSeed(std::int64_t seed);
  ~GivenDefaultSeed();
  GivenDefaultSeed(const GivenDefaultSeed&) = delete;
  GivenDefaultSeed& operator=(const GivenDefaultSeed&) = delete;

 private:
  std::optional<std::int64_t> before_;
};

inline std::int64_t seed_or_default(const std::optional<std::int64_t>& seed) {
  return seed ? *seed : make_default_seed();
}

/// How often set_random_seed was called: the global SeedGenerator starts again when this changes.
std::uint64_t random_seed_generation();

}  // namespace keratin::random
