// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/string_table.h"
#include "keratin/cli/key_table.h"
#include "keratin/cli/text_batches.h"
#include "keratin/cli/tokens.h"

namespace keratin::cli {

/// Counts the tokens of texts, and keeps which each text has: what learns a vocabulary reads its
/// texts once. Tokens are numbered in the order in which they are first seen. One thread.
class TokenCounts {
 public:
  /// Throws as TokenCutter does.
  explicit TokenCounts(const TokenOptions& options);

  /// One more text.
  void add(std::string_view text);

  /// Different tokens.
  std::size_t size() const { return counts_.size(); }
  /// The numbers of all tokens, the commonest first; of equals that which was seen first.
  std::vector<std::uint32_t> by_count() const;
  void append_token(std::string& out, std::uint32_t number) const;
  /// The numbers of the tokens of each text, in the order of TokenCutter.
  const TokenIds& texts() const { return texts_; }

 private:
  /// A pair of tokens by their numbers; or a text of its own, at `first` of strings_.
  struct Token {
    std::uint32_t first, second;
  };
  static constexpr std::uint32_t kNoPair = 0xFFFFFFFF;

  std::uint32_t number_of(std::string_view token);
  std::uint32_t number_of_pair(std::uint32_t first, std::uint32_t second);
  std::uint32_t add_token(Token token);
  void note(std::uint32_t number) {
    ++counts_[number];
    of_text_.push_back(static_cast<std::int32_t>(number));
  }

  TokenCutter cutter_;
  TokenCutter::Buffers buffers_;
  bool has_pairs_;
  StringTable strings_;
  std::vector<std::uint32_t> numbers_;  // of strings_
  KeyTable short_;                      // numbers of the strings that have a key
  KeyTable pairs_;                      // numbers, by those of the parts
  std::vector<Token> tokens_;
  std::vector<std::uint32_t> counts_;
  std::vector<std::int32_t> of_text_;
  TokenIds texts_;
};

}  // namespace keratin::cli
