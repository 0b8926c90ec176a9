// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/fingerprint.h"

#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

namespace keratin {
namespace {

constexpr std::uint64_t kA = 0xc3a5c85c97cb3127, kB = 0xb492b66fbe98f273, kC = 0x9ae16a3b2f90404f;

std::uint64_t read64(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}
std::uint64_t read32(const char* at) {
  std::uint32_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}
static_assert(std::endian::native == std::endian::little);

std::uint64_t shift_mix(std::uint64_t x) { return x ^ (x >> 47); }

/// Murmur's step from two words to one.
std::uint64_t join(std::uint64_t u, std::uint64_t v, std::uint64_t factor) {
  return shift_mix((v ^ shift_mix((u ^ v) * factor)) * factor) * factor;
}

std::uint64_t up_to_16(const char* s, std::size_t size) {
  const std::uint64_t factor = kC + size * 2;
  if (size >= 8) {
    const std::uint64_t a = read64(s) + kC, b = read64(s + size - 8);
    const std::uint64_t c = std::rotr(b, 37) * factor + a;
    const std::uint64_t d = (std::rotr(a, 25) + b) * factor;
    return join(c, d, factor);
  }
  if (size >= 4) return join(size + (read32(s) << 3), read32(s + size - 4), factor);
  if (size == 0) return kC;
  const auto byte = [s](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(s[i]));
  };
  const std::uint64_t y = byte(0) + (byte(size >> 1) << 8);
  const std::uint64_t z = size + (byte(size - 1) << 2);
  return shift_mix(y * kC ^ z * kA) * kC;
}

std::uint64_t up_to_32(const char* s, std::size_t size) {
  const std::uint64_t factor = kC + size * 2;
  const std::uint64_t a = read64(s) * kB, b = read64(s + 8);
  const std::uint64_t c = read64(s + size - 8) * factor, d = read64(s + size - 16) * kC;
  return join(std::rotr(a + b, 43) + std::rotr(c, 30) + d, a + std::rotr(b + kC, 18) + c, factor);
}

std::uint64_t up_to_64(const char* s, std::size_t size) {
  const std::uint64_t factor = kC + size * 2;
  const std::uint64_t a = read64(s) * kC, b = read64(s + 8);
  const std::uint64_t c = read64(s + size - 8) * factor, d = read64(s + size - 16) * kC;
  const std::uint64_t y = std::rotr(a + b, 43) + std::rotr(c, 30) + d;
  const std::uint64_t z = join(y, a + std::rotr(b + kC, 18) + c, factor);
  const std::uint64_t e = read64(s + 16) * factor, f = read64(s + 24);
  const std::uint64_t g = (y + read64(s + size - 32)) * factor;
  const std::uint64_t h = (z + read64(s + size - 24)) * factor;
  return join(std::rotr(e + f, 43) + std::rotr(g, 30) + h, e + std::rotr(f + a, 18) + g, factor);
}

using Pair = std::pair<std::uint64_t, std::uint64_t>;

/// 32 bytes and two seeds.
Pair weak(const char* s, std::uint64_t a, std::uint64_t b) {
  const std::uint64_t w = read64(s), x = read64(s + 8), y = read64(s + 16), z = read64(s + 24);
  a += w;
  b = std::rotr(b + a + z, 21);
  const std::uint64_t c = a;
  a += x + y;
  b += std::rotr(a, 44);
  return {a + z, b + c};
}

/// What is carried from 64 bytes to the next.
struct Long {
  std::uint64_t x, y, z;
  Pair v{0, 0}, w{0, 0};

  void step(const char* s, std::uint64_t factor, std::uint64_t times) {
    x = std::rotr(x + y + v.first + read64(s + 8), 37) * factor;
    y = std::rotr(y + v.second + read64(s + 48), 42) * factor;
    x ^= w.second * times;
    y += v.first * times + read64(s + 40);
    z = std::rotr(z + w.first, 33) * factor;
    v = weak(s, v.second * factor, x + w.first);
    w = weak(s + 32, z + w.second, y + read64(s + 16));
    std::swap(z, x);
  }
};

std::uint64_t longer(const char* s, std::size_t size) {
  constexpr std::uint64_t kSeed = 81;
  const std::uint64_t y = kSeed * kB + 113;
  Long state{.x = kSeed * kC + read64(s), .y = y, .z = shift_mix(y * kC + 113) * kC};
  const std::size_t rest = (size - 1) & 63;
  const char* const end = s + (size - 1 - rest);
  for (; s != end; s += 64) state.step(s, kB, 1);
  const std::uint64_t factor = kB + ((state.z & 0xff) << 1);
  state.w.first += rest;
  state.v.first += state.w.first;
  state.w.first += state.v.first;
  state.step(end + rest - 63, factor, 9);
  return join(join(state.v.first, state.w.first, factor) + shift_mix(state.y) * kA + state.z,
              join(state.v.second, state.w.second, factor) + state.x, factor);
}

}  // namespace

std::uint64_t fingerprint64(std::string_view text) {
  if (text.size() <= 16) return up_to_16(text.data(), text.size());
  if (text.size() <= 32) return up_to_32(text.data(), text.size());
  return text.size() <= 64 ? up_to_64(text.data(), text.size()) : longer(text.data(), text.size());
}

std::uint64_t join_fingerprints(std::uint64_t first, std::uint64_t second) {
  constexpr std::uint64_t kFactor = 0xc6a4a7935bd1e995;
  const std::uint64_t joined =
      (first ^ kFactor ^ (shift_mix(second * kFactor) * kFactor)) * kFactor;
  return shift_mix(shift_mix(joined) * kFactor);
}

std::uint64_t siphash64(std::uint64_t key0, std::uint64_t key1, std::string_view text) {
  std::uint64_t v0 = key0 ^ 0x736f6d6570736575, v1 = key1 ^ 0x646f72616e646f6d;
  std::uint64_t v2 = key0 ^ 0x6c7967656e657261, v3 = key1 ^ 0x7465646279746573;
  const auto rounds = [&](int count) {
    for (int i = 0; i < count; ++i) {
      v0 += v1;
      v1 = std::rotl(v1, 13) ^ v0;
      v0 = std::rotl(v0, 32);
      v2 += v3;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1;
      v1 = std::rotl(v1, 17) ^ v2;
      v2 = std::rotl(v2, 32);
    }
  };
  const auto take = [&](std::uint64_t word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  };
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) take(read64(text.data() + i));
  std::uint64_t last = static_cast<std::uint64_t>(text.size()) << 56;
  if (i < text.size()) std::memcpy(&last, text.data() + i, text.size() - i);
  take(last);
  v2 ^= 0xff;
  rounds(4);
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace keratin
