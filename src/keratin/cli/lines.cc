// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/lines.h"

namespace keratin::cli {
namespace {

constexpr std::string_view kBlanks = " \t\n\v\f\r";

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool is_blank(std::string_view text) { return text.find_first_not_of(kBlanks) == text.npos; }

}  // namespace keratin::cli
