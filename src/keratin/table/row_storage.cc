// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/row_storage.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/rows.h"
#include "keratin/table/unique_rows.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

constexpr std::int64_t kFloatsPerTask = 1 << 16;

/// A number that looks nothing like x. Source: Steele, Lea, Flood, "Fast splittable pseudorandom
/// number generators" (2014), the finalizer of SplitMix64.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

}  // namespace

RowStorage::RowStorage(Tensor values, const RowStorageOptions& options)
    : shape_(values.shape()), width_(values.shape()[1]), options_(options), capacity_(shape_[0]) {
  if (options_.precision == Precision::kFloat32) {
    values_ = std::move(values);
    weights_ = reinterpret_cast<std::byte*>(values_.data<float>().data());
    return;
  }
  make_room();
  assign(values);
}

RowStorage::RowStorage(const Shape& shape, const RowStorageOptions& options)
    : shape_(shape), width_(shape[1]), options_(options), capacity_(shape[0]) {
  make_room();
}

void RowStorage::make_room() {
  pages_.grow(static_cast<std::size_t>(shape_.size()) * size_of(options_.precision), "a table");
  weights_ = static_cast<std::byte*>(pages_.data());
}

std::shared_ptr<RowStorage> RowStorage::drawn(const Shape& shape,
                                              const initializers::Initializer& initializer,
                                              const RowStorageOptions& options) {
  if (options.precision == Precision::kFloat32 || !initializer.draws_parts())
    return std::make_shared<RowStorage>(initializer(shape), options);
  std::shared_ptr<RowStorage> storage(new RowStorage(shape, options));
  const std::int64_t width = storage->width_;
  parallel::for_chunks(shape[0], std::max<std::int64_t>(1, kFloatsPerTask / width),
                       [&](std::int64_t begin, std::int64_t end) {
                         std::vector<float> drawn(static_cast<std::size_t>((end - begin) * width));
                         initializer.fill(shape, begin * width, drawn);
                         for (std::int64_t row = begin; row < end; ++row)
                           kernels::store_elements(options.precision,
                                                   drawn.data() + (row - begin) * width, width,
                                                   storage->row(row));
                       });
  return storage;
}

RowStorage::RowStorage(const Shape& shape,
                       std::shared_ptr<const initializers::Initializer> initializer,
                       const RowStorageOptions& options)
    : shape_(shape), width_(shape[1]), options_(options), initializer_(std::move(initializer)) {
  if (!initializer_->draws_parts()) {
    invalid_argument(
        "Embedding",
        "rows are drawn on demand only from an initializer that can draw one alone. Received: ",
        initializer_->class_name());
  }
}

void RowStorage::draw(std::int64_t id, float* out) const {
  const auto n = static_cast<std::size_t>(width_);
  initializer_->fill(shape_, id * width_, {out, n});
  if (options_.precision == Precision::kFloat32) return;
  // As an eager draw is stored, and read.
  std::vector<std::uint16_t> rounded(n);
  kernels::store_elements(options_.precision, out, width_, rounded.data());
  kernels::load_elements(options_.precision, rounded.data(), width_, out);
}

void RowStorage::store(const float* w, std::int64_t place, std::uint64_t round) const {
  if (options_.precision == Precision::kFloat32 || options_.rounding == Rounding::kNearest) {
    kernels::store_elements(options_.precision, w, width_, row(place));
    return;
  }
  const std::uint64_t seed = mixed(mixed(round) + static_cast<std::uint64_t>(place));
  kernels::store_elements_stochastic(options_.precision, w, width_,
                                     static_cast<std::uint32_t>(seed >> 32), row(place));
}

RowPointers RowStorage::fresh_slots(float* memory) const {
  RowPointers slots{};
  for (std::size_t k = 0; k < slots_->count(); ++k) {
    slots[k] = memory + static_cast<std::int64_t>(k) * width_;
    std::fill_n(slots[k], width_, slots_->initial(k));
  }
  return slots;
}

void RowStorage::read_row(std::int64_t id, std::int64_t place, float* out) const {
  const auto n = static_cast<std::size_t>(width_);
  if (place >= 0) {
    kernels::load_elements(options_.precision, row(place), width_, out);
    if (!slots_ || slots_->steps() == nullptr || !is_due(place)) return;
    const RowPointers slots = slots_->at(place);
    slots_->steps()->catch_up_weights(out, slots.data(), n, since(place));
    return;
  }
  draw(id, out);
  if (now() == born_) return;
  std::vector<float> first(n * slots_->count());
  const RowPointers slots = fresh_slots(first.data());
  slots_->steps()->catch_up_weights(out, slots.data(), n, born_);
}

template <class Id>
void RowStorage::read_rows(const Id* ids, std::int64_t count, float* out) const {
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
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      ask_ahead(places, at, 0);
      read_row(static_cast<std::int64_t>(ids[i]), places[i], out + at * width_);
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

template <class Id>
void RowStorage::advance(const Id* ids, std::int64_t count) const {
  // What 16 bits hold depends on when it is rounded, and must not depend on who reads.
  if (options_.precision != Precision::kFloat32 || !owes() || !slots_->steps()->replays()) return;
  const auto is_wanted = [&](Id id) {
    const std::int64_t place = place_of(static_cast<std::int64_t>(id));
    return place >= 0 && is_dear(place);
  };
  {
    const parallel::ReaderLock::Reading reading(lock_);
    if (std::none_of(ids, ids + count, is_wanted)) return;
  }
  const parallel::ReaderLock::Changing changing(lock_);
  parallel::for_chunks(count, task_rows(count), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t place = place_of(static_cast<std::int64_t>(ids[i]));
      if (place >= 0) advance_row(place);
      parallel::check_interrupt();
    }
  });
}

template <class Id>
void RowStorage::read(const Id* ids, std::int64_t count, float* out) const {
  advance(ids, count);
  const parallel::ReaderLock::Reading reading(lock_);
  if (on_demand() || owes()) {
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
void RowStorage::reduce(kernels::Reduction reduction, const Id* ids, const std::int64_t* first,
                        std::int64_t bags, float* out) const {
  const parallel::ReaderLock::Reading reading(lock_);
  if (!on_demand() && !owes()) {
    kernels::reduce_rows(reduction, stored(), ids, first, bags, out);
    return;
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
      read_rows(ids + begin, end - begin, memory.data() + filled * width_);
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
template void RowStorage::advance(const std::int32_t*, std::int64_t) const;
template void RowStorage::advance(const std::int64_t*, std::int64_t) const;
template void RowStorage::read(const std::int32_t*, std::int64_t, float*) const;
template void RowStorage::read(const std::int64_t*, std::int64_t, float*) const;

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
  parallel::for_chunks(rows(), std::max<std::int64_t>(1, kFloatsPerTask / width_),
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t id = begin; id < end; ++id)
                           read_row(id, place_of(id), out + id * width_);
                       });
  return all;
}

Tensor RowStorage::rows_at(const std::vector<std::int64_t>& ids) const {
  const auto count = static_cast<std::int64_t>(ids.size());
  Tensor rows = uninitialized({count, width_});
  read(ids.data(), count, rows.data<float>().data());
  return rows;
}

void RowStorage::assign(const Tensor& value) {
  const float* from = value.data<float>().data();
  if (on_demand()) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(rows()));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
    places(all);
  }
  settle();  // the slots go on from where they are, as in Keras
  ++version_;
  for (std::int64_t id = 0; id < rows(); ++id) {
    const std::int64_t place = place_of(id);
    kernels::store_elements(options_.precision, from + id * width_, width_, row(place));
  }
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

void RowStorage::remember(const void* of, double number) {
  remembered_.reset();
  if (TensorAccess::is_alone(values_)) remembered_ = {of, number, version_};
}

std::optional<double> RowStorage::remembered(const void* of) const {
  if (!remembered_ || remembered_->of != of || remembered_->version != version_) return {};
  return remembered_->number;
}

/// Tried on rows of two sizes: what moves a row with fresh slots is a decay, a constraint or a rule
/// that makes weights from its slots, and each shows on one of them.
bool RowStorage::moves_untouched_rows() const {
  if (now() == born_) return false;
  const auto n = static_cast<std::size_t>(width_);
  std::vector<float> first(n * slots_->count());
  const RowPointers slots = fresh_slots(first.data());
  for (const float size : {1e3f, 1e-3f}) {
    std::vector<float> w(n, -size);
    slots_->steps()->catch_up_weights(w.data(), slots.data(), n, born_);
    if (w != std::vector<float>(n, -size)) return true;
  }
  return false;
}

void RowStorage::attach(std::shared_ptr<RowSlots> slots) {
  if (slots_ == slots) return;
  if (on_demand() && moves_untouched_rows()) {
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
  ++version_;
  slots_->start(rows_in_use(), born_);
}

void RowStorage::grow(std::int64_t places) {
  if (places <= capacity_) return;
  const std::int64_t capacity =
      std::min(rows(), std::max<std::int64_t>({1024, places, 2 * capacity_}));
  pages_.grow(static_cast<std::size_t>(capacity * width_) * size_of(options_.precision),
              "the rows in use");
  if (slots_) slots_->grow(capacity);
  weights_ = static_cast<std::byte*>(pages_.data());
  capacity_ = capacity;
}

std::span<const std::int64_t> RowStorage::places(const std::vector<std::int64_t>& ids) {
  if (!on_demand()) return ids;
  places_.resize(ids.size());
  std::int64_t missing = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i + kFarAhead < ids.size()) map_.prefetch(ids[i + kFarAhead]);
    places_[i] = map_.find(ids[i]);
    missing += places_[i] < 0 ? 1 : 0;
  }
  if (missing == 0) return places_;
  const std::int64_t first = map_.size();
  map_.reserve(missing);
  grow(first + missing);

  // What may fail comes first: a draw that throws leaves memory behind that no place leads to.
  std::vector<std::int64_t> wanted;
  wanted.reserve(static_cast<std::size_t>(missing));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (places_[i] < 0) wanted.push_back(ids[i]);
  }
  parallel::for_chunks(missing, task_rows(missing), [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> w(static_cast<std::size_t>(width_));
    for (std::int64_t i = begin; i < end; ++i) {
      draw(wanted[static_cast<std::size_t>(i)], w.data());
      kernels::store_elements(options_.precision, w.data(), width_, row(first + i));
    }
  });
  if (slots_) slots_->start(first + missing, now());
  if (now() != born_) {
    // What read() gives stays as it is. Rows that stand still are stored as they were drawn,
    // whatever chance says: then it is not asked, or a copy of the table would round otherwise.
    const std::uint64_t round = moves_untouched_rows() ? ++round_ : round_;
    parallel::for_chunks(missing, task_rows(missing), [&](std::int64_t begin, std::int64_t end) {
      std::array<float, kLongestRow> scratch;
      for (std::int64_t place = first + begin; place < first + end; ++place) {
        const RowPointers slots = slots_->at(place);
        with_floats(place, 1, round, scratch.data(), [&](float* w) {
          slots_->steps()->catch_up(w, slots.data(), static_cast<std::size_t>(width_), born_);
        });
      }
    });
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (places_[i] < 0) places_[i] = map_.insert(ids[i]);
  }
  return places_;
}

void RowStorage::prefetch(std::int64_t place) const {
  const std::byte* end = row(place + 1);
  for (const std::byte* at = row(place); at < end; at += 64) __builtin_prefetch(at, 0, 2);
  if (slots_) slots_->prefetch(place);
}

void RowStorage::ask_ahead(std::span<const std::int64_t> places, std::int64_t i,
                           std::int64_t begin) const {
  const auto count = static_cast<std::int64_t>(places.size());
  for (std::int64_t k = i == begin ? i : i + kFarAhead; k <= i + kFarAhead && k < count; ++k) {
    if (const std::int64_t place = places[static_cast<std::size_t>(k)]; place >= 0) prefetch(place);
  }
  if (i + kNearAhead >= count || !slots_ || !slots_->steps()) return;
  if (const std::int64_t place = places[static_cast<std::size_t>(i + kNearAhead)]; place >= 0)
    slots_->steps()->prefetch(since(place));
}

void RowStorage::catch_up(std::int64_t place, const float* weights, float* w) const {
  const RowPointers slots = slots_->at(place);
  const auto n = static_cast<std::size_t>(width_);
  if (weights != nullptr && slots_->steps()->catch_up_slots(slots.data(), n, since(place))) {
    std::copy_n(weights, n, w);
  } else {
    slots_->steps()->catch_up(w, slots.data(), n, since(place));
  }
}

void RowStorage::settle_rows(std::int64_t begin, std::int64_t end) const {
  const std::uint64_t round =
      options_.precision == Precision::kFloat32 ? round_ : next_round();  // chance is not asked
  parallel::for_chunks(end - begin, task_rows(end - begin), [&](std::int64_t b, std::int64_t e) {
    std::array<float, kLongestRow> scratch;
    for (std::int64_t place = begin + b; place < begin + e; ++place) {
      if (!is_due(place)) continue;
      with_floats(place, 1, round, scratch.data(), [&](float* w) { catch_up(place, nullptr, w); });
      slots_->set_since(place, now());  // at once: a row that is caught up twice is wrong
      parallel::check_interrupt();
    }
  });
}

void RowStorage::settle() const {
  if (!owes()) return;
  const parallel::ReaderLock::Changing changing(lock_);
  if (!owes()) return;  // another thread was first
  ++version_;
  settle_rows(0, rows_in_use());
  settled_ = now();
}

std::int64_t RowStorage::settle_next(std::int64_t count) {
  const parallel::ReaderLock::Changing changing(lock_);
  if (next_to_settle_ == 0) round_began_ = now();
  const std::int64_t end = std::min(rows(), next_to_settle_ + count);
  settle_rows(next_to_settle_, end);
  next_to_settle_ = end == rows() ? 0 : end;
  if (next_to_settle_ == 0) settled_ = std::max<std::int64_t>(settled_, round_began_);
  return settled_;
}

}  // namespace keratin::table
