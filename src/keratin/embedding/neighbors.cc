// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/neighbors.h"

#include <algorithm>
#include <cmath>

#include "keratin/base/error.h"
#include "keratin/base/string_table.h"
#include "keratin/table/ids.h"
#include "keratin/table/nearest.h"
#include "keratin/table/row_storage.h"

namespace keratin::embedding {
namespace {

constexpr const char* kNeighbors = "Neighbors";

/// Float32 rows that lie together; null of a table that is to be read.
Tensor rows_as_they_lie(const layers::Embedding& layer, const table::Table& table) {
  const auto* const rows = dynamic_cast<const table::RowStorage*>(&table);
  const bool lie =
      rows != nullptr && !rows->on_demand() && rows->precision() == Precision::kFloat32;
  return lie ? layer.embeddings() : Tensor();
}

}  // namespace

Neighbors::Neighbors(Tensor rows, NeighborsOptions options)
    : similarity_(options.similarity), rows_(std::move(rows)) {
  const bool is_matrix =
      rows_ && rows_.dtype() == DType::kFloat32 && rows_.shape().rank() == 2 && rows_.size() > 0;
  if (!is_matrix) {
    invalid_argument(kNeighbors,
                     "rows must be float32 of shape (V, D), V and D above 0. Received: ",
                     rows_ ? str(to_string(rows_.dtype()), " of shape ", rows_.shape()) : "null");
  }
  set_vocabulary(options.vocabulary);
}

Neighbors::Neighbors(std::shared_ptr<const layers::Embedding> layer, NeighborsOptions options)
    : similarity_(options.similarity), layer_(std::move(layer)) {
  if (!layer_) invalid_argument(kNeighbors, "layer must be an Embedding, and there is none.");
  layer_->table();  // throws where it is not built
  set_vocabulary(options.vocabulary);
}

Neighbors::Neighbors(const EmbeddingTable& table, NeighborsOptions options)
    : Neighbors(table.layer(), std::move(options)) {}

Neighbors::~Neighbors() = default;
Neighbors::Neighbors(Neighbors&&) noexcept = default;
Neighbors& Neighbors::operator=(Neighbors&&) noexcept = default;

std::int64_t Neighbors::rows() const { return layer_ ? layer_->input_dim() : rows_.shape()[0]; }
std::int64_t Neighbors::width() const { return layer_ ? layer_->output_dim() : rows_.shape()[1]; }

void Neighbors::set_vocabulary(const std::vector<std::string>& words) {
  if (words.empty()) return;
  if (std::cmp_not_equal(words.size(), rows())) {
    invalid_argument(kNeighbors, "vocabulary must have ", rows(),
                     " words, one a row. Received: ", words.size());
  }
  words_ = std::make_unique<StringTable>();
  std::uint32_t count = 0;
  for (const std::string& word : words) {
    if (words_->insert(word) + 1 != ++count)
      invalid_argument(kNeighbors, "vocabulary must have each word once. Received twice: '", word,
                       "'");
  }
}

FoundNeighbors Neighbors::found(std::span<const float> vectors, const std::int64_t* excluded,
                                std::int64_t k) const {
  const std::int64_t most = excluded == nullptr ? rows() : rows() - 1;
  if (k < 1 || k > most) {
    invalid_argument(kNeighbors, "k must be from 1 to ", most, ", the number of rows",
                     excluded == nullptr ? "" : " without the one itself", ". Received: ", k);
  }
  const auto count = static_cast<std::int64_t>(vectors.size()) / width();
  FoundNeighbors result;
  std::int64_t size = 0;
  if (__builtin_mul_overflow(count, k, &size))
    invalid_argument(kNeighbors, count, " vectors times k = ", k, " are too many.");
  result.ids.resize(static_cast<std::size_t>(size));
  result.scores.resize(static_cast<std::size_t>(size));
  const table::NearestQueries queries{vectors.data(), count, excluded};
  const auto search = [&](const table::Table* table, const Tensor& whole) {
    table::nearest({table, whole ? whole.data<float>().data() : nullptr, rows(), width()}, queries,
                   similarity_, k, result.ids.data(), result.scores.data());
  };
  if (layer_) {
    const auto table = layer_->table();
    search(table.get(), rows_as_they_lie(*layer_, *table));
  } else {
    search(nullptr, rows_);
  }
  return result;
}

FoundNeighbors Neighbors::search(std::span<const float> vectors, std::int64_t k) const {
  const auto columns = static_cast<std::size_t>(width());
  if (vectors.size() % columns != 0) {
    invalid_argument(kNeighbors, "vectors must be rows of ", width(),
                     " numbers. Received: ", vectors.size(), " numbers");
  }
  const auto bad =
      std::find_if(vectors.begin(), vectors.end(), [](float x) { return !std::isfinite(x); });
  if (bad != vectors.end()) {
    const auto place = static_cast<std::size_t>(bad - vectors.begin());
    invalid_argument(kNeighbors, "vectors must be finite. Received: ", *bad, " in vector ",
                     place / columns, " at column ", place % columns);
  }
  return found(vectors, nullptr, k);
}

FoundNeighbors Neighbors::search_ids(const Ids& ids, std::int64_t k, bool itself) const {
  std::vector<std::int64_t> excluded(static_cast<std::size_t>(ids.size()));
  ids.visit([&](auto span) {
    table::check_ids(span, rows(), {kNeighbors, kNeighbors, "table"});
    std::copy(span.begin(), span.end(), excluded.begin());
  });
  std::vector<float> vectors(excluded.size() * static_cast<std::size_t>(width()));
  if (layer_) {
    layer_->table()->read(excluded.data(), ids.size(), vectors.data());
  } else {
    float* to = vectors.data();
    for (const std::int64_t id : excluded)
      to = std::copy_n(rows_.data<float>().data() + id * width(), width(), to);
  }
  return found(vectors, itself ? nullptr : excluded.data(), k);
}

std::vector<std::pair<std::string, float>> Neighbors::most_similar(std::string_view word,
                                                                   std::int64_t k) const {
  if (!words_) invalid_argument(kNeighbors, "there is no vocabulary to find a word in.");
  const std::uint32_t id = words_->find(word);
  if (id == StringTable::kMissing)
    out_of_range(kNeighbors, "the vocabulary has no word '", word, "'.");
  const FoundNeighbors near = search_ids(std::vector<std::int64_t>{id}, k);
  std::vector<std::pair<std::string, float>> result;
  for (std::size_t i = 0; i < near.ids.size(); ++i)
    result.emplace_back((*words_)[static_cast<std::uint32_t>(near.ids[i])], near.scores[i]);
  return result;
}

}  // namespace keratin::embedding
