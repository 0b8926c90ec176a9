// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Numbers as Python writes them. Not installed.
namespace keratin::callbacks {

/// `str(value)`: the shortest digits that give the number back.
std::string python_text(double value);

/// `format(value, spec)`: "[[fill]align][sign][0][width][.precision][type]" with the types e, f, g
/// and %, in capitals too, and none. Throws std::invalid_argument for another spec.
std::string python_format(double value, std::string_view spec);
/// The same; `d` is a type too.
std::string python_format(std::int64_t value, std::string_view spec);

}  // namespace keratin::callbacks
