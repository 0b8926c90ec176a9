// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/base/owned.h"
#include "keratin/tensor/tensor.h"

namespace keratin {
class StringTable;
}

namespace keratin::utils {

class Tokenizer;
struct WordColumn;

/// What Keras filters out by default: punctuation without the apostrophe, tabs, line ends.
inline constexpr const char* kDefaultFilters = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n";

struct TokenizerOptions {
  /// Only the num_words - 1 most common words are used; none or 0: all of them.
  std::optional<std::int64_t> num_words = {};
  std::string filters = kDefaultFilters;  // every code point of it separates words
  bool lower = true;
  std::string split = " ";
  bool char_level = false;  // every code point is a token; filters and split are not used
  /// Takes index 1 and stands for all words that are not known, or not among num_words.
  std::optional<std::string> oov_token = {};
  std::int64_t document_count = 0;
};

struct TextToWordSequenceOptions {
  std::string filters = kDefaultFilters;
  bool lower = true;
  std::string split = " ";
};

/// The words of a text. Keras 2: `keras.preprocessing.text.text_to_word_sequence`.
std::vector<std::string> text_to_word_sequence(std::string_view text,
                                               const TextToWordSequenceOptions& options = {});

/// One of a Tokenizer's dictionaries from words to numbers, to look into. It belongs to the
/// Tokenizer and is good until that changes.
class WordNumbers {
 public:
  std::size_t size() const;
  bool contains(std::string_view word) const { return find(word).has_value(); }
  std::optional<std::int64_t> find(std::string_view word) const;
  /// Throws std::out_of_range when the word is not there.
  std::int64_t at(std::string_view word) const;
  /// All of it, in Keras's order (word_docs: in the order of first appearance).
  std::vector<std::pair<std::string, std::int64_t>> items() const;

 private:
  friend class Tokenizer;
  WordNumbers(const StringTable& words, const WordColumn& column)
      : words_(&words), column_(&column) {}
  const StringTable* words_;
  const WordColumn* column_;
};

/// Keras 2's Tokenizer: learns a vocabulary from texts, most common word first, and turns texts
/// into sequences of indices, 1 for the first word; 0 is never given to a word.
///
/// Texts are UTF-8. Broken parts count as U+FFFD, as if Python had read them with errors="replace".
/// lower is Python's str.lower (base/utf8.h). Words that are equally common keep the order of their
/// first appearance.
/// Copies are independent. Threads: const calls are safe from any number of threads; fitting needs
/// the object alone. Keras: `keras_preprocessing.text.Tokenizer` 1.1.2; `analyzer` is left out.
class Tokenizer {
 public:
  using Options = TokenizerOptions;
  /// Throws std::invalid_argument for a negative num_words and an empty split where it is used.
  explicit Tokenizer(TokenizerOptions options = {});
  ~Tokenizer();
  Tokenizer(const Tokenizer& other);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(const Tokenizer& other);
  Tokenizer& operator=(Tokenizer&&) noexcept;

  /// Adds the words of every text to the counts, and numbers all words anew.
  void fit_on_texts(const std::vector<std::string>& texts);
  /// Texts that are lists of tokens already: they are put into lower case, not filtered or split.
  template <std::same_as<std::string> Token>
  void fit_on_texts(const std::vector<std::vector<Token>>& texts) {
    fit_on_tokens(texts);
  }
  /// Adds to index_docs and document_count alone.
  void fit_on_sequences(const std::vector<std::vector<std::int64_t>>& sequences);

  /// Words that are not known (or not among num_words) become the oov_token, or are left out where
  /// there is none. Throws std::invalid_argument when the oov_token is needed and has no index
  /// because nothing was fitted (Keras writes None there).
  std::vector<std::vector<std::int64_t>> texts_to_sequences(
      const std::vector<std::string>& texts) const;
  template <std::same_as<std::string> Token>
  std::vector<std::vector<std::int64_t>> texts_to_sequences(
      const std::vector<std::vector<Token>>& texts) const {
    return tokens_to_sequences(texts);
  }
  /// The words with a space between them.
  std::vector<std::string> sequences_to_texts(
      const std::vector<std::vector<std::int64_t>>& sequences) const;

  /// One row a text, one column an index, num_words columns (or as many as there are words, and
  /// one): float32. `mode`: "binary", "count", "freq" or "tfidf". Throws std::invalid_argument for
  /// another mode, without vocabulary and num_words, and for "tfidf" before any document was seen,
  /// and std::out_of_range for a negative index. Keras gives the same numbers in float64.
  Tensor texts_to_matrix(const std::vector<std::string>& texts,
                         std::string_view mode = "binary") const;
  Tensor sequences_to_matrix(const std::vector<std::vector<std::int64_t>>& sequences,
                             std::string_view mode = "binary") const;

  WordNumbers word_counts() const;  // how often each word was seen
  WordNumbers word_docs() const;    // in how many texts
  WordNumbers word_index() const;
  std::map<std::int64_t, std::string> index_word() const;
  std::map<std::int64_t, std::int64_t> index_docs() const;
  std::int64_t document_count() const;
  const TokenizerOptions& options() const;

  /// As Keras's: the dictionaries are strings of JSON inside.
  Config get_config() const;
  /// {"class_name": "Tokenizer", "config": ...}: tokenizer_from_json and Keras 2 read it.
  std::string to_json() const;

 private:
  friend Tokenizer tokenizer_from_json(std::string_view json);
  void fit_on_tokens(const std::vector<std::vector<std::string>>& texts);
  std::vector<std::vector<std::int64_t>> tokens_to_sequences(
      const std::vector<std::vector<std::string>>& texts) const;

  struct State;
  Owned<State> state_;
};

/// Reads what to_json wrote, here or in Keras 2. Throws std::runtime_error or std::invalid_argument
/// for any other text.
Tokenizer tokenizer_from_json(std::string_view json);

}  // namespace keratin::utils
