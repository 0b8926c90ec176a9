// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <span>
#include <vector>

#include "keratin/initializers/initializer.h"
#include "keratin/kernels/rows.h"
#include "keratin/parallel/parallel.h"
#include "keratin/table/id_map.h"
#include "keratin/table/row_slots.h"
#include "keratin/tensor/variable_storage.h"

namespace keratin::table {

/// The rows of a (V, D) table.
///
/// A *dense* table has a place for every row. A table *on demand* has a place for the rows in use
/// only: a row is drawn when a training step first touches it, with the values that an eager draw
/// would have given it; until then reading draws it anew each time.
///
/// An optimizer attaches what it keeps beside the rows. When it defers steps (docs/guides/
/// deferred-updates.md), the stored rows are those of their last visit, and every reader here gives
/// them as they are now: nobody sees a stale row.
///
/// Threads: read() and value() are safe from any number of threads, among each other too. The rest
/// needs the table alone.
class RowStorage final : public VariableStorage {
 public:
  /// Dense, over the values given: (V, D) float32.
  explicit RowStorage(Tensor values);
  /// On demand. Throws std::invalid_argument when the initializer cannot draw a row alone.
  RowStorage(const Shape& shape, std::shared_ptr<const initializers::Initializer> initializer);

  const Shape& shape() const override { return shape_; }
  std::int64_t rows() const { return shape_[0]; }
  std::int64_t width() const { return width_; }
  bool on_demand() const { return initializer_ != nullptr; }
  /// Rows that have a place: V for a dense table.
  std::int64_t rows_in_use() const { return on_demand() ? map_.size() : rows(); }

  /// out[i] = row ids[i] as it is now, for int32 or int64 ids that were checked.
  template <class Id>
  void read(const Id* ids, std::int64_t count, float* out) const;
  /// kernels::reduce_rows on the rows as they are now, for ids as in read().
  template <class Id>
  void reduce(kernels::Reduction reduction, const Id* ids, const std::int64_t* first,
              std::int64_t bags, float* out) const;
  /// The values of a dense table, shared; a copy of a table on demand.
  Tensor value() override;
  void assign(const Tensor& value) override;

  // -- for an optimizer --------------------------------------------------------------------------

  /// Makes these the slots that count from now on, after settling what earlier ones owe. Throws
  /// std::invalid_argument for a table on demand whose untouched rows an earlier optimizer has
  /// moved, OutOfMemory when there is no room; then nothing has changed.
  void attach(std::shared_ptr<RowSlots> slots);
  bool is_attached(const RowSlots& slots) const { return slots_.get() == &slots; }

  /// The places of distinct ids: drawn, and with slots. Valid until the next call. Throws
  /// OutOfMemory; then nothing has changed that could be read.
  std::span<const std::int64_t> places(const std::vector<std::int64_t>& ids);
  /// Brings the rows at these places up to date and calls body(i, w, slots) on each, on the
  /// library's threads. The steps attached, if any, must then get one more step: the rows are noted
  /// as true after it. `body` must not throw.
  template <class Body>
  void update(std::span<const std::int64_t> places, Body body);
  /// Brings every row up to date.
  void settle() const;
  /// The weights of the row at `place` and of those that follow it.
  float* weights(std::int64_t place = 0) const { return weights_ + place * width_; }

 private:
  std::int64_t now() const { return slots_ && slots_->steps() ? slots_->steps()->now() : 0; }
  /// True when some stored row may not be as it is now.
  bool owes() const { return now() != settled_; }
  std::int64_t since(std::int64_t place) const {
    return std::max<std::int64_t>(slots_->since(place), settled_);
  }
  std::int64_t tasks_rows() const { return std::max<std::int64_t>(1, 8192 / width_); }
  void read_row(std::int64_t id, float* out) const;
  void draw(std::int64_t id, float* out) const;
  void catch_up(std::int64_t place) const;
  void grow(std::int64_t places);
  void prefetch(std::int64_t place) const;

  Shape shape_;
  std::int64_t width_;
  std::shared_ptr<const initializers::Initializer> initializer_;  // null: dense
  Tensor values_;                                                 // dense
  Pages pages_;                                                   // on demand
  float* weights_ = nullptr;                                      // of either
  IdMap map_;                                                     // on demand
  std::int64_t capacity_ = 0;                                     // places that there is room for
  std::vector<std::int64_t> places_;
  std::shared_ptr<RowSlots> slots_;
  std::int64_t born_ = 0;  // the step at which untouched rows are as they were drawn
  // Settling is not a change that a reader can see, but for the mutex: value() may do it.
  mutable std::shared_mutex mutex_;
  mutable std::atomic<std::int64_t> settled_ = 0;  // every row is true up to this step at least
};

template <class Body>
void RowStorage::update(std::span<const std::int64_t> places, Body body) {
  constexpr std::int64_t kAhead = 8;
  const bool defers = slots_->steps() != nullptr;
  const std::int64_t after = now() + 1;
  parallel::for_chunks(static_cast<std::int64_t>(places.size()), tasks_rows(),
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t i = begin; i < end; ++i) {
                           if (i + kAhead < end)
                             prefetch(places[static_cast<std::size_t>(i + kAhead)]);
                           const std::int64_t place = places[static_cast<std::size_t>(i)];
                           if (defers) catch_up(place);
                           body(i, weights(place), slots_->at(place));
                           if (defers) slots_->since(place) = after;
                         }
                       });
}

}  // namespace keratin::table
