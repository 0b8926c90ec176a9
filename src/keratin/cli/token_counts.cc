// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/token_counts.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace keratin::cli {

TokenCounts::TokenCounts(const TokenOptions& options)
    : cutter_(options), has_pairs_(cutter_.ngrams() > 1 && options.unit != Unit::kCharacter) {}

std::uint32_t TokenCounts::add_token(Token token) {
  if (tokens_.size() >= std::numeric_limits<std::int32_t>::max() - 2)
    throw std::length_error("[TokenCounts] more than 2^31 - 3 different tokens.");
  tokens_.push_back(token);
  counts_.push_back(0);
  return static_cast<std::uint32_t>(tokens_.size() - 1);
}

std::uint32_t TokenCounts::number_of(std::string_view token) {
  const auto key = key_of(token);
  if (key) {
    const std::uint32_t number = short_.find(*key);
    if (number != KeyTable::kMissing) return number;
  }
  const std::uint32_t place = strings_.insert(token);
  if (place == numbers_.size()) {
    numbers_.push_back(add_token({place, kNoPair}));
    if (key) short_.insert(*key, numbers_.back());
  }
  return numbers_[place];
}

std::uint32_t TokenCounts::number_of_pair(std::uint32_t first, std::uint32_t second) {
  const std::uint64_t key = key_of_pair(first, second);
  std::uint32_t number = pairs_.find(key);
  if (number == KeyTable::kMissing) {
    number = add_token({first, second});
    pairs_.insert(key, number);
  }
  return number;
}

void TokenCounts::add(std::string_view text) {
  of_text_.clear();
  for (const std::string_view token : cutter_.singles(text, buffers_)) note(number_of(token));
  const std::size_t singles = of_text_.size();
  std::size_t n = 2;
  if (has_pairs_) {
    for (std::size_t i = 0; i + 2 <= singles; ++i) {
      note(number_of_pair(static_cast<std::uint32_t>(of_text_[i]),
                          static_cast<std::uint32_t>(of_text_[i + 1])));
    }
    n = 3;
  }
  for (; n <= cutter_.ngrams(); ++n) {
    for (std::size_t i = 0; i + n <= singles; ++i) note(number_of(cutter_.ngram(buffers_, i, n)));
  }
  cutter_.for_pieces(buffers_, [&](std::string_view piece) { note(number_of(piece)); });
  texts_.add(of_text_);
}

std::vector<std::uint32_t> TokenCounts::by_count() const {
  std::vector<std::uint32_t> order(size());
  std::iota(order.begin(), order.end(), 0u);
  // Most tokens come once, and stand in their order already.
  const auto often = std::ranges::stable_partition(
      order, [&](std::uint32_t number) { return counts_[number] > 1; });
  std::ranges::stable_sort(order.begin(), often.begin(), std::greater(),
                           [&](std::uint32_t number) { return counts_[number]; });
  return order;
}

void TokenCounts::append_token(std::string& out, std::uint32_t number) const {
  const Token token = tokens_[number];
  if (token.second == kNoPair) {
    out += strings_[token.first];
    return;
  }
  append_token(out, token.first);
  out += ' ';
  append_token(out, token.second);
}

}  // namespace keratin::cli
