// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "keratin/base/config.h"

namespace keratin::formats {

/// What holds a text whose large arrays (base/number_array.h) may stay in it.
struct JsonKeeper {
  std::shared_ptr<const void> keeper;  // null: such an array is copied
  std::size_t most_numbers = 0;        // of all such arrays together
};

/// Parses one JSON text; NaN, Infinity and -Infinity are numbers, as Python's json writes them.
/// Integers that fit 64 bits stay integers. Throws std::runtime_error with line and column for text
/// that is no JSON, nests deeper than 100, has more than `most_values` (each takes some 64 bytes of
/// memory: a dict counts as three, an entry of it one more), names a key twice or goes on after its
/// end. With `kept` an array of more than kLargeArray numbers becomes a NumberArray, which counts
/// as one value.
Config parse_json(std::string_view text, std::size_t most_values = ~std::size_t{0},
                  const JsonKeeper* kept = nullptr);

/// As Python's json.dumps: keys in their order; `indent` < 0 gives one line without blanks. What is
/// no UTF-8 becomes U+FFFD; numbers that are not finite, null.
std::string dump_json(const Config& config, int indent = -1);

/// Reads a whole file and parses it. Throws std::runtime_error that names the file.
Config read_json_file(const std::string& path);

}  // namespace keratin::formats
