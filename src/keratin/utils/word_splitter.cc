// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/word_splitter.h"

#include <algorithm>

#include "keratin/base/utf8.h"

namespace keratin::utils {
namespace {

std::size_t index_of(char c) { return static_cast<unsigned char>(c); }

}  // namespace

WordSplitter::WordSplitter(std::string_view filters, bool lower, std::string_view split)
    : lower_(lower) {
  utf8::append_valid(split_, split);
  while (!filters.empty()) {
    const utf8::Decoded next = utf8::decode(filters);
    filters.remove_prefix(next.length);
    if (next.code < 0x80) {
      ascii_filters_[next.code] = true;
    } else {
      wide_filters_.push_back(next.code);
    }
  }
  std::ranges::sort(wide_filters_);
  by_bytes_ = wide_filters_.empty() && split_.size() == 1;
  if (by_bytes_) ascii_filters_[index_of(split_[0])] = true;
}

std::string_view WordSplitter::normalized(std::string_view text, std::string& buffer) const {
  buffer.clear();
  if (lower_) {
    utf8::append_lower(buffer, text);
  } else {
    utf8::append_valid(buffer, text);
  }
  return buffer;
}

const std::vector<std::string_view>& WordSplitter::words(std::string_view text,
                                                         Buffers& buffers) const {
  std::vector<std::string_view>& words = buffers.words;
  words.clear();
  text = normalized(text, buffers.text);
  if (by_bytes_) {
    split_at_bytes(text, words);
    return words;
  }
  replace_filters(text, buffers.filtered);
  text = buffers.filtered;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(split_), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + split_.size(), text.size()));
  }
  return words;
}

void WordSplitter::split_at_bytes(std::string_view text,
                                  std::vector<std::string_view>& words) const {
  const char* const end = text.data() + text.size();
  for (const char* c = text.data();;) {
    while (c != end && ascii_filters_[index_of(*c)]) ++c;
    if (c == end) return;
    const char* const begin = c;
    while (c != end && !ascii_filters_[index_of(*c)]) ++c;
    words.emplace_back(begin, static_cast<std::size_t>(c - begin));
  }
}

void WordSplitter::replace_filters(std::string_view text, std::string& filtered) const {
  filtered.clear();
  while (!text.empty()) {
    const utf8::Decoded next = utf8::decode(text);
    const bool is_filter = next.code < 0x80 ? ascii_filters_[next.code]
                                            : std::ranges::binary_search(wide_filters_, next.code);
    filtered += is_filter ? std::string_view(split_) : text.substr(0, next.length);
    text.remove_prefix(next.length);
  }
}

const std::vector<std::string_view>& WordSplitter::characters(std::string_view text,
                                                              Buffers& buffers) const {
  buffers.words.clear();
  text = normalized(text, buffers.text);
  while (!text.empty()) {
    const std::size_t length = utf8::decode(text).length;
    buffers.words.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return buffers.words;
}

}  // namespace keratin::utils
