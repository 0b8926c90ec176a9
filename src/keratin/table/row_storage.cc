// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/row_storage.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/rows.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

constexpr std::int64_t kFloatsPerTask = 1 << 16;

}  // namespace

RowStorage::RowStorage(Tensor values)
    : shape_(values.shape()),
      width_(values.shape()[1]),
      values_(std::move(values)),
      weights_(values_.data<float>().data()),
      capacity_(shape_[0]) {}

RowStorage::RowStorage(const Shape& shape,
                       std::shared_ptr<const initializers::Initializer> initializer)
    : shape_(shape), width_(shape[1]), initializer_(std::move(initializer)) {
  if (!initializer_->draws_parts()) {
    invalid_argument(
        "Embedding",
        "rows are drawn on demand only from an initializer that can draw one alone. Received: ",
        initializer_->class_name());
  }
}

void RowStorage::draw(std::int64_t id, float* out) const {
  initializer_->fill(shape_, id * width_, {out, static_cast<std::size_t>(width_)});
}

void RowStorage::read_row(std::int64_t id, float* out) const {
  const auto n = static_cast<std::size_t>(width_);
  const std::int64_t place = on_demand() ? map_.find(id) : id;
  if (place >= 0) {
    std::copy_n(weights(place), n, out);
    if (!slots_ || slots_->steps() == nullptr || since(place) == now()) return;
    const RowPointers slots = slots_->at(place);
    slots_->steps()->catch_up_weights(out, slots.data(), n, since(place));
    return;
  }
  draw(id, out);
  if (now() == born_) return;
  std::vector<float> first(n * slots_->count());
  RowPointers slots{};
  for (std::size_t k = 0; k < slots_->count(); ++k) {
    slots[k] = first.data() + k * n;
    std::fill_n(slots[k], n, slots_->initial(k));
  }
  slots_->steps()->catch_up_weights(out, slots.data(), n, born_);
}

template <class Id>
void RowStorage::read(const Id* ids, std::int64_t count, float* out) const {
  const std::shared_lock lock(mutex_);
  const bool as_stored = !on_demand() && !owes();
  // A result larger than this goes past the caches: it would drive out the table.
  const bool stream = count * width_ >= (8 << 20);
  parallel::for_chunks(count, std::max<std::int64_t>(1, kFloatsPerTask / width_),
                       [&](std::int64_t begin, std::int64_t end) {
                         if (as_stored) {
                           kernels::gather_rows(
                               kernels::Rows{weights(), Precision::kFloat32, width_}, ids + begin,
                               end - begin, out + begin * width_, stream);
                           return;
                         }
                         constexpr std::int64_t kAhead = 8;
                         for (std::int64_t i = begin; i < end; ++i) {
                           if (i + kAhead < end) {
                             const auto next = static_cast<std::int64_t>(ids[i + kAhead]);
                             if (on_demand())
                               map_.prefetch(next);
                             else
                               prefetch(next);
                           }
                           read_row(static_cast<std::int64_t>(ids[i]), out + i * width_);
                         }
                       });
}

template <class Id>
void RowStorage::reduce(kernels::Reduction reduction, const Id* ids, const std::int64_t* first,
                        std::int64_t bags, float* out) const {
  const std::shared_lock lock(mutex_);
  if (!on_demand() && !owes()) {
    kernels::reduce_rows(reduction, {weights(), Precision::kFloat32, width_}, ids, first, bags,
                         out);
    return;
  }
  // Some rows at a time, behind the result so far.
  constexpr std::int64_t kRows = 32;
  std::vector<float> memory(static_cast<std::size_t>((1 + kRows) * width_));
  std::array<std::int64_t, 1 + kRows> order{};
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t b = 0; b < bags; ++b, out += width_) {
    std::int64_t begin = first[b];
    std::int64_t filled = 0;
    do {
      const std::int64_t end = std::min(begin + kRows, first[b + 1]);
      if (filled == 1) std::copy_n(out, width_, memory.data());
      for (std::int64_t i = begin; i < end; ++i)
        read_row(static_cast<std::int64_t>(ids[i]), memory.data() + (filled + i - begin) * width_);
      const std::array<std::int64_t, 2> all = {0, filled + end - begin};
      kernels::reduce_rows(reduction, {memory.data(), Precision::kFloat32, width_}, order.data(),
                           all.data(), 1, out);
      begin = end;
      filled = 1;
    } while (begin < first[b + 1]);
  }
}

template void RowStorage::reduce(kernels::Reduction, const std::int32_t*, const std::int64_t*,
                                 std::int64_t, float*) const;
template void RowStorage::reduce(kernels::Reduction, const std::int64_t*, const std::int64_t*,
                                 std::int64_t, float*) const;
template void RowStorage::read(const std::int32_t*, std::int64_t, float*) const;
template void RowStorage::read(const std::int64_t*, std::int64_t, float*) const;

Tensor RowStorage::value() {
  if (!on_demand()) {
    settle();
    return values_;
  }
  Tensor all;
  try {
    all = uninitialized(shape_);
  } catch (const OutOfMemory&) {
    throw OutOfMemory(
        str("[Embedding] the whole table of shape ", shape_, " does not fit the memory: it needs ",
            shape_.size() * 4,
            " bytes. Its rows are drawn on demand: look up the rows that are wanted instead."));
  }
  float* out = all.data<float>().data();
  const std::shared_lock lock(mutex_);
  parallel::for_chunks(rows(), std::max<std::int64_t>(1, kFloatsPerTask / width_),
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t id = begin; id < end; ++id)
                           read_row(id, out + id * width_);
                       });
  return all;
}

void RowStorage::assign(const Tensor& value) {
  const float* from = value.data<float>().data();
  if (on_demand()) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(rows()));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
    places(all);
  }
  settle();  // the slots go on from where they are, as in Keras
  for (std::int64_t id = 0; id < rows(); ++id) {
    const std::int64_t place = on_demand() ? map_.find(id) : id;
    std::copy_n(from + id * width_, width_, weights(place));
  }
}

void RowStorage::attach(std::shared_ptr<RowSlots> slots) {
  if (slots_ == slots) return;
  if (on_demand() && now() != born_) {
    invalid_argument("Embedding",
                     "the rows of this table are drawn on demand, and the optimizer that trained "
                     "it has moved rows "
                     "that were never drawn: another optimizer cannot take it over.");
  }
  slots->grow(std::max(capacity_, rows_in_use()));
  settle();
  slots_ = std::move(slots);
  born_ = now();
  settled_ = born_;
  slots_->start(rows_in_use(), born_);
}

void RowStorage::grow(std::int64_t places) {
  if (places <= capacity_) return;
  const std::int64_t capacity =
      std::min(rows(), std::max<std::int64_t>({1024, places, 2 * capacity_}));
  pages_.grow(static_cast<std::size_t>(capacity * width_) * sizeof(float), "the rows in use");
  if (slots_) slots_->grow(capacity);
  weights_ = static_cast<float*>(pages_.data());
  capacity_ = capacity;
}

std::span<const std::int64_t> RowStorage::places(const std::vector<std::int64_t>& ids) {
  if (!on_demand()) return ids;
  constexpr std::size_t kAhead = 8;
  places_.resize(ids.size());
  std::int64_t missing = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i + kAhead < ids.size()) map_.prefetch(ids[i + kAhead]);
    places_[i] = map_.find(ids[i]);
    missing += places_[i] < 0 ? 1 : 0;
  }
  if (missing == 0) return places_;
  const std::int64_t first = map_.size();
  map_.reserve(missing);
  grow(first + missing);

  // A place is given out only once its row is drawn: a draw that throws leaves none behind.
  std::vector<std::int64_t> drawn;
  drawn.reserve(static_cast<std::size_t>(missing));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (places_[i] < 0) drawn.push_back(ids[i]);
  }
  if (slots_) slots_->start(first + missing, now());
  parallel::for_chunks(missing, tasks_rows(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t place = first + i;
      draw(drawn[static_cast<std::size_t>(i)], weights(place));
      if (slots_ && now() != born_) {
        const RowPointers slots = slots_->at(place);
        slots_->steps()->catch_up(weights(place), slots.data(), static_cast<std::size_t>(width_),
                                  born_);
      }
    }
  });
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (places_[i] < 0) places_[i] = map_.insert(ids[i]);
  }
  return places_;
}

void RowStorage::prefetch(std::int64_t place) const {
  const float* row = weights(place);
  for (std::int64_t d = 0; d < width_; d += 16) __builtin_prefetch(row + d);
  if (slots_) slots_->prefetch(place);
}

void RowStorage::catch_up(std::int64_t place) const {
  const std::int64_t from = since(place);
  if (from == now()) return;
  const RowPointers slots = slots_->at(place);
  slots_->steps()->catch_up(weights(place), slots.data(), static_cast<std::size_t>(width_), from);
}

void RowStorage::settle() const {
  if (!owes()) return;
  const std::unique_lock lock(mutex_);
  if (!owes()) return;  // another thread was first
  parallel::for_chunks(rows_in_use(), tasks_rows(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t place = begin; place < end; ++place) catch_up(place);
  });
  settled_ = now();
}

}  // namespace keratin::table
