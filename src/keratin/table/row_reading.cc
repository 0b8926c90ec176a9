// SPDX-License-Identifier: Apache-2.0
// Of table/row_storage: the rows as they are now. What they have missed is applied for a reader, or
// to the rows themselves.
#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/kernels/rows.h"
#include "keratin/table/row_storage.h"
#include "keratin/table/unique_rows.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {

/// A row that has no place.
void RowStorage::read_drawn(std::int64_t id, std::int64_t now, float* out) const {
  draw(id, out);
  if (now == born_) return;
  const auto n = static_cast<std::size_t>(width_);
  std::vector<float> first(n * slots_->count());
  const RowBehind row{out, fresh_slots(first.data()), born_};
  slots_->steps()->catch_up_weights({&row, 1}, n);
}

template <class Id>
void RowStorage::read_some(const Id* ids, std::span<const std::int64_t> places, std::int64_t now,
                           float* out) const {
  const bool defers = slots_ && slots_->steps() != nullptr;
  const std::int64_t settled = settled_;
  std::array<RowBehind, kTogether> behind;
  std::size_t due = 0;
  for (std::size_t i = 0; i < places.size(); ++i, out += width_) {
    const std::int64_t place = places[i];
    if (place < 0) {
      read_drawn(static_cast<std::int64_t>(ids[i]), now, out);
      continue;
    }
    if (options_.precision == Precision::kFloat32) {
      std::copy_n(reinterpret_cast<const float*>(row(place)), width_, out);
    } else {
      kernels::load_elements(options_.precision, row(place), width_, out);
    }
    if (!defers) continue;
    if (const std::int64_t since = std::max(slots_->since(place), settled); since != now)
      behind[due++] = {out, slots_->at(place), since};
  }
  if (due > 0)
    slots_->steps()->catch_up_weights({behind.data(), due}, static_cast<std::size_t>(width_));
}

template <class Id>
bool RowStorage::lie_as_read(const Id* ids, std::int64_t count) const {
  if (owes()) return false;
  return !on_demand() || (map_.is_in_order() && std::all_of(ids, ids + count, [&](Id id) {
                            return static_cast<std::int64_t>(id) < map_.size();
                          }));
}

template <class Id>
void RowStorage::read_rows(const Id* ids, std::int64_t count, float* out) const {
  const std::int64_t step = now();
  std::array<std::int64_t, 1024> memory;
  const auto most = static_cast<std::int64_t>(memory.size());
  for (; count > 0; count -= most, ids += most, out += most * width_) {
    const std::span<std::int64_t> places(memory.data(),
                                         static_cast<std::size_t>(std::min(count, most)));
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto id = static_cast<std::int64_t>(ids[i]);
      if (on_demand() && i + kFarAhead < places.size())
        map_.prefetch(static_cast<std::int64_t>(ids[i + kFarAhead]));
      places[i] = place_of(id);
    }
    const auto all = static_cast<std::int64_t>(places.size());
    for (std::int64_t i = 0; i < all; i += together()) {
      const std::int64_t rows = std::min(together(), all - i);
      ask_ahead(places, i, rows, 0);
      read_some(ids + i,
                places.subspan(static_cast<std::size_t>(i), static_cast<std::size_t>(rows)), step,
                out + i * width_);
    }
  }
}

void RowStorage::advance_row(std::int64_t place) const {
  const std::int64_t state = slots_->claim(place);
  if (state == RowSlots::kClaimed) return;  // an id that comes twice: another thread has it
  const std::int64_t since = std::max<std::int64_t>(RowSlots::since_of(state), settled_);
  if (since == now() || (RowSlots::rests_of(state) && RowSlots::since_of(state) == since))
    return slots_->set_claimed(place, state);
  const RowPointers slots = slots_->at(place);
  const auto [reached, rests] = slots_->steps()->advance(
      reinterpret_cast<float*>(row(place)), slots.data(), static_cast<std::size_t>(width_), since);
  slots_->set_claimed(place, RowSlots::state_of(reached, rests));
}

bool RowStorage::advances() const {
  // What 16 bits hold depends on when it is rounded, and must not depend on who reads.
  return options_.precision == Precision::kFloat32 && owes() &&
         slots_->steps()->dear_after() != DeferredSteps::kNever;
}

void RowStorage::advance_next(std::int64_t count) {
  if (!advances()) return;
  const parallel::ReaderLock::Changing changing(lock_);
  const std::int64_t begin = next_to_advance_ < rows_in_use() ? next_to_advance_ : 0;
  const std::int64_t end = std::min(rows_in_use(), begin + count);
  if (file_) {
    std::vector<std::int64_t> dear;
    for (std::int64_t place = begin; place < end; ++place) {
      if (is_dear(place)) dear.push_back(place);
    }
    file_->will_change(dear);
  }
  parallel::for_chunks(end - begin, task_rows(end - begin), [&](std::int64_t b, std::int64_t e) {
    for (std::int64_t place = begin + b; place < begin + e; ++place) {
      if (!is_dear(place)) continue;
      advance_row(place);
      parallel::check_interrupt();
    }
  });
  next_to_advance_ = end;
}

template <class Id>
void RowStorage::advance_any(const Id* ids, std::int64_t count) const {
  if (!advances()) return;
  const auto is_wanted = [&](Id id) {
    const std::int64_t place = place_of(static_cast<std::int64_t>(id));
    return place >= 0 && is_dear(place);
  };
  {
    const parallel::ReaderLock::Reading reading(lock_);
    if (std::none_of(ids, ids + count, is_wanted)) return;
  }
  const parallel::ReaderLock::Changing changing(lock_);
  if (file_) {
    std::vector<std::int64_t> wanted;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto id = static_cast<std::int64_t>(ids[i]);
      if (is_due(id, now())) wanted.push_back(id);
    }
    file_->will_change(wanted);
  }
  parallel::for_chunks(count, task_rows(count), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t place = place_of(static_cast<std::int64_t>(ids[i]));
      if (place >= 0) advance_row(place);
      parallel::check_interrupt();
    }
  });
}

template <class Id>
void RowStorage::read_any(const Id* ids, std::int64_t count, float* out) const {
  if (file_) {
    file_->ask(ids, count, TableFile::Part::kRows);
    if (owes()) file_->ask(ids, count, TableFile::Part::kSlots);  // what is owed is made of them
  }
  advance(ids, count);
  const parallel::ReaderLock::Reading reading(lock_);
  if (!lie_as_read(ids, count)) {
    parallel::for_chunks(count, task_rows(count), [&](std::int64_t begin, std::int64_t end) {
      read_rows(ids + begin, end - begin, out + begin * width_);
    });
    return;
  }
  // A result larger than this goes past the caches: it would drive out the table.
  const bool stream = count * width_ >= (8 << 20);
  parallel::for_chunks(count, std::max<std::int64_t>(1, kFloatsPerTask / width_),
                       [&](std::int64_t begin, std::int64_t end) {
                         kernels::gather_rows(stored(), ids + begin, end - begin,
                                              out + begin * width_, stream);
                       });
}

template <class Id>
void RowStorage::reduce_any(kernels::Reduction reduction, const Id* ids, const std::int64_t* first,
                            std::int64_t bags, float* out, const float* weights) const {
  const parallel::ReaderLock::Reading reading(lock_);
  if (lie_as_read(ids + first[0], first[bags] - first[0])) {
    if (weights != nullptr)
      return kernels::sum_weighted_rows(stored(), ids, weights, first, bags, out);
    return kernels::reduce_rows(reduction, stored(), ids, first, bags, out);
  }
  // Some rows at a time, behind the result so far.
  std::int64_t longest = 1;
  for (std::int64_t b = 0; b < bags; ++b) longest = std::max(longest, first[b + 1] - first[b]);
  const std::int64_t rows =
      std::min(longest, std::clamp<std::int64_t>(kTaskFloats / width_, 1, 64));
  UnsetVector<float> memory(static_cast<std::size_t>((1 + rows) * width_));
  std::array<std::int64_t, 65> order;
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t b = 0; b < bags; ++b, out += width_) {
    std::int64_t begin = first[b];
    std::int64_t filled = 0;
    do {
      const std::int64_t end = std::min(begin + rows, first[b + 1]);
      if (filled == 1) std::copy_n(out, width_, memory.data());
      float* const some = memory.data() + filled * width_;
      read_rows(ids + begin, end - begin, some);
      for (std::int64_t i = 0; weights != nullptr && i < (end - begin) * width_; ++i)
        some[i] *= weights[begin + i / width_];
      const std::array<std::int64_t, 2> all = {0, filled + end - begin};
      kernels::reduce_rows(reduction, {memory.data(), Precision::kFloat32, width_}, order.data(),
                           all.data(), 1, out);
      begin = end;
      filled = 1;
    } while (begin < first[b + 1]);
  }
}

template void RowStorage::reduce_any(kernels::Reduction, const std::int32_t*, const std::int64_t*,
                                     std::int64_t, float*, const float*) const;
template void RowStorage::reduce_any(kernels::Reduction, const std::int64_t*, const std::int64_t*,
                                     std::int64_t, float*, const float*) const;
template void RowStorage::advance_any(const std::int32_t*, std::int64_t) const;
template void RowStorage::advance_any(const std::int64_t*, std::int64_t) const;
template void RowStorage::read_any(const std::int32_t*, std::int64_t, float*) const;
template void RowStorage::read_any(const std::int64_t*, std::int64_t, float*) const;

Tensor RowStorage::value() {
  if (!on_demand() && options_.precision == Precision::kFloat32) {
    settle();
    ++version_;  // the handle may be written to
    return values_;
  }
  Tensor all;
  try {
    all = uninitialized(shape_);
  } catch (const OutOfMemory&) {
    throw OutOfMemory(str("[Embedding] the whole table of shape ", shape_,
                          " does not fit the memory: it needs ", shape_.size() * 4,
                          " bytes. Look up the rows that are wanted instead."));
  }
  float* out = all.data<float>().data();
  const parallel::ReaderLock::Reading reading(lock_);
  parallel::for_chunks(shape_[0], std::max<std::int64_t>(1, kFloatsPerTask / width_),
                       [&](std::int64_t begin, std::int64_t end) {
                         const std::int64_t step = now();
                         for (std::int64_t id = begin; id < end; ++id) {
                           const std::int64_t place = place_of(id);
                           read_some(&id, {&place, 1}, step, out + id * width_);
                         }
                       });
  return all;
}

Tensor RowStorage::rows_at(const std::vector<std::int64_t>& ids) const {
  const auto count = static_cast<std::int64_t>(ids.size());
  Tensor rows = uninitialized({count, width_});
  read(ids.data(), count, rows.data<float>().data());
  return rows;
}

template <class Body>
void RowStorage::for_lines(std::int64_t place, const Body& body) const {
  const std::byte* end = row(place + 1);
  for (const std::byte* at = row(place); at < end; at += 64) body(at);
  if (slots_) slots_->for_lines(place, body);
}

void RowStorage::ask_ahead(std::span<const std::int64_t> places, std::int64_t i, std::int64_t count,
                           std::int64_t begin) const {
  const auto end = static_cast<std::int64_t>(places.size());
  const auto each = [&](std::int64_t first, std::int64_t last, const auto& ask) {
    for (std::int64_t k = first; k < std::min(last, end); ++k) {
      if (const std::int64_t place = places[static_cast<std::size_t>(k)]; place >= 0) ask(place);
    }
  };
  each(i == begin ? i : i + kFarAhead, i + kFarAhead + count, [this](std::int64_t place) {
    for_lines(place, [](const void* at) { __builtin_prefetch(at, 0, 2); });
  });
  if (slots_ && slots_->steps())
    each(i + kNearAhead, i + kNearAhead + count,
         [this](std::int64_t place) { slots_->steps()->prefetch(since(place)); });
  each(i, i + count, [this](std::int64_t place) {
    for_lines(place, [](const void* at) { *static_cast<const volatile char*>(at); });
  });
}

void RowStorage::begin_visit(std::span<const std::int64_t> places, const float* weights,
                             Floats& memory, std::span<VisitedRow> rows) const {
  const bool in_place = options_.precision == Precision::kFloat32;
  const DeferredSteps* const steps = slots_->steps();
  const std::int64_t step = now();
  const std::int64_t settled = settled_;
  std::array<RowBehind, kTogether> behind;
  std::size_t due = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    float* const w = in_place ? reinterpret_cast<float*>(row(places[i]))
                              : memory.data() + static_cast<std::int64_t>(i) * width_;
    rows[i] = {w, slots_->at(places[i])};
    if (steps == nullptr) continue;
    if (const std::int64_t since = std::max(slots_->since(places[i]), settled); since != step)
      behind[due++] = {w, rows[i].slots, since};
  }
  const auto n = static_cast<std::size_t>(width_);
  const std::span<const RowBehind> all(behind.data(), due);
  if (weights != nullptr && (due == 0 || steps->catch_up_slots(all, n))) {
    for (std::size_t i = 0; i < rows.size(); ++i, weights += width_)
      std::copy_n(weights, n, rows[i].w);
    return;
  }
  if (!in_place)
    kernels::gather_rows(stored(), places.data(), static_cast<std::int64_t>(places.size()),
                         memory.data(), false);
  if (due > 0) steps->catch_up(all, n);
}

void RowStorage::end_visit(std::span<const std::int64_t> places, std::uint64_t round,
                           std::int64_t since, std::span<const VisitedRow> rows) const {
  for (std::size_t i = 0; i < places.size() && options_.precision != Precision::kFloat32; ++i)
    store(rows[i].w, places[i], round);
  if (slots_->steps() == nullptr) return;
  for (const std::int64_t place : places) slots_->set_since(place, since);
}

void RowStorage::settle_rows(std::int64_t begin, std::int64_t end) const {
  const std::uint64_t round =
      options_.precision == Precision::kFloat32 ? round_ : next_round();  // chance is not asked
  parallel::for_chunks(end - begin, task_rows(end - begin), [&](std::int64_t b, std::int64_t e) {
    Floats memory;
    VisitedRow visited;
    for (std::int64_t place = begin + b; place < begin + e; ++place) {
      if (!is_due(place, now())) continue;
      begin_visit({&place, 1}, nullptr, memory, {&visited, 1});
      end_visit({&place, 1}, round, now(), {&visited, 1});  // at once: caught up twice is wrong
      parallel::check_interrupt();
    }
  });
}

void RowStorage::settle() const {
  if (!owes()) return;
  const parallel::ReaderLock::Changing changing(lock_);
  if (!owes()) return;  // another thread was first
  if (file_) file_->will_change(0, rows());
  ++version_;
  settle_rows(0, rows_in_use());
  settled_ = now();
}

std::int64_t RowStorage::settle_next(std::int64_t count) {
  const parallel::ReaderLock::Changing changing(lock_);
  if (next_to_settle_ == 0) round_began_ = now();
  const std::int64_t end = std::min(rows(), next_to_settle_ + count);
  if (file_) file_->will_change(next_to_settle_, end);
  settle_rows(next_to_settle_, end);
  next_to_settle_ = end == rows() ? 0 : end;
  if (next_to_settle_ == 0) settled_ = std::max<std::int64_t>(settled_, round_began_);
  return settled_;
}

}  // namespace keratin::table
