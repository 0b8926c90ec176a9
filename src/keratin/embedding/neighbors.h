// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/similarity.h"
#include "keratin/embedding/embedding_table.h"
#include "keratin/layers/embedding.h"
#include "keratin/tensor/tensor.h"

namespace keratin {
class StringTable;
}

namespace keratin::embedding {

struct NeighborsOptions {
  Similarity similarity = Similarity::kCosine;
  /// The words of the rows, for most_similar(): V of them, each once; {}: none.
  std::vector<std::string> vocabulary = {};
};

/// For each of n vectors the k rows found, nearest first: both are (n, k). A score is the product,
/// the cosine or the distance.
struct FoundNeighbors {
  std::vector<std::int64_t> ids;
  std::vector<float> scores;
};

/// Finds the rows of a (V, D) table that are nearest to vectors, exactly: every row is compared.
///
///   Neighbors neighbors(table, {.similarity = Similarity::kDot});
///   FoundNeighbors found = neighbors.search_ids(std::vector<std::int64_t>{3, 7}, 10);
///
/// Rows are read as they are kept, 16 bits and codes too, and as they are at the call. A score is
/// computed in double and rounded to float32: it does not depend on the number of threads, on the
/// other vectors of the call or on the processor. Of equal scores the lowest id is first. The
/// cosine of a vector of zeros is 0. A row whose score is NaN comes behind all others.
///
/// Errors: std::invalid_argument for k outside [1, V], or [1, V - 1] where the row itself is left
/// out; vectors that are not n rows of D numbers or not finite; a vocabulary that has not V words,
/// or one twice. std::out_of_range for an id outside [0, V) and a word that is not there.
///
/// Threads: all of this may be called by any number of threads at a time, while nobody trains the
/// table.
class Neighbors {
 public:
  /// Of rows (V, D) float32, shared. Throws std::invalid_argument for another type or rank, and for
  /// no rows or no columns.
  explicit Neighbors(Tensor rows, NeighborsOptions options = {});
  /// Of the table of a layer, which is built: as embeddings().
  explicit Neighbors(std::shared_ptr<const layers::Embedding> layer, NeighborsOptions options = {});
  /// Shares the rows of the table.
  explicit Neighbors(const EmbeddingTable& table, NeighborsOptions options = {});
  ~Neighbors();
  Neighbors(Neighbors&&) noexcept;
  Neighbors& operator=(Neighbors&&) noexcept;

  std::int64_t rows() const;
  std::int64_t width() const;
  Similarity similarity() const { return similarity_; }

  /// Of `vectors`, n rows of D numbers.
  FoundNeighbors search(std::span<const float> vectors, std::int64_t k = 10) const;
  /// Of the rows `ids`; without the row itself unless `itself`.
  FoundNeighbors search_ids(const Ids& ids, std::int64_t k = 10, bool itself = false) const;
  /// The words nearest to a word, which is not among them, with their scores.
  std::vector<std::pair<std::string, float>> most_similar(std::string_view word,
                                                          std::int64_t k = 10) const;

 private:
  FoundNeighbors found(std::span<const float> vectors, const std::int64_t* excluded,
                       std::int64_t k) const;
  void set_vocabulary(const std::vector<std::string>& words);

  Similarity similarity_;
  Tensor rows_;                                     // or
  std::shared_ptr<const layers::Embedding> layer_;  // what is searched
  std::unique_ptr<StringTable> words_;              // null: none
};

}  // namespace keratin::embedding
