// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/row_storage.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/rows.h"
#include "keratin/tensor/pages.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

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
    : shape_(values.shape()),
      drawn_as_(shape_),
      width_(values.shape()[1]),
      options_(options),
      capacity_(shape_[0]) {
  if (options_.precision == Precision::kFloat32) {
    lie_in(std::move(values));
    return;
  }
  make_room();
  assign(values);
}

RowStorage::RowStorage(const Shape& shape, const RowStorageOptions& options)
    : shape_(shape), drawn_as_(shape), width_(shape[1]), options_(options), capacity_(shape[0]) {
  make_room();
}

void RowStorage::lie_in(Tensor values) {
  values_ = std::move(values);
  weights_ = reinterpret_cast<std::byte*>(values_.data<float>().data());
}

void RowStorage::make_room() {
  pages_.grow(static_cast<std::size_t>(shape_.size()) * size_of(options_.precision), "a table");
  weights_ = static_cast<std::byte*>(pages_.data());
}

namespace {

/// All rows of a table, to `out`: some at a time where the initializer draws parts.
void draw_all(const initializers::Initializer& initializer, const Shape& shape, Precision precision,
              std::byte* out) {
  const std::int64_t width = shape[1];
  const std::size_t bytes = static_cast<std::size_t>(width) * size_of(precision);
  if (!initializer.draws_parts()) {
    const Tensor drawn = initializer(shape);
    kernels::store_elements(precision, drawn.data<float>().data(), shape.size(), out);
    return;
  }
  constexpr std::int64_t kFloats = 1 << 16;
  parallel::for_chunks(shape[0], std::max<std::int64_t>(1, kFloats / width),
                       [&](std::int64_t begin, std::int64_t end) {
                         std::vector<float> drawn(static_cast<std::size_t>((end - begin) * width));
                         initializer.fill(shape, begin * width, drawn);
                         kernels::store_elements(precision, drawn.data(), (end - begin) * width,
                                                 out + static_cast<std::size_t>(begin) * bytes);
                       });
}

}  // namespace

std::shared_ptr<RowStorage> RowStorage::drawn(const Shape& shape,
                                              const initializers::Initializer& initializer,
                                              const RowStorageOptions& options) {
  if (options.precision == Precision::kFloat32 || !initializer.draws_parts())
    return std::make_shared<RowStorage>(initializer(shape), options);
  std::shared_ptr<RowStorage> storage(new RowStorage(shape, options));
  draw_all(initializer, shape, options.precision, storage->weights_);
  return storage;
}

RowStorage::RowStorage(std::shared_ptr<TableFile> file, const Shape& shape,
                       const RowStorageOptions& options)
    : shape_(shape),
      drawn_as_(shape),
      width_(shape[1]),
      options_(options),
      file_(std::move(file)),
      weights_(file_->rows()),
      capacity_(shape[0]),
      round_(file_->numbers().round) {
  if (options_.precision != Precision::kFloat32) return;
  // To read only: the file must know of every change before it comes.
  values_ = Tensor::view(std::span<const float>(reinterpret_cast<const float*>(weights_),
                                                static_cast<std::size_t>(shape_.size())),
                         shape_, file_);
}

std::shared_ptr<RowStorage> RowStorage::in_file(const std::string& path, const Shape& shape,
                                                const initializers::Initializer& initializer,
                                                const Tensor& values,
                                                const RowStorageOptions& options) {
  auto file = TableFile::open(path, shape, options.precision, [&](std::byte* rows) {
    if (!values) return draw_all(initializer, shape, options.precision, rows);
    kernels::store_elements(options.precision, values.data<float>().data(), shape.size(), rows);
  });
  if (values && file->was_there()) {
    invalid_argument(
        "Embedding", "weights are given, and the storage '", path,
        "' has rows already: assign them to the layer where they are to replace those.");
  }
  return std::shared_ptr<RowStorage>(new RowStorage(std::move(file), shape, options));
}

std::shared_ptr<RowStorage> RowStorage::undrawn(const Shape& shape,
                                                const RowStorageOptions& options) {
  if (options.precision == Precision::kFloat32)
    return std::make_shared<RowStorage>(untouched_zeros(shape), options);
  return std::shared_ptr<RowStorage>(new RowStorage(shape, options));
}

RowStorage::RowStorage(const Shape& shape,
                       std::shared_ptr<const initializers::Initializer> initializer,
                       const RowStorageOptions& options)
    : shape_(shape),
      drawn_as_(shape),
      width_(shape[1]),
      options_(options),
      initializer_(std::move(initializer)) {
  if (options_.grows) shape_[0] = 0;
  if (!initializer_->draws_parts()) {
    invalid_argument(
        "Embedding",
        "rows are drawn on demand only from an initializer that can draw one alone. Received: ",
        initializer_->class_name());
  }
}

void RowStorage::draw(std::int64_t id, float* out) const {
  const auto n = static_cast<std::size_t>(width_);
  initializer_->fill(drawn_as_, id * width_, {out, n});
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

bool RowStorage::takes(const Shape& other) const {
  return other == shape_ || (options_.grows && other.rank() == 2 && other[1] == width_ &&
                             other[0] >= 0 && other[0] <= rows());
}

void RowStorage::use_all() {
  if (!on_demand()) return;
  std::vector<std::int64_t> all(static_cast<std::size_t>(shape_[0]));
  std::iota(all.begin(), all.end(), 0);
  places(all);
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
    const RowBehind row{w.data(), slots, born_};
    slots_->steps()->catch_up_weights({&row, 1}, n);
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
  if (slots->is_lost()) {
    invalid_argument("Embedding",
                     "another optimizer has trained this table since: its file has room for the "
                     "slots of one, and those of this optimizer are gone.");
  }
  settle();
  if (file_) attach_in_file(*slots);
  slots->grow(std::max(capacity_, rows_in_use()));
  slots_ = std::move(slots);
  born_ = now();
  settled_ = born_;
  ++version_;
  slots_->start(rows_in_use(), born_);
}

void RowStorage::attach_in_file(RowSlots& slots) {
  if (slots_) slots_->lose();
  slots_ = nullptr;
  born_ = 0;
  settled_ = 0;
  const bool from_before = file_->make_slots(slots.kind(), slots.count());
  for (std::size_t k = 0; k < slots.count(); ++k) slots.lie_at(k, file_->slot(k), rows(), file_);
  if (!from_before) return;
  slots.start_with(rows());
  slots.set_iterations(file_->numbers().iterations);
}

void RowStorage::prepare_sweep() {
  if (file_) file_->will_change(0, rows());
  settle();
}

void RowStorage::flush() {
  if (!file_) wrong_moment("Embedding", "a table in memory has no file to flush to.");
  settle();
  const parallel::ReaderLock::Changing changing(lock_);
  const parallel::Uninterrupted whole;
  file_->flush(
      {.iterations = slots_ ? slots_->iterations() : file_->numbers().iterations, .round = round_});
}

void RowStorage::grow(std::int64_t places) {
  if (places <= capacity_) return;
  const std::int64_t capacity =
      std::min(rows(), std::max<std::int64_t>({1024, places, 2 * capacity_}));
  pages_.grow(static_cast<std::size_t>(capacity * width_) * size_of(options_.precision),
              "the rows in use");
  weights_ = static_cast<std::byte*>(pages_.data());  // they may lie elsewhere, whatever else fails
  if (slots_) slots_->grow(capacity);
  capacity_ = capacity;
}

template <class PlaceOf>
void RowStorage::draw_rows(std::span<const std::int64_t> ids, const PlaceOf& place_of) {
  const auto count = static_cast<std::int64_t>(ids.size());
  parallel::for_chunks(count, task_rows(count), [&](std::int64_t begin, std::int64_t end) {
    const auto id = [&](std::int64_t i) { return ids[static_cast<std::size_t>(i)]; };
    bool in_a_row = options_.precision == Precision::kFloat32;
    for (std::int64_t i = begin + 1; in_a_row && i < end; ++i)
      in_a_row = id(i) == id(i - 1) + 1 && place_of(i) == place_of(i - 1) + 1;
    if (in_a_row) {
      const auto numbers = static_cast<std::size_t>((end - begin) * width_);
      float* const first = reinterpret_cast<float*>(row(place_of(begin)));
      return initializer_->fill(drawn_as_, id(begin) * width_, {first, numbers});
    }
    std::vector<float> w(static_cast<std::size_t>(width_));
    for (std::int64_t i = begin; i < end; ++i) {
      draw(ids[static_cast<std::size_t>(i)], w.data());
      kernels::store_elements(options_.precision, w.data(), width_, row(place_of(i)));
    }
  });
}

template <class PlaceOf>
void RowStorage::move_drawn(std::int64_t count, const PlaceOf& place_of) {
  if (now() == born_) return;
  // What read() gives stays as it is. Rows that stand still are stored as they were drawn,
  // whatever chance says: then it is not asked, or a copy of the table would round otherwise.
  const std::uint64_t round = moves_untouched_rows() ? ++round_ : round_;
  parallel::for_chunks(count, task_rows(count), [&](std::int64_t begin, std::int64_t end) {
    std::array<float, kLongestRow> scratch;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t place = place_of(i);
      with_floats(place, 1, round, scratch.data(), [&](float* w) {
        const RowBehind row{w, slots_->at(place), born_};
        slots_->steps()->catch_up({&row, 1}, static_cast<std::size_t>(width_));
      });
    }
  });
}

void RowStorage::forget(const std::vector<std::int64_t>& ids) {
  if (!on_demand())
    invalid_argument("Embedding", "rows are forgotten where they are drawn on demand.");
  std::vector<std::int64_t> at(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    at[i] = map_.find(ids[i]);
    if (at[i] < 0) invalid_argument("Embedding", "row ", ids[i], " is not in use.");
  }
  ++version_;
  const parallel::Uninterrupted whole;
  const auto place = [&](std::int64_t i) { return at[static_cast<std::size_t>(i)]; };
  draw_rows(ids, place);
  if (!slots_) return;
  for (const std::int64_t one : at) slots_->restart(one, now());
  move_drawn(static_cast<std::int64_t>(at.size()), place);
}

/// Draws rows at the places behind all that are in use, with slots.
void RowStorage::begin_use(std::span<const std::int64_t> ids) {
  const std::int64_t first = map_.size(), count = std::ssize(ids);
  grow(first + count);
  const auto place = [&](std::int64_t i) { return first + i; };
  draw_rows(ids, place);
  if (slots_) slots_->start(first + count, now());
  move_drawn(count, place);
}

void RowStorage::use_next(std::int64_t count) {
  if (count <= 0) return;
  std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
  std::iota(ids.begin(), ids.end(), map_.size());
  if (!map_.is_in_order()) {
    places(ids);
    return;
  }
  begin_use(ids);
  map_.insert_next(count);
}

std::span<const std::int64_t> RowStorage::places(const std::vector<std::int64_t>& ids) {
  if (file_) {
    file_->ask(ids.data(), static_cast<std::int64_t>(ids.size()), TableFile::Part::kSlots);
    file_->will_change(ids);
  }
  if (!on_demand()) return ids;
  places_.resize(ids.size());
  std::int64_t missing = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i + kFarAhead < ids.size()) map_.prefetch(ids[i + kFarAhead]);
    places_[i] = map_.find(ids[i]);
    missing += places_[i] < 0 ? 1 : 0;
  }
  if (missing == 0) return places_;
  // What may fail comes first: a draw that throws leaves memory behind that no place leads to.
  std::vector<std::int64_t> wanted;
  wanted.reserve(static_cast<std::size_t>(missing));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (places_[i] < 0) wanted.push_back(ids[i]);
  }
  map_.reserve(wanted);
  begin_use(wanted);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (places_[i] < 0) places_[i] = map_.insert(ids[i]);
  }
  return places_;
}

}  // namespace keratin::table
