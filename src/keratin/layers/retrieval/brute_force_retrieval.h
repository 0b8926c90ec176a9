// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/retrieval/retrieval.h"

namespace keratin::layers {

struct BruteForceRetrievalOptions {
  Tensor candidate_embeddings = {};  // (N, D), and
  Tensor candidate_ids = {};         // (N): see update_candidates(); not in the config
  std::int64_t k = 10;
  bool return_scores = true;
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The k candidates of the largest dot products with each query, exactly. KerasRS:
/// `keras_rs.layers.BruteForceRetrieval`.
///   input   float32 (..., D), queries
///   output  scores, float32 (..., k), from the largest on, and their candidates, int32 (..., k);
///           without return_scores these alone. Of equal scores the first candidate comes first.
/// The candidates are no weights, and not in files, as in KerasRS: a layer from a file is given
/// them again. Those of share_candidates() are a weight of another layer.
class BruteForceRetrieval final : public Configured<BruteForceRetrieval, BruteForceRetrievalOptions,
                                                    LayerOf<BruteForceRetrieval, Retrieval>> {
 public:
  static constexpr std::string_view kName = "BruteForceRetrieval";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit BruteForceRetrieval(BruteForceRetrievalOptions options);

  /// Takes other candidates: `embeddings`, of any number type, (N, D) with N >= k, copied; `ids`,
  /// integers (N) that int32 holds, what they are called; null: their places. Throws
  /// std::invalid_argument for others, and keeps those that it had. Threads: needs the layer alone.
  /// Those that are shared take the values of `embeddings`, of their shape.
  void update_candidates(const Tensor& embeddings, const Tensor& ids = {}) override;
  /// Takes a weight of another layer for its candidates, such as the table of an Embedding, as it
  /// is at each call; it becomes a weight of this layer too, in place of the one it had. Errors and
  /// threads as of update_candidates(); null: no candidates.
  void share_candidates(std::shared_ptr<Variable> embeddings, const Tensor& ids = {});
  /// The candidates as they are now; null before the first.
  Tensor candidate_embeddings() const { return shared_ ? shared_->value() : embeddings_; }
  const Tensor& candidate_ids() const { return ids_; }
  /// Null where they are not shared.
  const std::shared_ptr<Variable>& shared_candidates() const { return shared_; }

  bool keeps_more_than_weights() const override { return true; }
  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  /// Throws std::logic_error where there are no candidates.
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  /// Null where there are no candidates.
  const Shape* candidates_shape() const;

  Tensor embeddings_;                 // float32, or
  std::shared_ptr<Variable> shared_;  // float32
  Tensor ids_;                        // int32, or null
};

}  // namespace keratin::layers
