// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "keratin/base/shape.h"

namespace keratin {

class Config;

/// An array of more numbers than these stays in its text.
constexpr std::size_t kLargeArray = std::size_t{1} << 12;

/// The number that `token` is, as JSON has them: an integer where it is written as one and fits 64
/// bits. Null where it is none, or larger than every double. Python's NaN and Infinity are numbers.
Config json_number(std::string_view token);

/// A large array of numbers in a config, as it stands in the text of a file: `[[0.5, 1], [2, 3]]`.
/// A table of vectors that Keras wrote into a config has 10^7 of them; here they take no memory
/// until somebody reads them. The lists have one length each and every number is one, or the
/// parser had made lists of values of it.
struct NumberArray {
  Shape shape;
  std::string_view text;               // from the first bracket to the last
  std::shared_ptr<const void> keeper;  // of the text

  std::size_t size() const;
  bool operator==(const NumberArray& other) const {
    return shape == other.shape && text == other.text;
  }
  /// Calls `take` with the text of every number, in their order.
  template <class Take>
  void each_token(Take take) const {
    constexpr std::string_view kBetween = "[], \t\r\n";
    std::size_t at = text.find_first_not_of(kBetween);
    while (at != std::string_view::npos) {
      std::size_t end = at + 1;  // a bracket stands behind the last
      while (kBetween.find(text[end]) == std::string_view::npos) ++end;
      take(text.substr(at, end - at));
      at = text.find_first_not_of(kBetween, end);
    }
  }
};

}  // namespace keratin
