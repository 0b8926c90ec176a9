// SPDX-License-Identifier: Apache-2.0
// Of table/row_storage: rows that are given from without, and which are in use.
#include <algorithm>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/rows.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {

void RowStorage::assign(const Tensor& value) {
  const float* from = value.data<float>().data();
  use_all();
  if (file_) file_->will_change(0, rows());
  settle();  // the slots go on from where they are, as in Keras
  ++version_;
  for (std::int64_t id = 0; id < shape_[0]; ++id) {
    const std::int64_t place = place_of(id);
    kernels::store_elements(options_.precision, from + id * width_, width_, row(place));
  }
}

void RowStorage::assign_rows(const std::vector<std::int64_t>& ids, const float* values) {
  const auto at = places(ids);
  ++version_;
  const auto count = static_cast<std::int64_t>(at.size());
  parallel::for_chunks(count, task_rows(count), [&](std::int64_t begin, std::int64_t end) {
    Floats memory;
    VisitedRow visited;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t& place = at[static_cast<std::size_t>(i)];
      // The slots are those of now: they go on from where they are, as in Keras.
      if (owes() && is_due(place, now())) {
        begin_visit({&place, 1}, nullptr, memory, {&visited, 1});
        slots_->set_since(place, now());
      }
      kernels::store_elements(options_.precision, values + i * width_, width_, row(place));
    }
  });
}

void RowStorage::prepare_take_over(const Tensor& value) {
  if (options_.grows) {
    coming_ = value.shape()[0];
    return reserve(coming_);
  }
  if (!on_demand() || !can_become_dense()) {
    use_all();
  } else if (slots_) {
    slots_->grow(rows());
  }
  if (file_) file_->will_change(0, rows());
  settle();
}

void RowStorage::replace(const Tensor& values) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(rows_in_use()));
  std::iota(all.begin(), all.end(), 0);
  forget(all);
  all.resize(static_cast<std::size_t>(values.shape()[0]));
  std::iota(all.begin(), all.end(), 0);
  assign_rows(all, values.data<float>().data());
  set_size(values.shape()[0]);
}

void RowStorage::take_over(const Tensor& value) {
  if (options_.grows) return replace(value);
  if (options_.precision != Precision::kFloat32 || file_ || TensorAccess::is_read_only(value) ||
      (on_demand() && !can_become_dense()))
    return assign(value);
  prepare_take_over(value);
  ++version_;
  lie_in(value);
  if (!on_demand()) return;
  initializer_ = nullptr;
  pages_ = Pages();
  capacity_ = rows();
  if (slots_) slots_->start(rows(), now());
}

UsedRows RowStorage::used() const {
  settle();  // rows of 16 bits are then what was stored
  UsedRows rows;
  rows.ids.resize(static_cast<std::size_t>(on_demand() ? map_.size() : 0));
  map_.for_each(
      [&](std::int64_t id, std::int64_t place) { rows.ids[static_cast<std::size_t>(place)] = id; });
  const auto count = static_cast<std::int64_t>(rows.ids.size());
  rows.values = uninitialized({count, width_});
  read(rows.ids.data(), count, rows.values.data<float>().data());
  return rows;
}

void RowStorage::use(const UsedRows& rows) {
  const auto count = static_cast<std::int64_t>(rows.ids.size());
  if (!on_demand() || rows_in_use() != 0) {
    invalid_argument("Embedding",
                     "rows come into use only in a table on demand that has none. This one has ",
                     rows_in_use(), ".");
  }
  if (!rows.values || rows.values.shape() != Shape{count, width_}) {
    invalid_argument("Embedding", "the values of ", count, " rows must have shape ",
                     Shape{count, width_},
                     ". Received: ", rows.values ? to_string(rows.values.shape()) : "none");
  }
  std::vector<std::int64_t> sorted = rows.ids;
  std::sort(sorted.begin(), sorted.end());
  if (count > 0 && (sorted.front() < 0 || sorted.back() >= this->rows())) {
    out_of_range("Embedding", "an id is outside [0, ", this->rows(),
                 "). Received: ", sorted.front() < 0 ? sorted.front() : sorted.back());
  }
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    invalid_argument("Embedding", "the same row comes into use twice.");
  places(rows.ids);
  ++version_;
  const float* from = std::as_const(rows.values).data<float>().data();
  for (std::int64_t place = 0; place < count; ++place)
    kernels::store_elements(options_.precision, from + place * width_, width_, row(place));
}

}  // namespace keratin::table
