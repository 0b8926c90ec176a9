// SPDX-License-Identifier: Apache-2.0
#include "keratin/random/process_state.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include "keratin/base/seed.h"
#include "keratin/random/seed_generator.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::random {
namespace {

constexpr std::size_t kOfGlobal = 3;  // whether it has drawn, and the two words of its key

}  // namespace

Tensor process_state() {
  const std::optional<Key> key = global_key_state();
  std::vector<std::uint32_t> words = {key ? 1U : 0U, key ? key->a : 0U, key ? key->b : 0U};
  const std::vector<std::uint32_t> of_seeds = random_state();
  words.insert(words.end(), of_seeds.begin(), of_seeds.end());
  return Tensor::from(words);
}

void set_process_state(const Tensor& state) {
  const Tensor numbers = cast(state, DType::kUint32);
  const auto words = numbers.data<std::uint32_t>();
  if (words.size() <= kOfGlobal)
    throw std::invalid_argument("[set_process_state] these are no numbers of process_state().");
  set_random_state({words.begin() + kOfGlobal, words.end()});
  set_global_key_state(words[0] == 0 ? std::nullopt : std::optional(Key{words[1], words[2]}));
}

}  // namespace keratin::random
