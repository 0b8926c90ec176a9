// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// How TextVectorization takes texts apart. Not installed.
namespace keratin::layers {

/// Takes texts apart, one after another: standardized, their words lie in memory of its own, until
/// the next clear(), each with StringTable::kRoom bytes that may be read. One thread.
class TextWords {
 public:
  /// "lower_and_strip_punctuation", "lower", "strip_punctuation" or none; "whitespace", "character"
  /// or none, which makes each text one word; the widths of ngrams, none where there are none.
  TextWords(const std::optional<std::string>& standardize, const std::optional<std::string>& split,
            std::span<const std::int64_t> widths);

  /// Forgets all words; texts of `bytes` in all come now, `count` of them.
  void clear(std::size_t bytes, std::size_t count);
  void add(std::string_view text);
  /// Those of all texts since clear().
  std::span<const std::string_view> words() const { return std::span(words_).first(count_); }
  /// Those of one text alone.
  std::span<const std::string_view> of(std::string_view text) {
    clear(text.size(), 1);
    add(text);
    return words();
  }
  /// `visit` of each word, or of each ngram.
  template <class Visit>
  void each(std::span<const std::string_view> words, Visit&& visit) {
    if (widths_.empty()) {
      for (const std::string_view word : words) visit(word);
      return;
    }
    for (const std::int64_t wanted : widths_) {
      const auto width = static_cast<std::size_t>(wanted);
      for (std::size_t first = 0; first + width <= words.size(); ++first) {
        joined_.assign(words[first]);
        for (std::size_t i = 1; i < width; ++i) (joined_ += ' ') += words[first + i];
        visit(joined_);
      }
    }
  }

 private:
  enum class Split { kNone, kSpaces, kCharacters };

  std::size_t remove_signs(std::size_t size);
  void add_word(std::string_view word) { words_[count_++] = word; }
  void add_between_spaces(std::size_t size);
  void add_characters(std::string_view text);

  bool lowers_, strips_;
  Split split_;
  std::span<const std::int64_t> widths_;
  std::string text_, joined_;
  char* at_ = nullptr;  // of the text that is taken apart, and of what comes behind it
  std::vector<std::uint64_t> spaces_, signs_;  // its marks, a bit a byte
  std::vector<std::string_view> words_;        // and room behind them
  std::size_t count_ = 0;
};

}  // namespace keratin::layers
