// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/python_random.h"

#include <array>
#include <bit>
#include <sstream>
#include <stdexcept>

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

}  // namespace

PythonRandom PythonRandom::from_entropy() {
  std::random_device entropy;
  std::seed_seq words{entropy(), entropy(), entropy(), entropy()};
  PythonRandom made;
  made.engine_.seed(words);
  return made;
}

void PythonRandom::seed(std::int64_t seed) {
  const InitByArray words(seed);
  engine_.seed(words);
}

double PythonRandom::uniform() {
  const std::uint32_t high = word() >> 5;
  const std::uint32_t low = word() >> 6;
  return (high * 67108864.0 + low) * 0x1p-53;
}

std::uint64_t PythonRandom::below(std::uint64_t n) {
  const int bits = static_cast<int>(std::bit_width(n));
  std::uint64_t draw;
  do {  // getrandbits: the highest bits of the last word, behind whole ones
    if (bits <= 32) {
      draw = word() >> (32 - bits);
    } else {
      draw = word();
      draw |= static_cast<std::uint64_t>(word() >> (64 - bits)) << 32;
    }
  } while (draw >= n);
  return draw;
}

std::vector<std::uint32_t> PythonRandom::state() const {
  std::stringstream text;
  text << engine_;
  std::vector<std::uint32_t> words;
  for (std::uint32_t word = 0; text >> word;) words.push_back(word);
  return words;
}

void PythonRandom::set_state(const std::vector<std::uint32_t>& words) {
  std::stringstream text;
  for (const std::uint32_t word : words) text << word << ' ';
  std::mt19937 engine;
  if (words.size() != kStateWords + 1 || words.back() > kStateWords || !(text >> engine))
    throw std::invalid_argument("[set_random_state] these are no words of random_state().");
  engine_ = engine;
}

}  // namespace keratin::random
