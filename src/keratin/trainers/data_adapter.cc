// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/data_adapter.h"

#include <cmath>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/random/random.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::trainers {
namespace {

std::int64_t samples_of(std::string_view who, std::string_view name, const Tensor& tensor) {
  if (tensor.shape().rank() == 0) {
    invalid_argument(
        who, name, " must have the samples along its first axis. Received: a tensor of shape ().");
  }
  return tensor.shape()[0];
}

Tensor rows(const Tensor& tensor, std::int64_t first, std::int64_t count) {
  return tensor ? slice_rows(tensor, first, count) : Tensor();
}

}  // namespace

Arrays checked_arrays(std::string_view who, Arrays arrays) {
  if (!arrays.x) invalid_argument(who, "x is missing.");
  const std::int64_t samples = samples_of(who, "x", arrays.x);
  const auto check = [&](std::string_view name, const Tensor& tensor) {
    if (!tensor) return;
    const std::int64_t count = samples_of(who, name, tensor);
    if (count != samples) {
      invalid_argument(who, "x and ", name,
                       " must have the same number of samples. Received: ", samples,
                       " in x of shape ", arrays.x.shape(), ", ", count, " in ", name, " of shape ",
                       tensor.shape(), ".");
    }
  };
  check("y", arrays.y);
  check("sample_weight", arrays.sample_weight);
  if (samples == 0) {
    invalid_argument(who, "the data are empty. Received: x of shape ", arrays.x.shape(), ".");
  }
  arrays.sample_weight = cast(arrays.sample_weight, DType::kFloat32);
  return arrays;
}

SplitArrays train_validation_split(std::string_view who, const Arrays& arrays, double fraction) {
  if (!(fraction >= 0 && fraction < 1)) {
    invalid_argument(who,
                     "validation_split must be at least 0 and less than 1. Received: ", fraction);
  }
  const std::int64_t samples = arrays.x.shape().dim(0);
  const auto kept =
      static_cast<std::int64_t>(std::floor(static_cast<double>(samples) * (1.0 - fraction)));
  if (kept == 0 || kept == samples) {
    invalid_argument(who, "validation_split = ", fraction, " of ", samples,
                     " samples leaves no sample to ", kept == 0 ? "train" : "validate", " on.");
  }
  const auto part = [&](std::int64_t first, std::int64_t count) {
    return Arrays{rows(arrays.x, first, count), rows(arrays.y, first, count),
                  rows(arrays.sample_weight, first, count)};
  };
  return {part(0, kept), part(kept, samples - kept)};
}

DataAdapter::DataAdapter(std::string_view who, Arrays arrays, std::int64_t batch_size)
    : arrays_(checked_arrays(who, std::move(arrays))),
      samples_(arrays_.x.shape()[0]),
      batch_size_(batch_size) {
  if (batch_size <= 0) invalid_argument(who, "batch_size must be positive. Received: ", batch_size);
}

void DataAdapter::shuffle(std::int64_t seed) { order_ = random::permutation(samples_, seed); }

std::int64_t DataAdapter::count_of(std::int64_t index) const {
  const std::int64_t rest = samples_ - index * batch_size_;
  return rest < batch_size_ ? rest : batch_size_;
}

Batch DataAdapter::batch(std::int64_t index) const {
  const std::int64_t first = first_of(index);
  const std::int64_t count = count_of(index);
  const auto pick = [&](const Tensor& tensor) {
    if (!tensor) return Tensor();
    return shuffled() ? take_rows(tensor, order_.data() + first, count)
                      : snapshot(slice_rows(tensor, first, count));
  };
  return {pick(arrays_.x), pick(arrays_.y), pick(arrays_.sample_weight)};
}

std::string rows_text(const DataAdapter& data, std::int64_t index) {
  if (data.num_batches() == 1 && !data.shuffled()) return {};
  const std::int64_t count = data.count_of(index);
  if (!data.shuffled()) {
    const std::int64_t first = data.first_of(index);
    return str(" (In batch ", index, ": rows ", first, " to ", first + count - 1, " of the data.)");
  }
  std::string rows;
  for (std::int64_t i = 0; i < count; ++i) {
    rows += str(i == 0 ? "" : ", ", data.row_of(data.first_of(index) + i));
  }
  return str(" (In a shuffled batch of these rows of the data: ", rows, ".)");
}

bool ArraySource::begin_pass() {
  if (seed_) data_.shuffle(*seed_ + pass_);
  ++pass_;
  seen_ = 0;
  return true;
}

bool ArraySource::next(Batch& batch) {
  if (seen_ >= data_.num_batches()) return false;
  batch = data_.batch(seen_++);
  return true;
}

std::string ArraySource::where() const { return rows_text(data_, seen_ - 1); }

EpochIterator::EpochIterator(std::string_view who, std::shared_ptr<BatchSource> source,
                             std::optional<std::int64_t> steps)
    : who_(who), source_(std::move(source)), steps_(steps) {
  if (!source_) invalid_argument(who, "the data are missing.");
  if (steps && *steps <= 0) invalid_argument(who, "steps must be positive. Received: ", *steps);
}

void EpochIterator::require_data() {
  Batch first;
  if (!begin_epoch() || !next(first)) invalid_argument(who_, "the data gave no batch.");
  held_ = std::move(first);
}

bool EpochIterator::begin_epoch() {
  if (held_) return true;  // by require_data()
  const std::optional<std::int64_t> all = source_->num_batches();
  if (!in_pass_ || !steps_ || (all && of_pass_ >= *all)) {
    of_pass_ = 0;
    in_pass_ = source_->begin_pass();
  }
  given_ = 0;
  ran_out_ = false;
  return in_pass_;
}

bool EpochIterator::next(Batch& batch) {
  if (held_) {
    batch = std::move(*held_);
    held_.reset();
    return true;
  }
  if ((steps_ && given_ >= *steps_) || !in_pass_) return false;
  bool found = source_->next(batch);
  // A source that cannot count itself may have ended with the epoch before: then this one is the
  // next pass's.
  if (!found && given_ == 0 && of_pass_ > 0 && source_->begin_pass()) {
    of_pass_ = 0;
    found = source_->next(batch);
  }
  if (!found) {
    in_pass_ = false;
    ran_out_ = steps_.has_value();
    return false;
  }
  ++given_;
  ++of_pass_;
  return true;
}

}  // namespace keratin::trainers
