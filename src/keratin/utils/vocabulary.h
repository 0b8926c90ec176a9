// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "keratin/base/string_table.h"

namespace keratin::utils {

/// Numbers of words, which are named by their place in a StringTable; keeps the order of insertion.
struct WordColumn {
  static constexpr std::int64_t kAbsent = std::numeric_limits<std::int64_t>::min();

  std::vector<std::int64_t> values;  // by word; kAbsent where the word is not in this column
  std::vector<std::uint32_t> order;

  std::int64_t get(std::uint32_t word) const {
    return word < values.size() ? values[word] : kAbsent;
  }
  /// The number of `word`, 0 when it is new here.
  std::int64_t& slot(std::uint32_t word);
  void clear() { values.clear(), order.clear(); }
};

/// What a Tokenizer learns from texts. Members bear the names of Keras's dictionaries.
struct Vocabulary {
  StringTable words;
  WordColumn word_counts, word_docs, word_index;
  std::map<std::int64_t, std::uint32_t> index_word;
  std::map<std::int64_t, std::int64_t> index_docs;

  std::int64_t index_of(std::string_view word) const {
    const std::uint32_t id = words.find(word);
    return id == StringTable::kMissing ? WordColumn::kAbsent : word_index.get(id);
  }

  /// From here on count() belongs to a new text.
  void begin_text() { ++text_; }
  void count(std::string_view word);
  /// Numbers all words anew by falling count, `oov_token` first.
  void number_words(const std::optional<std::string>& oov_token);

 private:
  std::vector<std::int64_t> last_text_;  // by word: counts it once a text without a set of words
  std::int64_t text_ = 0;
};

}  // namespace keratin::utils
