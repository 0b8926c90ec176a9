// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"
#include "keratin/random/candidate_sampler.h"

/// Losses over the true classes of a batch and some that were drawn, in place of all V.
/// TensorFlow: `tf.nn`. Threads: as Value.
namespace keratin::ops::nn {

struct SampledLossOptions {
  bool remove_accidental_hits = true;  // drawn classes that are true ones of a sample are not its
  bool subtract_log_q = true;          // from each logit, the log of its expected count
};

/// What of an output layer a sampled loss reads: of the B T labels in their order, then of the S
/// classes that were drawn.
struct SampledRows {
  Value weights;  // float32 (B T + S, D)
  Value biases;   // float32 (B T + S, 1), or none
};

/// inputs float32 (B, D) and labels int64 (B, T): the logits (B, T + S) of the labels and of the
/// drawn classes. A drawn class that is a label of the sample has the lowest float added.
Value sampled_logits(const Value& inputs, const Tensor& labels, const SampledRows& rows,
                     const random::SampledCandidates& candidates,
                     const SampledLossOptions& options);

/// The cross-entropy (B,) of a softmax of such logits, the first `num_true` of which are 1 /
/// num_true each.
Value sampled_softmax(const Value& logits, std::int64_t num_true);
/// The sum (B,) of the logistic losses of such logits, with the same targets.
Value sampled_logistic(const Value& logits, std::int64_t num_true);

/// Both of whole weights (V, D) and biases (V,), which may be none: tf.nn.sampled_softmax_loss and
/// tf.nn.nce_loss with `sampled_values`. labels: int32 or int64, (B, T) or (B,). Gives (B,).
/// Throws std::invalid_argument for shapes and types that do not fit, std::out_of_range for a
/// class outside [0, V).
Value sampled_softmax_loss(const Value& weights, const Value& biases, const Tensor& labels,
                           const Value& inputs, const random::SampledCandidates& candidates,
                           const SampledLossOptions& options = {});
Value nce_loss(const Value& weights, const Value& biases, const Tensor& labels, const Value& inputs,
               const random::SampledCandidates& candidates,
               const SampledLossOptions& options = {.remove_accidental_hits = false});

}  // namespace keratin::ops::nn
