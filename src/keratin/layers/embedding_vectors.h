// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "keratin/base/pooling.h"
#include "keratin/base/precision.h"
#include "keratin/base/quantization.h"
#include "keratin/graph/pass.h"
#include "keratin/table/table.h"
#include "keratin/tensor/variable.h"

/// Where an Embedding has its vectors from: a kind of table each. Not installed.
namespace keratin::layers {

struct EmbeddingOptions;
/// Throws std::invalid_argument for a rank that these do not allow.
void check_lora(std::string_view who, const EmbeddingOptions& options, std::int64_t rank);
/// Throws std::invalid_argument for a source that a quantized policy cannot have.
void check_source(std::string_view who, const DTypePolicy& policy);

/// Ids were checked. Threads: safe.
class EmbeddingVectors {
 public:
  virtual ~EmbeddingVectors() = default;
  /// ids of any shape -> float32 (..., D). `trained`: whether the layer is; each weight has its own
  /// word too.
  virtual Value look_up(const Tensor& ids, bool trained, const Pass& pass) const = 0;
  /// ids (B, T), T > 0: what ops::nn::lookup_pooled() gives; a null value where the vectors must be
  /// there before they are pooled.
  virtual Value look_up_pooled(const Tensor& ids, Pooling pooling, MaskedSteps masked,
                               const Shape& shape, bool trained, const Pass& pass) const = 0;
  /// The rows as they are now.
  virtual std::shared_ptr<const table::Table> table() const = 0;
};

/// Those of `table`, which `variable` trains where it is there.
std::shared_ptr<const EmbeddingVectors> vectors_of(std::shared_ptr<const table::Table> table,
                                                   std::shared_ptr<const Variable> variable);
/// `base` and a LoRA update: + scale * left[ids] @ right, with left (V, r), a table, and right
/// (r, D). A step costs the rows touched, and the gradient of `right`.
std::shared_ptr<const EmbeddingVectors> with_low_rank(std::shared_ptr<const EmbeddingVectors> base,
                                                      std::shared_ptr<const Variable> left,
                                                      std::shared_ptr<const Variable> right,
                                                      float scale);
/// `base`, rounded to nearest as 16 bits have it: what a layer computes in. The gradient passes.
std::shared_ptr<const EmbeddingVectors> rounded(std::shared_ptr<const EmbeddingVectors> base,
                                                Precision precision);

}  // namespace keratin::layers
