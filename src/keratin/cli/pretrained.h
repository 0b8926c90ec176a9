// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "keratin/cli/text_form.h"
#include "keratin/formats/word_vectors.h"
#include "keratin/tensor/tensor.h"

namespace keratin::cli {

/// Vectors of words that others have learned: of GloVe, word2vec or fastText. What is wrong in the
/// file is an InputError with line and column, of a binary one a FormatError with the byte.
class Pretrained {
 public:
  /// Opens the file, and looks at its begin.
  explicit Pretrained(const std::string& path);
  std::int64_t dimension() const { return vectors_.dimension(); }
  /// Puts the vector of every known token that the file has into its row of `table`, (ids,
  /// dimension); a token that it has not as it is takes that of its lower case. Returns how many
  /// tokens were found. Throws Interrupted after Ctrl-C; then the table is filled in part.
  std::size_t fill(const TextEncoder& encoder, Tensor& table) const;

 private:
  std::string path_;
  formats::Bytes bytes_;
  formats::WordVectors vectors_;
};

}  // namespace keratin::cli
