// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/tensor/tensor.h"
#include "keratin/trainers/batch_source.h"
#include "keratin/trainers/run_state.h"

namespace keratin::trainers {

struct Arrays {
  Tensors x;
  Tensors y;
  Tensors sample_weight;
};

/// Checks that all arrays have equally many samples, at least one, and that weights are float32
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

/// Batches of arrays, in order (slices that share the memory; of views, whose memory others may
/// write to, copies) or shuffled (copies). The last batch may be short. The arrays are never
/// written. Threads: batch() is const and safe.
class DataAdapter {
 public:
  /// Throws std::invalid_argument as checked_arrays does, and unless batch_size is positive.
  DataAdapter(std::string_view who, Arrays arrays, std::int64_t batch_size);

  std::int64_t num_samples() const { return samples_; }
  std::int64_t num_batches() const { return (samples_ - 1) / batch_size_ + 1; }
  bool shuffled() const { return !order_.empty(); }

  const Tensors& x() const { return arrays_.x; }
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

/// Batches of arrays, pass after pass.
class ArraySource final : public BatchSource {
 public:
  explicit ArraySource(DataAdapter data) : data_(std::move(data)) {}
  /// Each pass from now on has an order of its own.
  void shuffle_passes(std::int64_t seed) { seed_ = seed; }

  const DataAdapter& data() const { return data_; }
  std::optional<std::int64_t> num_batches() const override { return data_.num_batches(); }
  bool begin_pass() override;
  bool next(Batch& batch) override;
  std::optional<std::int64_t> seed() const override { return seed_; }
  void go_to(const SourcePosition& position) override;
  /// Which rows of the arrays the latest batch is made of, where that is not plain.
  std::string where() const override;

 private:
  DataAdapter data_;
  std::optional<std::int64_t> seed_;
  std::int64_t pass_ = 0;
  std::int64_t seen_ = 0;  // batches of this pass
};

/// Which rows batch `index` is made of, for the end of an error's text; empty where that is plain.
std::string rows_text(const DataAdapter& data, std::int64_t index);

/// Which batches belong to which epoch. Keras: `EpochIterator`. Without `steps` an epoch is one
/// pass; with it an epoch takes that many batches and the next one goes on where it stopped, until
/// a pass is used up: then the epoch is short and the next one starts a new pass.
class EpochIterator {
 public:
  /// Throws std::invalid_argument unless `steps` is positive where given.
  EpochIterator(std::string_view who, std::shared_ptr<BatchSource> source,
                std::optional<std::int64_t> steps);

  /// Batches an epoch, as the progress bar counts them; nothing where that is not known.
  std::optional<std::int64_t> num_batches() const {
    return steps_ ? steps_ : source_->num_batches();
  }

  /// Where the source stands, and how far the epoch is.
  RunState run_state() const;
  /// Goes where another one of the same data stood. `within`: in its epoch, of which next() gives
  /// the rest; otherwise before the next. Throws std::invalid_argument where the data are others.
  void go_to(const RunState& state, bool within);
  /// Batches of this epoch so far.
  std::int64_t given() const { return given_; }

  /// Begins the first epoch and looks for its first batch, which next() then gives. Throws
  /// std::invalid_argument where there is none.
  void require_data();
  /// The next epoch starts a new pass.
  void restart() { at_.in_pass = held_.has_value(); }
  /// False when there are no data left: a source that gives one pass has given it.
  bool begin_epoch();
  /// The next batch; false at the end of the epoch.
  bool next(Batch& batch);
  /// True when the epoch ended early because the data were used up.
  bool ran_out() const { return ran_out_; }
  /// True when this epoch has had no batch.
  bool empty() const { return given_ == 0; }
  /// True where the batches are cut from arrays: all alike but for their values.
  bool of_arrays() const { return arrays() != nullptr; }
  /// Null where they are not.
  const DataAdapter* arrays() const {
    const auto* source = dynamic_cast<const ArraySource*>(source_.get());
    return source == nullptr ? nullptr : &source->data();
  }
  /// Where the latest batch is from, for the end of an error's text.
  std::string where() const { return source_->where(); }

 private:
  bool begin_pass();

  std::string who_;
  std::shared_ptr<BatchSource> source_;
  std::optional<std::int64_t> steps_;
  std::optional<Batch> held_;  // found by require_data()
  std::int64_t given_ = 0;     // batches of this epoch
  SourcePosition at_;
  bool ran_out_ = false;
};

}  // namespace keratin::trainers
