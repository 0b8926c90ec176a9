// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "keratin/tensor/tensor.h"

namespace keratin::trainers {

/// What one step works on. y and sample_weight may be null.
struct Batch {
  Tensor x;
  Tensor y;
  Tensor sample_weight;
};

struct Arrays {
  Tensor x;
  Tensor y;
  Tensor sample_weight;
};

/// Checks that the arrays have equally many samples, at least one, and that weights are float32
/// (which others are cast to). `who` is the word for errors: "fit", "evaluate" ... Throws
/// std::invalid_argument otherwise.
Arrays checked_arrays(std::string_view who, Arrays arrays);

struct SplitArrays {
  Arrays train;
  Arrays validation;
};

/// The last floor-rounded `fraction` of the samples becomes the validation data; no order is
/// changed and nothing is copied. Keras: `train_validation_split`. Throws std::invalid_argument
/// unless 0 <= fraction < 1 and both parts get samples.
SplitArrays train_validation_split(std::string_view who, const Arrays& arrays, double fraction);

/// Batches of arrays, in order (slices that share the memory) or shuffled (copies). The last batch
/// may be short. The arrays are never written. Threads: batch() is const and safe.
class DataAdapter {
 public:
  /// Throws std::invalid_argument as checked_arrays does, and unless batch_size is positive.
  DataAdapter(std::string_view who, Arrays arrays, std::int64_t batch_size);

  std::int64_t num_samples() const { return samples_; }
  std::int64_t num_batches() const { return (samples_ - 1) / batch_size_ + 1; }
  bool shuffled() const { return !order_.empty(); }

  /// Another order of the samples, drawn from `seed`.
  void shuffle(std::int64_t seed);
  Batch batch(std::int64_t index) const;
  /// The first sample of the batch, as it stands in the arrays when they are not shuffled.
  std::int64_t first_of(std::int64_t index) const { return index * batch_size_; }
  std::int64_t count_of(std::int64_t index) const;
  /// Which row of the arrays is sample `position` of this order.
  std::int64_t row_of(std::int64_t position) const {
    return shuffled() ? order_[static_cast<std::size_t>(position)] : position;
  }

 private:
  Arrays arrays_;
  std::int64_t samples_;
  std::int64_t batch_size_;
  std::vector<std::int64_t> order_;
};

/// Which batches belong to which epoch. Keras: `EpochIterator`. Without `steps` an epoch is one
/// pass; with it an epoch takes that many batches and the next one goes on where it stopped, until
/// a pass is used up: then the epoch is short and the next one starts a new pass.
class EpochIterator {
 public:
  /// Throws std::invalid_argument unless `steps` is positive where given. `seed`: shuffle each
  /// pass.
  EpochIterator(std::string_view who, DataAdapter data, std::optional<std::int64_t> steps,
                std::optional<std::int64_t> seed);

  /// Batches an epoch, as the progress bar counts them.
  std::int64_t num_batches() const { return steps_ ? *steps_ : data_.num_batches(); }

  /// The next epoch starts a new pass.
  void restart() { started_ = false; }
  void begin_epoch();
  /// The next batch; false at the end of the epoch.
  bool next(Batch& batch);
  /// True when the epoch ended early because the data were used up.
  bool ran_out() const { return ran_out_; }
  const DataAdapter& data() const { return data_; }
  /// Number of the latest batch in its pass.
  std::int64_t position() const { return seen_ - 1; }

 private:
  void begin_pass();

  DataAdapter data_;
  std::optional<std::int64_t> steps_;
  std::optional<std::int64_t> seed_;
  std::int64_t pass_ = 0;
  std::int64_t seen_ = 0;  // batches of this pass
  std::int64_t left_ = 0;  // steps of this epoch still to give
  bool started_ = false;
  bool ran_out_ = false;
};

}  // namespace keratin::trainers
