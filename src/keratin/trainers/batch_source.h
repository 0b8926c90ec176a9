// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/trainers/tensors.h"

namespace keratin::trainers {

/// What one step works on. y and sample_weight may be empty.
struct Batch {
  Tensors x;
  Tensors y;
  Tensors sample_weight;
};

/// Where a source of batches stands, counted from its begin.
struct SourcePosition {
  std::int64_t passes = 0;                // that have begun
  std::int64_t of_pass = 0;               // batches of the last of them
  std::int64_t batches = 0;               // of all of them
  bool in_pass = false;                   // the last has begun, and has not been seen to end
  std::optional<std::int64_t> seed = {};  // that the orders of the passes come from
};

/// Data that come batch by batch, from a file, a queue, a generator: what fit, evaluate and predict
/// take in place of arrays. Called by the thread that called them. An exception leaves them as one
/// of a callback does: the model keeps its last step.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  /// Starts a pass from the first batch. False where there is none any more: a generator can be
  /// gone through only once.
  virtual bool begin_pass() = 0;
  /// The next batch of the pass; false at its end.
  virtual bool next(Batch& batch) = 0;
  /// Batches a pass, where known.
  virtual std::optional<std::int64_t> num_batches() const { return std::nullopt; }
  /// What the orders of its passes come from, where they come from a seed.
  virtual std::optional<std::int64_t> seed() const { return std::nullopt; }
  /// Goes where it stood in a run that is taken up again, before its first batch or after it. By
  /// itself it starts a pass and leaves out the batches of it that were given: right for a source
  /// whose passes are all alike. Throws std::invalid_argument where there are not so many.
  virtual void go_to(const SourcePosition& position);
  /// Where the latest batch is from, for the end of an error's text, such as " (In batch 3.)".
  virtual std::string where() const { return {}; }
};

}  // namespace keratin::trainers
