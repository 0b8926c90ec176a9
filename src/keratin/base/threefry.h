// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

/// The counter-based generator of the library: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror,
/// Shaw: Parallel Random Numbers: As Easy as 1, 2, 3; SC 2011), and numbers drawn with it as JAX
/// draws them (jax_threefry_partitionable, JAX's default). Element i of a tensor is a function of
/// the key and i alone. Threads: every function is pure.
namespace keratin::random {

/// A JAX key of 2 x 32 bits.
struct Key {
  std::uint32_t a = 0;
  std::uint32_t b = 0;

  bool operator==(const Key&) const = default;
};

/// One block: the counter (a, b) enciphered under `key`.
Key threefry2x32(Key key, Key counter);

/// The key of a Keras seed. Keras on JAX: [seed, 0] for seeds of 32 bits, an error for any other;
/// here the high half of the seed is the second word, so every seed has a key of its own.
Key key_from_seed(std::int64_t seed);

/// `jax.random.split(key, n)[index]`: independent keys from one.
Key split(Key key, std::uint64_t index);

/// Elements [first, first + out.size()) of `jax.random.bits(key, shape)`, of 32 and of 64 bits. The
/// counter is the 64-bit position in the row-major order.
void fill_bits(Key key, std::uint64_t first, std::span<std::uint32_t> out);
void fill_bits(Key key, std::uint64_t first, std::span<std::uint64_t> out);

}  // namespace keratin::random
