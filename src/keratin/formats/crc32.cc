// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/crc32.h"

#include <algorithm>

#include <zlib.h>

#include "keratin/parallel/parallel.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace keratin::formats {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 24;

std::uint32_t by_zlib(std::span<const std::byte> data, std::uint32_t before) {
  return static_cast<std::uint32_t>(
      ::crc32(before, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
}

#ifdef __x86_64__

/// x^n modulo the polynomial of the CRC, whose bits stand in the order of those of bytes: x^0 is
/// the highest of 32. One place up, as a product of two such is one place down. `constexpr` alone
/// ran it for each block where little is optimised.
consteval std::uint64_t power(int n) {
  std::uint32_t remainder = 0x80000000;
  for (int i = 0; i < n; ++i) remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? 0xEDB88320 : 0);
  return std::uint64_t{remainder} << 1;
}

/// Bytes that stand `kBits` in front of others, as bytes there: each half is multiplied by what its
/// place is worth.
template <int kBits>
[[gnu::target("pclmul,sse4.1")]] __m128i moved(__m128i bytes) {
  const __m128i worth = _mm_set_epi64x(static_cast<long long>(power(kBits - 32)),
                                       static_cast<long long>(power(kBits + 32)));
  return _mm_xor_si128(_mm_clmulepi64_si128(bytes, worth, 0x00),
                       _mm_clmulepi64_si128(bytes, worth, 0x11));
}

[[gnu::target("pclmul,sse4.1")]] __m128i load(std::span<const std::byte> data, std::size_t at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data.data() + at));
}

/// Folds all that fills 16 bytes into 16, of which zlib takes the remainder. V. Gopal et al., "Fast
/// CRC computation for generic polynomials using PCLMULQDQ instruction" (2009).
[[gnu::target("pclmul,sse4.1")]] std::uint32_t by_folding(std::span<const std::byte> data,
                                                          std::uint32_t before) {
  __m128i lanes[4];
  for (std::size_t i = 0; i < 4; ++i) lanes[i] = load(data, 16 * i);
  lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128(static_cast<int>(~before)));
  std::size_t at = 64;
  for (; at + 64 <= data.size(); at += 64) {
    for (std::size_t i = 0; i < 4; ++i)
      lanes[i] = _mm_xor_si128(moved<512>(lanes[i]), load(data, at + 16 * i));
  }
  __m128i all = lanes[0];
  for (std::size_t i = 1; i < 4; ++i) all = _mm_xor_si128(moved<128>(all), lanes[i]);
  for (; at + 16 <= data.size(); at += 16) all = _mm_xor_si128(moved<128>(all), load(data, at));
  std::byte folded[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(folded), all);
  const std::uint32_t sum = by_zlib(folded, ~std::uint32_t{0});  // of a register of 0
  return by_zlib(data.subspan(at), sum);
}

#endif

std::uint32_t checksum_of(std::span<const std::byte> data, std::uint32_t before) {
#ifdef __x86_64__
  static const bool folds = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  if (folds && data.size() >= 64) return by_folding(data, before);
#endif
  return by_zlib(data, before);
}

}  // namespace

std::uint32_t checksum(std::span<const std::byte> data, std::uint32_t before) {
  while (!data.empty()) {
    parallel::check_interrupt();
    const auto piece = data.first(std::min(data.size(), kPiece));
    before = checksum_of(piece, before);
    data = data.subspan(piece.size());
  }
  return before;
}

}  // namespace keratin::formats
