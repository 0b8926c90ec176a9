// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/warmstart_embedding_matrix.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <unordered_map>

#include "keratin/base/error.h"
#include "keratin/initializers/initializers.h"

namespace keratin::embedding {
namespace {

constexpr const char* kWarmstart = "warmstart_embedding_matrix";

template <class Key>
void copy_known(std::span<const Key> base, std::span<const Key> keys, const float* from,
                std::int64_t width, float* to) {
  std::unordered_map<Key, std::int64_t> rows;
  for (std::size_t i = 0; i < base.size(); ++i) rows[base[i]] = static_cast<std::int64_t>(i);
  for (const Key& key : keys) {
    const auto found = rows.find(key);
    if (found != rows.end()) std::copy_n(from + found->second * width, width, to);
    to += width;
  }
}

}  // namespace

Tensor warmstart_embedding_matrix(
    const Keys& base_vocabulary, const Keys& new_vocabulary, const Tensor& base_embeddings,
    const Identifier<const initializers::Initializer>& new_embeddings_initializer) {
  if (base_vocabulary.size() == 0 || new_vocabulary.size() == 0) {
    invalid_argument(kWarmstart,
                     "each vocabulary must have a key at least. Received: ", base_vocabulary.size(),
                     " and ", new_vocabulary.size());
  }
  if (base_vocabulary.are_strings() != new_vocabulary.are_strings())
    invalid_argument(kWarmstart, "one vocabulary is of strings and the other of integers.");
  if (!base_embeddings || base_embeddings.dtype() != DType::kFloat32 ||
      base_embeddings.shape().rank() != 2 || base_embeddings.shape()[0] != base_vocabulary.size()) {
    invalid_argument(kWarmstart, "base_embeddings must be float32 with ", base_vocabulary.size(),
                     " rows, one a key of base_vocabulary. Received: ",
                     base_embeddings ? str(to_string(base_embeddings.dtype()), " of shape ",
                                           base_embeddings.shape())
                                     : "none");
  }
  const std::int64_t width = base_embeddings.shape()[1];
  Tensor result = (*new_embeddings_initializer)(Shape{new_vocabulary.size(), width});
  float* const to = result.data<float>().data();
  const float* const from = base_embeddings.data<float>().data();
  if (base_vocabulary.are_strings()) {
    copy_known(base_vocabulary.strings(), new_vocabulary.strings(), from, width, to);
  } else {
    copy_known(base_vocabulary.integers(), new_vocabulary.integers(), from, width, to);
  }
  return result;
}

}  // namespace keratin::embedding
