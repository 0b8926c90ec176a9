// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/layers/layer.h"

namespace keratin::layers {

/// What layers have in common that find the k best of many candidates for each query; one of your
/// own derives from it, and is in no closed list. KerasRS: `keras_rs.layers.Retrieval`.
class Retrieval : public Layer {
 public:
  std::int64_t k() const { return k_; }
  /// Whether the scores come too, in front of the candidates.
  bool return_scores() const { return return_scores_; }

  /// Takes other candidates: `embeddings` (N, D) with N >= k; `ids`, what they are called; null:
  /// their places.
  virtual void update_candidates(const Tensor& embeddings, const Tensor& ids = {}) = 0;
  /// The dot products of queries (..., D) with candidates (N, D): (..., N).
  Value compute_score(const Value& queries, const Value& candidates) const;

 protected:
  /// Throws std::invalid_argument unless k is positive.
  Retrieval(LayerOptions options, std::int64_t k, bool return_scores);

  /// Throws std::invalid_argument for candidates of another shape than (N, D), N >= k, and for ids
  /// that are not one for each; null ids are none.
  void check_candidates(const Shape& embeddings, const Tensor& ids) const;

 private:
  std::int64_t k_;
  bool return_scores_;
};

}  // namespace keratin::layers
