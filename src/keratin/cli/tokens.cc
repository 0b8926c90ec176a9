// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/tokens.h"

#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"
#include "keratin/utils/word_splitter.h"

namespace keratin::cli {
namespace {

constexpr std::string_view kTextBegin = "\x02";
constexpr std::string_view kTextEnd = "\x03";

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
/// Letters, digits, '_' and everything that is not ASCII.
bool is_name_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::vector<std::string_view> punctuated(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i++;
    if (is_space(text[begin]) || text[begin] == kTokenSeparator[0]) continue;
    if (is_name_part(text[begin])) {
      while (i < text.size() && is_name_part(text[i])) ++i;
    }
    tokens.push_back(text.substr(begin, i - begin));
  }
  return tokens;
}

/// Appends the pieces of `word`, of `size` characters, its ends marked.
void append_pieces(std::string_view word, std::size_t size, std::string& out) {
  const std::string marked = str(kTextBegin, word, kTextEnd);
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < marked.size();) {
    starts.push_back(at);
    at += utf8::decode(std::string_view(marked).substr(at)).length;
  }
  starts.push_back(marked.size());
  // A word of `size` - 2 characters or fewer is its only piece: the word itself says as much.
  for (std::size_t i = 0; i + size < starts.size() && starts.size() > size + 1; ++i) {
    out.append(marked, starts[i], starts[i + size] - starts[i]);
    out += kTokenSeparator;
  }
}

}  // namespace

std::string separated_tokens(std::string_view text, const TokenOptions& options) {
  const bool by_character = options.unit == Unit::kCharacter;
  const utils::WordSplitter splitter(options.filters, options.lower, " ");
  utils::WordSplitter::Buffers buffers;
  std::vector<std::string_view> tokens;
  if (options.unit == Unit::kWord) tokens = splitter.words(text, buffers);
  if (options.unit == Unit::kPunctuated)
    tokens = punctuated(splitter.normalized(text, buffers.text));
  if (by_character) {
    tokens = splitter.characters(text, buffers);
    std::erase(tokens, kTokenSeparator);
    if (options.ngrams > 1) {
      tokens.insert(tokens.begin(), kTextBegin);
      tokens.push_back(kTextEnd);
    }
  }
  std::string out;
  for (std::size_t n = 1; n <= static_cast<std::size_t>(options.ngrams); ++n) {
    for (std::size_t i = 0; i + n <= tokens.size(); ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        if (j > 0 && !by_character) out += ' ';
        out += tokens[i + j];
      }
      out += kTokenSeparator;
    }
  }
  if (options.subwords > 0 && !by_character) {
    for (const std::string_view word : tokens) {
      append_pieces(word, static_cast<std::size_t>(options.subwords), out);
    }
  }
  return out;
}

}  // namespace keratin::cli
