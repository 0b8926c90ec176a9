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

Tensors rows(const Tensors& tensors, std::int64_t first, std::int64_t count) {
  return tensors.each(
      [&](const Tensor& tensor) { return tensor ? slice_rows(tensor, first, count) : Tensor(); });
}

}  // namespace

Arrays checked_arrays(std::string_view who, Arrays arrays) {
  if (!arrays.x) invalid_argument(who, "x is missing.");
  for (std::size_t i = 0; i < arrays.x.size(); ++i) {
    if (!arrays.x[i]) invalid_argument(who, arrays.x.name_of("x", i), " is missing.");
  }
  const Tensor& first = arrays.x[0];
  const std::int64_t samples = arrays.x.size() == 1
                                   ? samples_of(who, "x", first)
                                   : samples_of(who, arrays.x.name_of("x", 0), first);
  const auto check = [&](std::string_view name, const Tensors& tensors) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const Tensor& tensor = tensors[i];
      if (!tensor || (tensor.shape().rank() > 0 && tensor.shape()[0] == samples)) continue;
      const std::string called = tensors.name_of(name, i);
      const std::int64_t count = samples_of(who, called, tensor);
      invalid_argument(who, arrays.x.name_of("x", 0), " and ", called,
                       " must have the same number of samples. Received: ", samples, " in ",
                       arrays.x.name_of("x", 0), " of shape ", first.shape(), ", ", count, " in ",
                       called, " of shape ", tensor.shape(), ".");
    }
  };
  if (arrays.x.size() > 1) check("x", arrays.x);
  check("y", arrays.y);
  check("sample_weight", arrays.sample_weight);
  if (samples == 0) {
    invalid_argument(who, "the data are empty. Received: x of shape ", first.shape(), ".");
  }
  arrays.sample_weight = arrays.sample_weight.each(
      [](const Tensor& tensor) { return tensor ? cast(tensor, DType::kFloat32) : Tensor(); });
  return arrays;
}

SplitArrays train_validation_split(std::string_view who, const Arrays& arrays, double fraction) {
  if (!(fraction >= 0 && fraction < 1)) {
    invalid_argument(who,
                     "validation_split must be at least 0 and less than 1. Received: ", fraction);
  }
  const std::int64_t samples = arrays.x[0].shape().dim(0);
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
      samples_(arrays_.x[0].shape()[0]),
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
  return {arrays_.x.each(pick), arrays_.y.each(pick), arrays_.sample_weight.each(pick)};
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

void ArraySource::go_to(const SourcePosition& position) {
  if (seed_ && position.seed) seed_ = position.seed;
  if (position.in_pass && (position.passes < 1 || position.of_pass > data_.num_batches())) {
    invalid_argument("fit", "the run that is taken up again had ", position.of_pass,
                     " batches of this pass. Received: data of ", data_.num_batches(), ".");
  }
  pass_ = position.passes;
  if (!position.in_pass) return;
  --pass_;
  begin_pass();
  seen_ = position.of_pass;
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

bool EpochIterator::begin_pass() {
  at_.of_pass = 0;
  at_.in_pass = source_->begin_pass();
  if (at_.in_pass) ++at_.passes;
  return at_.in_pass;
}

bool EpochIterator::begin_epoch() {
  if (held_) return true;  // by require_data()
  const std::optional<std::int64_t> all = source_->num_batches();
  if (!at_.in_pass || !steps_ || (all && at_.of_pass >= *all)) begin_pass();
  given_ = 0;
  ran_out_ = false;
  return at_.in_pass;
}

bool EpochIterator::next(Batch& batch) {
  if (held_) {
    batch = std::move(*held_);
    held_.reset();
    return true;
  }
  if ((steps_ && given_ >= *steps_) || !at_.in_pass) return false;
  bool found = source_->next(batch);
  // A source that cannot count itself may have ended with the epoch before: then this one is the
  // next pass's.
  if (!found && given_ == 0 && at_.of_pass > 0 && begin_pass()) found = source_->next(batch);
  if (!found) {
    at_.in_pass = false;
    ran_out_ = steps_.has_value();
    return false;
  }
  ++given_;
  ++at_.of_pass;
  ++at_.batches;
  return true;
}

RunState EpochIterator::run_state() const {
  RunState state;
  state.set_integer("passes", at_.passes);
  state.set_integer("of_pass", at_.of_pass);
  state.set_integer("batches", at_.batches);
  state.set_integer("in_pass", at_.in_pass ? 1 : 0);
  state.set_integer("given", given_);
  if (const auto seed = source_->seed()) state.set_integer("seed", *seed);
  return state;
}

void EpochIterator::go_to(const RunState& state, bool within) {
  SourcePosition position{.passes = state.integer("passes"),
                          .of_pass = state.integer("of_pass"),
                          .batches = state.integer("batches"),
                          .in_pass = state.integer("in_pass") != 0};
  if (state.find("seed") != nullptr) position.seed = state.integer("seed");
  if (position.passes < 0 || position.of_pass < 0 || position.batches < 0)
    invalid_argument(who_, "the state of the run counts batches below 0.");
  source_->go_to(position);
  held_.reset();
  at_ = position;
  given_ = within ? state.integer("given") : 0;
  ran_out_ = false;
}

}  // namespace keratin::trainers
