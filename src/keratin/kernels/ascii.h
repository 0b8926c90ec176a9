// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace keratin::kernels {

/// Bytes that ascii_marks() looks at together.
inline constexpr std::size_t kMarked = 64;

/// Copies the text of n bytes to `to`, ASCII's capitals small where `lowers`, and marks bytes: bit
/// i % 64 of spaces[i / 64] says whether byte i is a space (space, tab, line feed, vertical tab,
/// form feed, return), that of signs whether it is one of !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~. Room
/// behind: `to` has that for whole blocks of kMarked bytes, the others for a number a block; what
/// lies behind the text counts as spaces.
void ascii_marks(const char* text, std::size_t n, bool lowers, char* to, std::uint64_t* spaces,
                 std::uint64_t* signs);

}  // namespace keratin::kernels
