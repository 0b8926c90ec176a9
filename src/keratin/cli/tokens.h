// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/utils/tokenizer.h"
#include "keratin/utils/word_splitter.h"

namespace keratin::cli {

enum class Unit {
  kPunctuated,  // words, and every punctuation character by itself
  kWord,        // what lies between the characters of `filters`
  kCharacter,
};

/// "punctuated", "words" or "characters".
std::string_view name_of(Unit unit);
/// Throws std::invalid_argument for another name.
Unit unit_named(std::string_view name);

struct TokenOptions {
  Unit unit = Unit::kPunctuated;
  std::string filters = utils::kDefaultFilters;
  bool lower = false;
  /// Not 0: also every run of so many characters of a word, with a mark at its ends: what a word
  /// shares with others, also one that is not known (fastText, arXiv:1607.04606). Not with
  /// kCharacter.
  int subwords = 3;
  int ngrams = 1;  // 2: also every two neighbours as one token, and so on. Keras: TextVectorization
};

/// Cuts texts into tokens: first all single ones, then the pairs, ..., then the pieces of words.
/// The parts of an n-gram of words have a space between them. From 2 on, n-grams of characters see
/// where the text begins and ends. Threads: const, safe from any number, each with its own Buffers.
class TokenCutter {
 public:
  /// Throws std::invalid_argument for pieces of more than 16 characters.
  explicit TokenCutter(const TokenOptions& options);

  /// Memory that is used again from text to text.
  struct Buffers {
    utils::WordSplitter::Buffers splitter;
    std::vector<std::string_view> tokens;
    std::vector<std::size_t> starts;
    std::string joined;
  };

  /// Calls f(token) for each; the token is good until the next one.
  template <class F>
  void operator()(std::string_view text, Buffers& buffers, F&& f) const {
    for (const std::string_view token : singles(text, buffers)) f(token);
    for (std::size_t n = 2; n <= ngrams_; ++n) {
      for (std::size_t i = 0; i + n <= buffers.tokens.size(); ++i) f(ngram(buffers, i, n));
    }
    for_pieces(buffers, f);
  }

  // The same in parts, for who knows a shorter way to one of them.

  std::size_t ngrams() const { return ngrams_; }
  /// The single tokens, which stay in the buffers.
  const std::vector<std::string_view>& singles(std::string_view text, Buffers& buffers) const;
  /// `n` of the single tokens in the buffers as one.
  std::string_view ngram(Buffers& buffers, std::size_t first, std::size_t n) const;
  /// The pieces of the single tokens in the buffers.
  template <class F>
  void for_pieces(Buffers& buffers, F&& f) const {
    if (piece_ == 0) return;
    for (const std::string_view word : buffers.tokens) pieces(word, buffers, f);
  }

  static constexpr std::string_view kBegin = "\x02";
  static constexpr std::string_view kEnd = "\x03";

 private:
  /// Where the characters of the word begin, and its end.
  static void find_starts(std::string_view word, std::vector<std::size_t>& starts);
  static bool is_ascii(std::string_view word) {
    unsigned char all = 0;
    for (const char c : word) all |= static_cast<unsigned char>(c);
    return all < 0x80;
  }

  /// Of kBegin + word + kEnd every run of piece_ characters. A word of piece_ - 2 characters or
  /// fewer is its only piece: the word itself says as much.
  template <class F>
  void pieces(std::string_view word, Buffers& buffers, F&& f) const {
    if (word.size() + 2 <= piece_) return;  // of fewer bytes, so of fewer characters
    if (is_ascii(word)) {
      pieces_from(
          word, word.size(), [](std::size_t i) { return i; }, f);
      return;
    }
    find_starts(word, buffers.starts);
    const std::vector<std::size_t>& starts = buffers.starts;
    pieces_from(
        word, starts.size() - 1, [&](std::size_t i) { return starts[i]; }, f);
  }

  /// `start(i)`: where character i of `length` begins, and for `length` the end.
  template <class Start, class F>
  void pieces_from(std::string_view word, std::size_t length, const Start& start, F&& f) const {
    if (length + 2 <= piece_) return;
    const std::size_t last = length + 2 - piece_;
    std::array<char, kLongestPiece> marked;
    for (std::size_t i = 0; i <= last; ++i) {  // of the marked word
      const std::size_t begin = start(i == 0 ? 0 : i - 1);
      const std::size_t size = start(std::min(i + piece_ - 1, length)) - begin;
      if (i > 0 && i < last) {
        f(word.substr(begin, size));
        continue;
      }
      char* end = marked.data();
      if (i == 0) *end++ = kBegin[0];
      end = std::copy_n(word.data() + begin, size, end);
      if (i == last) *end++ = kEnd[0];
      f(std::string_view(marked.data(), static_cast<std::size_t>(end - marked.data())));
    }
  }

  static constexpr std::size_t kMostCharacters = 16;                     // of a piece
  static constexpr std::size_t kLongestPiece = 4 * kMostCharacters + 2;  // its bytes
  Unit unit_;
  utils::WordSplitter splitter_;
  std::size_t ngrams_;
  std::size_t piece_;  // 0: none
};

/// Is no token and part of none, but with kWord.
inline constexpr std::string_view kTokenSeparator = "\x1F";

}  // namespace keratin::cli
