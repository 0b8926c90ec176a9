// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace keratin::cli {

// What a user wrote, as a number: all of the text, decimal, and within the type. Otherwise none:
// the readers of the standard library take the start of "3x", make 8 of "010" and the largest
// number of one that is too large.

std::optional<std::int64_t> whole_number(std::string_view text);
/// Finite.
std::optional<double> real_number(std::string_view text);

}  // namespace keratin::cli
