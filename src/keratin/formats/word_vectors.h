// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "keratin/formats/bytes.h"

namespace keratin::formats {

/// Vectors of words as GloVe, word2vec (text and binary) and fastText (`.vec`) write them:
/// docs/formats/word_vectors.md. Threads: const.
class WordVectors {
 public:
  /// Looks at the begin alone, which tells the form. Throws FormatError for what is none of these.
  static WordVectors open(Bytes bytes);

  std::int64_t dimension() const { return dimension_; }
  /// How many the first line promises; none where there is no such line.
  std::optional<std::int64_t> count() const { return count_; }
  bool is_binary() const { return is_binary_; }

  /// Word and vector are good for that call.
  using Take = std::function<void(std::string_view word, std::span<const float> vector)>;
  /// Gives every vector, in the order of the file. Throws FormatError at the byte that is not as it
  /// should be: a number that is none, a line of another length, an end too early.
  void for_each(const Take& take) const;

 private:
  bool read_header();
  void read_text(const Take& take) const;
  void read_binary(const Take& take) const;
  bool looks_like_text() const;

  Bytes bytes_;
  std::uint64_t begin_ = 0;  // behind the first line, where that is a header
  std::int64_t dimension_ = 0;
  std::optional<std::int64_t> count_;
  bool is_binary_ = false;
};

}  // namespace keratin::formats
