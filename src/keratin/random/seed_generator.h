// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

#include "keratin/base/config.h"
#include "keratin/base/seed.h"
#include "keratin/base/threefry.h"

namespace keratin::random {

struct SeedGeneratorOptions {
  std::optional<std::int64_t> seed = std::nullopt;
  std::string name = {};  // empty: "seed_generator", "seed_generator_1", ...
};

/// A source of keys that differ from draw to draw: [seed, 0], [seed, 1], ... as Keras on JAX.
/// Without a seed it takes one from make_default_seed(). Copies go on on their own. Threads: next()
/// may be called by any number at once; each gets a key of its own.
class SeedGenerator {
 public:
  using Options = SeedGeneratorOptions;
  explicit SeedGenerator(SeedGeneratorOptions options = {});
  explicit SeedGenerator(std::int64_t seed) : SeedGenerator(SeedGeneratorOptions{.seed = seed}) {}
  SeedGenerator(const SeedGenerator& other);
  SeedGenerator& operator=(const SeedGenerator& other);

  /// The key of this draw; the next call gives another.
  Key next();

  /// What next() will give. Keras: the variable "seed_generator_state", which files hold.
  Key state() const;
  void set_state(Key state);

  const std::string& name() const { return options_.name; }
  static SeedGeneratorOptions options_from(const Config& config);
  Config get_config() const;

 private:
  SeedGeneratorOptions options_;
  std::atomic<std::uint64_t> state_;  // the first word low, the second, which counts, high
};

/// The key of a draw without a seed: from the process's own generator, which set_random_seed starts
/// again. Keras: `draw_seed(None)`, with the same sequence. Threads: safe.
Key next_global_key();

/// Where that generator stands; none before its first draw. Threads: safe.
std::optional<Key> global_key_state();
void set_global_key_state(const std::optional<Key>& key);

/// What Keras calls `seed` where it takes None, an integer (the same values every time) or a
/// SeedGenerator (other values every time; it must live until the draw).
class SeedLike {
 public:
  SeedLike() = default;
  SeedLike(std::nullopt_t) {}
  template <std::integral T>
  SeedLike(T seed) : seed_(static_cast<std::int64_t>(seed)) {}
  SeedLike(std::optional<std::int64_t> seed) : seed_(seed) {}
  SeedLike(SeedGenerator& generator) : generator_(&generator) {}

  /// The key of one draw. Keras: `draw_seed`.
  Key draw() const;

 private:
  std::optional<std::int64_t> seed_;
  SeedGenerator* generator_ = nullptr;
};

}  // namespace keratin::random
