// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace keratin::testing {

/// Whether a sanitizer watches: what only a figure needs many of, of steps or of bytes, is then
/// tested with few. Memory that is asked of the system says nothing about the program's own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace keratin::testing
