// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/text_words.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "keratin/base/string_table.h"
#include "keratin/base/utf8.h"
#include "keratin/kernels/ascii.h"

namespace keratin::layers {
namespace {

constexpr std::size_t kBlock = kernels::kMarked;

constexpr char kReplacement[StringTable::kRoom] = {'\xEF', '\xBF', '\xBD'};

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
  // The last block may end behind the last text. Room once made stays.
  if (text_.size() < bytes + kBlock) text_.resize(bytes + kBlock);
  const std::size_t most = split_ == Split::kCharacters ? bytes : (bytes + count) / 2 + count;
  if (words_.size() < most) words_.resize(most);
  count_ = 0;
  at_ = text_.data();
}

void TextWords::add(std::string_view text) {
  const std::size_t blocks = text.size() / kBlock + 1;
  if (spaces_.size() < blocks) {
    spaces_.resize(blocks);
    signs_.resize(blocks);
  }
  kernels::ascii_marks(text.data(), text.size(), lowers_, at_, spaces_.data(), signs_.data());
  const std::size_t size = strips_ ? remove_signs(text.size()) : text.size();
  if (split_ == Split::kSpaces) {
    add_between_spaces(size);
  } else if (split_ == Split::kNone) {
    add_word({at_, size});
  } else {
    add_characters({at_, size});
  }
  at_ += size;
}

/// What is left of the text and of its marks of spaces moves together. How many bytes that is.
std::size_t TextWords::remove_signs(std::size_t size) {
  std::uint64_t any = 0;
  for (std::size_t i = 0; i * kBlock < size; ++i) any |= signs_[i];
  if (any == 0) return size;
  std::size_t left = 0;
  for (std::size_t first = 0; first < size; first += kBlock) {
    const std::uint64_t spaces = spaces_[first / kBlock];
    std::uint64_t signs = signs_[first / kBlock];
    for (std::size_t begin = first, last = std::min(first + kBlock, size); begin <= last;) {
      const std::size_t end =
          signs == 0 ? last : first + static_cast<std::size_t>(std::countr_zero(signs));
      if (begin < end) {
        std::memmove(at_ + left, at_ + begin, end - begin);
        const std::uint64_t marks = spaces >> (begin - first);
        const std::size_t bit = left % kBlock;
        std::uint64_t& to = spaces_[left / kBlock];
        to = (to & ((std::uint64_t{1} << bit) - 1)) | marks << bit;
        if (bit + (end - begin) > kBlock) spaces_[left / kBlock + 1] = marks >> (kBlock - bit);
        left += end - begin;
      }
      begin = end + 1;
      signs &= signs - 1;
    }
  }
  if (left % kBlock != 0) spaces_[left / kBlock] |= ~std::uint64_t{0} << (left % kBlock);
  return left;
}

/// Where a space is beside none a word begins or ends.
void TextWords::add_between_spaces(std::size_t size) {
  std::uint64_t before = 0;  // whether a word goes on from the block before
  std::size_t begin = 0;
  const auto end_at = [&](std::size_t end) { add_word({at_ + begin, end - begin}); };
  for (std::size_t first = 0; first < size; first += kBlock) {
    const std::uint64_t in_words = ~spaces_[first / kBlock];
    std::uint64_t edges = in_words ^ (in_words << 1 | before);
    const auto next = [&] {
      const std::size_t at = first + static_cast<std::size_t>(std::countr_zero(edges));
      edges &= edges - 1;
      return at;
    };
    if (before != 0 && edges != 0) end_at(next());
    while (edges != 0) {
      begin = next();
      if (edges == 0) break;
      end_at(next());
    }
    before = in_words >> (kBlock - 1);
  }
  if (before != 0) end_at(size);  // else what lies behind the text, spaces, has ended the last one
}

void TextWords::add_characters(std::string_view text) {
  while (!text.empty()) {
    const utf8::Decoded next = utf8::decode(text);
    add_word(next.valid ? text.substr(0, next.length) : std::string_view(kReplacement, 3));
    text.remove_prefix(next.length);
  }
}

}  // namespace keratin::layers
