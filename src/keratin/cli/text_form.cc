// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/text_form.h"

#include <algorithm>
#include <utility>

namespace keratin::cli {
namespace {

std::uint64_t key_of_ids(std::int32_t first, std::int32_t second) {
  return key_of_pair(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(second));
}

}  // namespace

TextEncoder::TextEncoder(TokenOptions tokens, const std::vector<std::string_view>& known)
    : tokens_(std::move(tokens)),
      cutter_(tokens_),
      short_(static_cast<std::size_t>(
          std::ranges::count_if(known, [](auto token) { return key_of(token).has_value(); }))) {
  for (const std::string_view token : known) {
    const auto place = static_cast<std::uint32_t>(known_.size());
    if (known_.insert(token) != place) continue;
    if (const auto key = key_of(token)) short_.insert(*key, place);
  }
  if (tokens_.unit != Unit::kCharacter && tokens_.ngrams > 1) find_pairs();
}

/// Single tokens hold no blank, so a known token with one blank is a pair. Those that were learned
/// from texts have parts that are known: as common as the pair, and met before it.
void TextEncoder::find_pairs() {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> pairs;
  pairs_are_all_ = true;
  for (std::uint32_t place = 0; place < known_.size(); ++place) {
    const std::string_view token = known_[place];
    const std::size_t blank = token.find(' ');
    if (blank == token.npos || token.find(' ', blank + 1) != token.npos) continue;
    const std::int32_t first = id_of(token.substr(0, blank)),
                       second = id_of(token.substr(blank + 1));
    if (first == kUnknownId || second == kUnknownId) {
      pairs_are_all_ = false;
    } else {
      pairs.emplace_back(key_of_ids(first, second), place);
    }
  }
  pairs_ = KeyTable(pairs.size());
  for (const auto& [key, place] : pairs) pairs_.insert(key, place);
}

std::int32_t TextEncoder::id_of_pair(TokenCutter::Buffers& buffers,
                                     std::span<const std::int32_t> ids, std::size_t first) const {
  if (ids[first] != kUnknownId && ids[first + 1] != kUnknownId)
    return id_at(pairs_.find(key_of_ids(ids[first], ids[first + 1])));
  return pairs_are_all_ ? kUnknownId : id_of(cutter_.ngram(buffers, first, 2));
}

/// The tokens of the cutter, in its order; a pair is found by its parts.
void TextEncoder::operator()(std::string_view text, Buffers& buffers) const {
  std::vector<std::int32_t>& ids = buffers.ids;
  ids.clear();
  for (const std::string_view token : cutter_.singles(text, buffers.cutter))
    ids.push_back(id_of(token));
  const std::size_t singles = ids.size();
  std::size_t n = 2;
  if (cutter_.ngrams() > 1 && tokens_.unit != Unit::kCharacter) {
    for (std::size_t i = 0; i + 2 <= singles; ++i)
      ids.push_back(id_of_pair(buffers.cutter, ids, i));
    n = 3;
  }
  for (; n <= cutter_.ngrams(); ++n) {
    for (std::size_t i = 0; i + n <= singles; ++i)
      ids.push_back(id_of(cutter_.ngram(buffers.cutter, i, n)));
  }
  cutter_.for_pieces(buffers.cutter, [&](std::string_view piece) { ids.push_back(id_of(piece)); });
  if (ids.empty()) ids.push_back(kUnknownId);
}

std::size_t TextEncoder::known(std::span<const std::int32_t> ids) {
  return ids.size() - static_cast<std::size_t>(std::ranges::count(ids, kUnknownId));
}

}  // namespace keratin::cli
