// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/retrieval/retrieval.h"

#include "keratin/base/error.h"
#include "keratin/ops/matmul.h"

namespace keratin::layers {

Retrieval::Retrieval(LayerOptions options, std::int64_t k, bool return_scores)
    : Layer(options), k_(k), return_scores_(return_scores) {
  if (k < 1) invalid_argument(options.class_name, "k must be positive. Received: ", k);
}

Value Retrieval::compute_score(const Value& queries, const Value& candidates) const {
  return ops::matmul_transposed(queries, candidates);
}

void Retrieval::check_candidates(const Shape& embeddings, const Tensor& ids) const {
  if (embeddings.rank() != 2) {
    invalid_argument(
        class_name(), "layer '", name(),
        "': candidate_embeddings must have the shape (candidates, width). Received: ", embeddings);
  }
  const std::int64_t number = embeddings[0];
  if (number < k_) {
    invalid_argument(class_name(), "layer '", name(), "' retrieves k=", k_,
                     " candidates: there must be as many. Received: ", number);
  }
  if (ids && ids.shape() != Shape{number}) {
    invalid_argument(class_name(), "layer '", name(), "': candidate_ids must have the shape (",
                     number, ",), one a row of candidate_embeddings. Received: ", ids.shape());
  }
}

}  // namespace keratin::layers
