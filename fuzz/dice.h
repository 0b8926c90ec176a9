// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <random>

namespace keratin::fuzz {

using Dice = std::mt19937_64;

/// A number in [0, n).
inline std::size_t below(Dice& dice, std::size_t n) { return static_cast<std::size_t>(dice() % n); }

}  // namespace keratin::fuzz
