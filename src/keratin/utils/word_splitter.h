// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace keratin::utils {

/// Cuts texts into words or characters as Keras 2's Tokenizer does: lower case first, then every
/// code point of `filters` becomes `split`, then the text is cut at `split` and empty words fall
/// out. Threads: const, safe from any number of them, each with its own Buffers.
class WordSplitter {
 public:
  WordSplitter(std::string_view filters, bool lower, std::string_view split);

  /// Memory that is used again from text to text; what split() returns points into it.
  struct Buffers {
    std::string text;
    std::string filtered;
    std::vector<std::string_view> words;
  };

  /// The words of `text`, good until the buffers are used again.
  const std::vector<std::string_view>& words(std::string_view text, Buffers& buffers) const;
  /// The code points of `text`.
  const std::vector<std::string_view>& characters(std::string_view text, Buffers& buffers) const;
  /// `text` in lower case (where that is asked for) and with what is no UTF-8 replaced.
  std::string_view normalized(std::string_view text, std::string& buffer) const;

 private:
  void split_at_bytes(std::string_view text, std::vector<std::string_view>& words) const;
  void replace_filters(std::string_view text, std::string& filtered) const;

  bool lower_;
  bool by_bytes_;  // every separator is one ASCII character
  std::string split_;
  std::u32string wide_filters_;            // sorted; those that are not ASCII
  std::array<bool, 256> ascii_filters_{};  // by_bytes_: and split
};

}  // namespace keratin::utils
