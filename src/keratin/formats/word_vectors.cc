// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/word_vectors.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"

namespace keratin::formats {
namespace {

constexpr std::string_view kFormat = "word vectors";
constexpr std::int64_t kWidest = 1 << 20;
constexpr std::size_t kLongestWord = 1 << 16;
constexpr std::string_view kBlanks = " \t\r";

/// A number that is all of `text`.
template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (text.empty() || read.ptr != end) return std::nullopt;
  if (read.ec != std::errc()) return std::nullopt;
  return value;
}

std::string_view without_end(std::string_view line) {
  return line.substr(0, line.find_last_not_of(kBlanks) + 1);  // npos + 1: nothing
}

/// The fields of a line, between blanks.
std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == line.npos) return fields;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(kBlanks), line.size());
    fields.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

}  // namespace

/// The first line, where it is two whole numbers: how many vectors, of how many numbers.
bool WordVectors::read_header() {
  const std::string_view text = bytes_.text();
  const std::size_t end = std::min(text.substr(0, kLongestWord).find('\n'), text.size());
  const auto fields = fields_of(text.substr(0, end));
  if (fields.size() != 2) return false;
  const auto count = number<std::int64_t>(fields[0]), width = number<std::int64_t>(fields[1]);
  if (!count || !width) return false;
  const auto at = static_cast<std::uint64_t>(fields[0].data() - text.data());
  // A vector takes two bytes a number, and a word, at least.
  if (*count < 0 || *width < 1 || *width > kWidest ||
      static_cast<std::uint64_t>(*count) >
          bytes_.size() / (2 * static_cast<std::uint64_t>(*width))) {
    bytes_.fail(kFormat, at, "a count of vectors and numbers that the file can hold",
                in_quotes(text.substr(0, end)));
  }
  count_ = count;
  dimension_ = *width;
  begin_ = std::min<std::uint64_t>(end + 1, bytes_.size());
  return true;
}

/// Whether what follows the header is a line of a word and numbers.
bool WordVectors::looks_like_text() const {
  const std::string_view rest = bytes_.text().substr(static_cast<std::size_t>(begin_));
  const std::size_t longest = kLongestWord + 64 * static_cast<std::size_t>(dimension_);
  const auto fields =
      fields_of(rest.substr(0, std::min(rest.substr(0, longest).find('\n'), longest)));
  // One that holds a number too few, or something that is none, is a text with an error.
  const auto good =
      std::ranges::count_if(fields, [](auto f) { return number<double>(f).has_value(); });
  return good * 2 > static_cast<std::ptrdiff_t>(fields.size()) || dimension_ == 1;
}

WordVectors WordVectors::open(Bytes bytes) {
  WordVectors vectors;
  vectors.bytes_ = std::move(bytes);
  const Bytes& all = vectors.bytes_;
  if (all.empty()) all.fail(kFormat, 0, "vectors of words", "an empty file");
  if (all.text().starts_with("version https://git-lfs")) {
    all.fail(kFormat, 0, "vectors of words",
             "a pointer of Git LFS, not the file itself: fetch it by `git lfs pull`");
  }
  if (vectors.read_header()) {
    vectors.is_binary_ = *vectors.count_ > 0 && !vectors.looks_like_text();
    return vectors;
  }
  const std::string_view text = all.text();
  const std::size_t longest = std::size_t{64} * static_cast<std::size_t>(kWidest);
  const std::string_view first =
      text.substr(0, std::min(text.substr(0, longest).find('\n'), text.size()));
  const auto fields = fields_of(first);
  if (fields.size() < 2 || !number<double>(fields.back()) ||
      fields.size() > static_cast<std::size_t>(kWidest)) {
    all.fail(kFormat, 0, "a word and its numbers, or a count and a width", in_quotes(first));
  }
  vectors.dimension_ = static_cast<std::int64_t>(fields.size()) - 1;
  return vectors;
}

void WordVectors::for_each(const Take& take) const {
  if (is_binary_) {
    read_binary(take);
  } else {
    read_text(take);
  }
}

void WordVectors::read_text(const Take& take) const {
  const std::string_view text = bytes_.text();
  const auto width = static_cast<std::size_t>(dimension_);
  std::vector<float> vector(width);
  std::int64_t given = 0;
  for (std::size_t begin = static_cast<std::size_t>(begin_); begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view rest = without_end(text.substr(begin, end - begin));
    const std::size_t next = end + 1;
    if (rest.empty()) {
      begin = next;
      continue;
    }
    // From the end: a word may hold blanks.
    for (std::size_t i = width; i-- > 0;) {
      const std::size_t before = rest.find_last_of(kBlanks);
      if (before == rest.npos || without_end(rest.substr(0, before)).empty()) {
        bytes_.fail(kFormat, begin, str("a word and ", width, " numbers"),
                    str(width - 1 - i, " numbers"));
      }
      const std::string_view field = rest.substr(before + 1);
      const auto value = number<double>(field);
      if (!value || !std::isfinite(*value))
        bytes_.fail(kFormat, begin + before + 1, "a number", in_quotes(field));
      vector[i] = static_cast<float>(*value);
      rest = without_end(rest.substr(0, before));
    }
    // Only numbers before the last `width` of a line: it is too long. A word that is a number is
    // one.
    if (rest.find_first_of(kBlanks) != rest.npos) {
      const auto fields = fields_of(rest);
      if (number<double>(fields.back()) && width > 1) {
        bytes_.fail(kFormat, begin, str("a word and ", width, " numbers"), "more numbers");
      }
    }
    take(rest, vector);
    ++given;
    begin = next;
  }
  if (count_ && given != *count_)
    bytes_.fail(kFormat, bytes_.size(), str(*count_, " vectors"), str("the end behind ", given));
}

void WordVectors::read_binary(const Take& take) const {
  const std::string_view text = bytes_.text();
  const auto width = static_cast<std::size_t>(dimension_);
  std::vector<float> vector(width);
  auto at = static_cast<std::size_t>(begin_);
  for (std::int64_t i = 0; i < *count_; ++i) {
    while (at < text.size() && text[at] == '\n') ++at;  // word2vec ends a vector by one, others not
    const std::size_t blank = text.substr(at, kLongestWord).find(' ');
    if (blank == text.npos) {
      bytes_.fail(kFormat, at, str("a word and a blank, of vector ", i + 1, " of ", *count_),
                  at >= text.size() ? "the end" : "no blank");
    }
    const std::string_view word = text.substr(at, blank);
    at += blank + 1;
    const std::size_t size = width * sizeof(float);
    if (text.size() - at < size)
      bytes_.fail(kFormat, at, str(size, " bytes of a vector"), str(text.size() - at));
    std::memcpy(vector.data(), text.data() + at, size);
    take(word, vector);
    at += size;
  }
  while (at < text.size() && text[at] == '\n') ++at;
  if (at != text.size())
    bytes_.fail(kFormat, at, str("the end behind ", *count_, " vectors"), "more bytes");
}

}  // namespace keratin::formats
