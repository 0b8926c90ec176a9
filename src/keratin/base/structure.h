// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "keratin/base/config.h"

/// Lists and dicts, one within another, as a Config with a null in each place where something
/// stands: of dicts by sorted keys, Keras's order.
namespace keratin {

/// How many places there are.
std::size_t leaves_of(const Config& structure);
/// Those of a dict, in that order.
std::vector<std::string> sorted_keys(const Config::Dict& dict);
/// With leaves[next], leaves[next + 1] ... in the places; `next` is behind them then. Throws
/// std::out_of_range where there are too few.
Config with_leaves(const Config& structure, const Config::List& leaves, std::size_t& next);

}  // namespace keratin
