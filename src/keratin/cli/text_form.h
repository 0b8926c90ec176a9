// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/string_table.h"
#include "keratin/cli/key_table.h"
#include "keratin/cli/text_batches.h"
#include "keratin/cli/tokens.h"

namespace keratin::cli {

/// Turns texts into ids: 0 is padding, 1 every token that is not known, from 2 on those that are.
/// Threads: const, safe from any number, each with its own Buffers.
class TextEncoder {
 public:
  static constexpr std::int32_t kUnknownId = 1;
  static constexpr std::int32_t kFirstKnown = 2;

  /// `known`: the tokens from id 2 on, each once.
  TextEncoder(TokenOptions tokens, const std::vector<std::string_view>& known);

  struct Buffers {
    TokenCutter::Buffers cutter;
    std::vector<std::int32_t> ids;
  };
  /// The ids of `text`, in buffers.ids, one at least: a text without tokens is one that is not
  /// known.
  void operator()(std::string_view text, Buffers& buffers) const;

  /// How many of the ids are those of tokens that are known.
  static std::size_t known(std::span<const std::int32_t> ids);

  const TokenOptions& tokens() const { return tokens_; }
  /// kUnknownId where it is not known.
  std::int32_t id_of(std::string_view token) const {
    const auto key = key_of(token);
    return id_at(key ? short_.find(*key) : known_.find(token));
  }
  /// Ids there are: those of the known tokens, and two.
  std::int64_t num_ids() const { return static_cast<std::int64_t>(known_.size()) + 2; }
  /// The token with that id, from 2 on.
  std::string_view token(std::int64_t id) const {
    return known_[static_cast<std::uint32_t>(id - kFirstKnown)];
  }

 private:
  static std::int32_t id_at(std::uint32_t place) {
    return place == KeyTable::kMissing ? kUnknownId
                                       : static_cast<std::int32_t>(place) + kFirstKnown;
  }
  void find_pairs();
  std::int32_t id_of_pair(TokenCutter::Buffers& buffers, std::span<const std::int32_t> ids,
                          std::size_t first) const;

  TokenOptions tokens_;
  TokenCutter cutter_;
  StringTable known_;
  KeyTable short_;              // those of known_ that have a key
  KeyTable pairs_;              // those of two tokens and a blank between them, by the ids of these
  bool pairs_are_all_ = false;  // no other pair is known
};

/// What a model of texts needs to answer, beside its layers and weights.
struct TextForm {
  TextEncoder encoder;
  PaddingOptions padding;
  std::vector<std::string> classes;  // the names of the model's outputs
};

}  // namespace keratin::cli
