// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/text_words.h"

#include <algorithm>
#include <bit>

#include "keratin/base/utf8.h"
#include "keratin/kernels/ascii.h"

namespace keratin::layers {
namespace {

constexpr std::size_t kBlock = kernels::kMarked;

/// The bits from `begin` on, of one block.
std::uint64_t bits_from(std::span<const std::uint64_t> bits, std::size_t begin) {
  return bits[begin / kBlock] >> (begin % kBlock);
}

}  // namespace

TextWords::TextWords(const std::optional<std::string>& standardize,
                     const std::optional<std::string>& split, std::span<const std::int64_t> widths)
    : lowers_(standardize && *standardize != "strip_punctuation"),
      strips_(standardize && *standardize != "lower"),
      split_(!split                   ? Split::kNone
             : *split == "whitespace" ? Split::kSpaces
                                      : Split::kCharacters),
      widths_(widths) {}

void TextWords::clear(std::size_t bytes, std::size_t count) {
  words_.clear();
  text_.resize(bytes + kBlock);  // the last block may end behind the last text
  words_.reserve(count);
  at_ = text_.data();
}

void TextWords::add(std::string_view text) {
  const std::size_t blocks = text.size() / kBlock + 1;
  if (spaces_.size() < blocks) {
    spaces_.resize(blocks);
    signs_.resize(blocks);
  }
  kernels::ascii_marks(text.data(), text.size(), lowers_, at_, spaces_.data(), signs_.data());
  has_signs_ = false;
  for (std::size_t i = 0; strips_ && i < (text.size() + kBlock - 1) / kBlock; ++i)
    has_signs_ = has_signs_ || signs_[i] != 0;
  if (split_ == Split::kSpaces) {
    add_between_spaces(text.size());
  } else {
    const std::string_view whole = without_signs(0, text.size());
    if (split_ == Split::kNone) {
      words_.push_back(whole);
    } else {
      add_characters(whole);
    }
  }
  at_ += text.size();
}

/// A part of the text, in which what is left moves together.
std::string_view TextWords::without_signs(std::size_t begin, std::size_t end) {
  const bool is_in_block = begin < end && begin / kBlock == (end - 1) / kBlock;
  const bool is_clean = is_in_block && (bits_from(signs_, begin) << (kBlock - (end - begin))) == 0;
  if (!has_signs_ || is_clean) return {at_ + begin, end - begin};
  char* to = at_ + begin;
  for (std::size_t i = begin; i < end; ++i) {
    *to = at_[i];
    to += (bits_from(signs_, i) & 1) == 0 ? 1 : 0;
  }
  return {at_ + begin, static_cast<std::size_t>(to - at_) - begin};
}

/// Where a space is beside none a word begins or ends. One that is signs alone is none.
void TextWords::add_between_spaces(std::size_t size) {
  std::uint64_t before = 0;  // whether a word goes on from the block before
  std::size_t begin = 0;
  const auto end_at = [&](std::size_t end) {
    const std::string_view word = without_signs(begin, end);
    if (!word.empty()) words_.push_back(word);
  };
  for (std::size_t first = 0; first < size; first += kBlock) {
    const std::uint64_t in_words = ~spaces_[first / kBlock];
    std::uint64_t edges = in_words ^ (in_words << 1 | before);
    bool is_in_word = before != 0;
    for (; edges != 0; edges &= edges - 1, is_in_word = !is_in_word) {
      const std::size_t at = first + static_cast<std::size_t>(std::countr_zero(edges));
      if (is_in_word) {
        end_at(at);
      } else {
        begin = at;
      }
    }
    before = in_words >> (kBlock - 1);
  }
  if (before != 0) end_at(size);  // else what lies behind the text, spaces, has ended the last one
}

void TextWords::add_characters(std::string_view text) {
  while (!text.empty()) {
    const utf8::Decoded next = utf8::decode(text);
    words_.push_back(next.valid ? text.substr(0, next.length) : std::string_view("\xEF\xBF\xBD"));
    text.remove_prefix(next.length);
  }
}

}  // namespace keratin::layers
