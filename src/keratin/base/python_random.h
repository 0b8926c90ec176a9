// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace keratin::random {

/// The draws of Python's module `random`: MT19937, seeded and read as CPython does. What Keras
/// draws from that module is drawn from here, so that the same seed gives the same numbers.
class PythonRandom {
 public:
  explicit PythonRandom(std::int64_t seed) { this->seed(seed); }
  /// From the machine's entropy.
  static PythonRandom from_entropy();

  /// As `random.seed(seed)`.
  void seed(std::int64_t seed);
  /// As `random.random()`: 53 random bits in [0, 1).
  double uniform();
  /// As `random.randrange(n)`: an integer in [0, n), each as likely. n must not be 0.
  std::uint64_t below(std::uint64_t n);
  /// As `random.shuffle(items)`.
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i-- > 1;) std::swap(items[i], items[below(i + 1)]);
  }

  /// Where it stands: 624 words and how many of them are used, `random.getstate()[1]`; and that
  /// again. Throws std::invalid_argument for other words.
  std::vector<std::uint32_t> state() const;
  void set_state(const std::vector<std::uint32_t>& words);

 private:
  PythonRandom() = default;
  std::uint32_t word() { return static_cast<std::uint32_t>(engine_()); }

  std::mt19937 engine_;
};

}  // namespace keratin::random
