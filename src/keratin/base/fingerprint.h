// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

/// Hashes that are the same on every machine and in every run: those by which TensorFlow, and so
/// Keras, puts strings into buckets.
namespace keratin {

/// FarmHash's 64-bit fingerprint (Geoff Pike, 2014): `tf.strings.to_hash_bucket_fast`.
std::uint64_t fingerprint64(std::string_view text);

/// Of two fingerprints one, in which their order counts: how `tf.sparse.cross_hashed` joins.
std::uint64_t join_fingerprints(std::uint64_t first, std::uint64_t second);

/// SipHash-2-4 (Aumasson and Bernstein, 2012): `tf.strings.to_hash_bucket_strong`.
std::uint64_t siphash64(std::uint64_t key0, std::uint64_t key1, std::string_view text);

}  // namespace keratin
