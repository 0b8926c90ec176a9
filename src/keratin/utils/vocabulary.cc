// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/vocabulary.h"

#include <algorithm>

namespace keratin::utils {

std::int64_t& WordColumn::slot(std::uint32_t word) {
  if (word >= values.size()) values.resize(std::size_t{word} + 1, kAbsent);
  if (values[word] == kAbsent) {
    order.push_back(word);
    values[word] = 0;
  }
  return values[word];
}

void Vocabulary::count(std::string_view word) {
  const std::uint32_t id = words.insert(word);
  ++word_counts.slot(id);
  if (id >= last_text_.size()) last_text_.resize(std::size_t{id} + 1, 0);
  if (last_text_[id] != text_) {
    last_text_[id] = text_;
    ++word_docs.slot(id);
  }
}

void Vocabulary::number_words(const std::optional<std::string>& oov_token) {
  std::vector<std::uint32_t> by_count = word_counts.order;
  std::ranges::stable_sort(by_count, [&](std::uint32_t a, std::uint32_t b) {
    return word_counts.values[a] > word_counts.values[b];
  });
  word_index.clear();
  std::int64_t next = 1;
  if (oov_token) word_index.slot(words.insert(*oov_token)) = next++;
  // Keras: a text that holds the oov_token itself gives it a second, later index, which stays.
  for (const std::uint32_t id : by_count) word_index.slot(id) = next++;
  index_word.clear();
  for (const std::uint32_t id : word_index.order) index_word[word_index.values[id]] = id;
  for (const std::uint32_t id : word_docs.order) {
    const std::int64_t i = word_index.get(id);
    if (i != WordColumn::kAbsent) index_docs[i] = word_docs.values[id];
  }
}

}  // namespace keratin::utils
