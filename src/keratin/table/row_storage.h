// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "keratin/base/precision.h"
#include "keratin/initializers/initializer.h"
#include "keratin/kernels/rows.h"
#include "keratin/parallel/parallel.h"
#include "keratin/parallel/reader_lock.h"
#include "keratin/table/id_map.h"
#include "keratin/table/row_slots.h"
#include "keratin/table/table.h"
#include "keratin/table/table_file.h"
#include "keratin/tensor/sparse_rows.h"
#include "keratin/tensor/variable_storage.h"

namespace keratin::optimizers {
class Optimizer;
}

namespace keratin::table {

enum class Rounding { kNearest, kStochastic };

struct RowStorageOptions {
  Precision precision = Precision::kFloat32;
  Rounding rounding = Rounding::kStochastic;  // of what an optimizer writes
  bool grows = false;  // on demand: shape() begins without rows, and has those of set_size()
};

/// The longest row that update() visits; a table of longer ones is swept.
constexpr std::int64_t kLongestRow = 2048;
/// The most rows that are visited together: what a call costs by itself is little beside what it
/// does then.
constexpr std::int64_t kTogether = 16;

/// A row on its visit.
struct VisitedRow {
  float* w;
  RowPointers slots;
};

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
/// Rows may be *stored* in 16 bits. What is written to them is rounded, to one of the two
/// neighbours by chance (Rounding::kStochastic) or to the nearer: the numbers that an optimizer
/// sees, and all that is read, are float32.
///
/// Threads: read() and value() are safe from any number of threads, among each other too. The rest
/// needs the table alone.
class RowStorage final : public VariableStorage, public Table {
 public:
  /// Dense, over the values given: (V, D) float32, shared where they are stored as they are.
  explicit RowStorage(Tensor values, const RowStorageOptions& options = {});
  /// Dense, drawn by `initializer`: of rows of 16 bits some at a time, so that the table is never
  /// there in 32 bits too, unless the initializer draws it whole.
  static std::shared_ptr<RowStorage> drawn(const Shape& shape,
                                           const initializers::Initializer& initializer,
                                           const RowStorageOptions& options);
  /// Dense, all zero, of memory that is touched only where it is used: the rows will be assigned.
  static std::shared_ptr<RowStorage> undrawn(const Shape& shape, const RowStorageOptions& options);
  /// Dense, of rows and slots in the file at `path` (TableFile), whose state is that of the last
  /// flush(). In a new file they are `values`, or drawn. Throws as TableFile::open(), and
  /// std::invalid_argument for values beside a file that is there.
  static std::shared_ptr<RowStorage> in_file(const std::string& path, const Shape& shape,
                                             const initializers::Initializer& initializer,
                                             const Tensor& values,
                                             const RowStorageOptions& options);
  /// On demand. Throws std::invalid_argument when the initializer cannot draw a row alone.
  RowStorage(const Shape& shape, std::shared_ptr<const initializers::Initializer> initializer,
             const RowStorageOptions& options = {});

  const Shape& shape() const override { return shape_; }
  bool takes(const Shape& other) const override;
  /// Of a table that grows the most that there may be, else shape()[0]. An id is below it.
  std::int64_t rows() const override { return drawn_as_[0]; }
  bool grows() const { return options_.grows; }
  /// A table that grows has so many rows from now on. Rows behind these may be in use.
  void set_size(std::int64_t rows) {
    if (grows()) shape_[0] = rows;
  }
  std::int64_t width() const override { return width_; }
  bool on_demand() const { return initializer_ != nullptr; }
  bool in_file() const { return file_ != nullptr; }
  /// Of a table in a file: what it is now is what the file's next reader finds. Throws FileError.
  void flush();
  Precision precision() const { return options_.precision; }
  /// Rows that have a place: V for a dense table.
  std::int64_t rows_in_use() const { return on_demand() ? map_.size() : rows(); }
  /// On demand: whether rows of its shape are not in use.
  bool has_undrawn() const { return on_demand() && map_.size() < shape_[0]; }

  void read(const std::int32_t* ids, std::int64_t count, float* out) const override {
    read_any(ids, count, out);
  }
  void read(const std::int64_t* ids, std::int64_t count, float* out) const override {
    read_any(ids, count, out);
  }
  void reduce(kernels::Reduction reduction, const std::int32_t* ids, const std::int64_t* first,
              std::int64_t bags, float* out, const float* weights = nullptr) const override {
    reduce_any(reduction, ids, first, bags, out, weights);
  }
  void reduce(kernels::Reduction reduction, const std::int64_t* ids, const std::int64_t* first,
              std::int64_t bags, float* out, const float* weights = nullptr) const override {
    reduce_any(reduction, ids, first, bags, out, weights);
  }
  /// Brings these rows as near to now as is dear (DeferredSteps::advance), so that reading them is
  /// cheap however often it happens. read() does it by itself; reduce(), which is called for parts
  /// of a batch, does not. Nothing that could be read changes. A user's interrupt leaves some
  /// undone.
  void advance(const std::int32_t* ids, std::int64_t count) const override {
    advance_any(ids, count);
  }
  void advance(const std::int64_t* ids, std::int64_t count) const override {
    advance_any(ids, count);
  }
  /// The same for the next `count` rows in use, of all in turn.
  void advance_next(std::int64_t count);
  /// The values of a dense float32 table, shared, of one in a file to read only; else a copy.
  Tensor value() override;
  Tensor rows_at(const std::vector<std::int64_t>& ids) const override;
  void assign(const Tensor& value) override;
  /// The same for the rows `ids`, each once: `values` are (n, D), rounded to nearest. Throws as
  /// places(), and then nothing has changed.
  void assign_rows(const std::vector<std::int64_t>& ids, const float* values);
  void prepare_take_over(const Tensor& value) override;
  /// Float32 rows lie in the memory of `value` from now on, and are all there: also those of a
  /// table on demand, where none is in use. Other tables copy them; of one that grows they are all
  /// rows from now on, as if none had been trained.
  void take_over(const Tensor& value) override;
  /// On demand, of rows that come in order: these, (n, D), are rows 0 to n - 1 from now on, as if
  /// no step had touched one.
  void replace(const Tensor& values);
  /// Of a table that grows: how many rows prepare_take_over() was last told of.
  std::int64_t coming() const { return coming_; }
  std::optional<double> remembered(const void* of) const override;
  /// On demand: the rows in use as they are now, in the order in which they came into use. Nothing
  /// for a dense table.
  UsedRows used() const;
  /// On demand, with no row in use: brings these into use, in their order. Throws
  /// std::invalid_argument otherwise and for a wrong shape, std::out_of_range for an id,
  /// OutOfMemory.
  void use(const UsedRows& rows);

  // -- for an optimizer --------------------------------------------------------------------------

  /// The one that moves these rows, whichever is given them; none: that one.
  std::weak_ptr<optimizers::Optimizer> optimizer;

  /// Makes these the slots that count from now on, after settling what earlier ones owe. Throws
  /// std::invalid_argument for a table on demand whose untouched rows an earlier optimizer has
  /// moved, OutOfMemory when there is no room; then nothing has changed.
  /// A table in a file has room for the slots of one: those of the one before are lost.
  void attach(std::shared_ptr<RowSlots> slots);
  bool is_attached(const RowSlots& slots) const { return slots_.get() == &slots; }
  /// On demand: whether the steps so far have moved rows that were never drawn, as decay does.
  bool moves_untouched_rows() const;

  /// The places of distinct ids: drawn, and with slots. Valid until the next call. Throws
  /// OutOfMemory; then nothing has changed that could be read.
  std::span<const std::int64_t> places(const std::vector<std::int64_t>& ids);
  /// On demand, of rows that come in order: the next `count` of them, where that is above 0, come
  /// into use. Throws as places().
  void use_next(std::int64_t count);
  /// On demand: room for so many rows in use. Throws OutOfMemory; then nothing has changed.
  void reserve(std::int64_t places) { grow(places); }
  /// On demand: these distinct rows in use become what they would be if no step had touched them,
  /// their slots too. Throws std::invalid_argument for a dense table and a row that is not in use.
  void forget(const std::vector<std::int64_t>& ids);
  /// Brings the rows at these distinct places up to date and calls body(i, rows) on places[i] and
  /// those behind it, kTogether at most and no more elements than kLongestRow, on the library's
  /// threads; what it leaves there is stored. `weights` are those of the rows as they are now, one
  /// after another, as read() gave them since the last change of version(); or null. The steps
  /// attached, if any, must then get one more step: the rows are noted as true after it. `body`
  /// must not throw.
  template <class Body>
  void update(std::span<const std::int64_t> places, const float* weights, Body body);
  /// Another number after anything that may have changed what read() gives.
  std::uint64_t version() const override { return version_; }
  /// Calls body(w) on the rows of a dense table from `begin` to `end`, as they are stored (settle()
  /// first), and stores what it leaves there. `round` is next_round(), one for each sweep.
  /// `scratch` has room for these rows where the precision is not float32. Safe from several
  /// threads on rows of their own.
  template <class Body>
  void change(std::int64_t begin, std::int64_t end, std::uint64_t round, float* scratch,
              Body body) {
    with_floats(begin, end - begin, round, scratch, body);
  }
  /// Keeps a number computed from the rows as they are now, for remembered(), until something may
  /// have changed them: also somebody who holds what value() gave.
  void remember(const void* of, double number);
  std::uint64_t next_round() const {
    ++version_;
    return ++round_;
  }
  /// Brings every row up to date. A user's interrupt leaves some as they were.
  void settle() const;
  /// settle(), and whatever else may fail before every row and its slots are changed.
  void prepare_sweep();
  /// Brings the next `count` rows up to date, of all rows in turn. Gives a step up to which every
  /// row is true. For a dense table.
  std::int64_t settle_next(std::int64_t count);

  /// What chance was seeded with last: a copy of the table that goes on with it rounds as this one.
  std::uint64_t round() const { return round_; }
  void set_round(std::uint64_t round) { round_ = round; }

 private:
  /// Dense, of rows that are not float32 and all zero.
  RowStorage(const Shape& shape, const RowStorageOptions& options);
  RowStorage(std::shared_ptr<TableFile> file, const Shape& shape, const RowStorageOptions& options);
  void attach_in_file(RowSlots& slots);
  void make_room();
  void lie_in(Tensor values);
  void use_all();
  /// On demand, with all rows as they were drawn: it may as well be a dense table of others.
  bool can_become_dense() const {
    return !options_.grows && options_.precision == Precision::kFloat32 && rows_in_use() == 0 &&
           now() == born_;
  }
  std::int64_t now() const { return slots_ && slots_->steps() ? slots_->steps()->now() : 0; }
  /// True when some stored row may not be as it is now.
  bool owes() const { return now() != settled_; }
  std::int64_t since(std::int64_t place) const {
    return std::max<std::int64_t>(slots_->since(place), settled_);
  }
  /// To wake a thread takes 15 us: as long as 8,192 floats that come from memory, or twice as many
  /// that come from a cache. So the 300 rows of a small step are shared out where the table is
  /// large.
  static constexpr std::int64_t kTaskFloats = 8192, kCachedFloats = 1 << 23;
  std::int64_t task_rows(std::int64_t rows) const {
    const bool cached = capacity_ * width_ <= kCachedFloats;
    return parallel::even_chunk(rows, width_, cached ? 2 * kTaskFloats : kTaskFloats);
  }
  static constexpr std::int64_t kFloatsPerTask = 1 << 16;         // of what is only copied or drawn
  static constexpr std::int64_t kFarAhead = 32, kNearAhead = 16;  // rows: memory takes 100 ns
  std::int64_t together() const {
    return std::clamp<std::int64_t>(kLongestRow / std::max<std::int64_t>(1, width_), 1, kTogether);
  }
  static constexpr std::int64_t kJustRead = 1 << 14;  // floats, beside which lie those of the slots
  kernels::Rows stored() const { return {weights_, options_.precision, width_}; }
  std::byte* row(std::int64_t place) const {
    return weights_ + static_cast<std::size_t>(place * width_) * size_of(options_.precision);
  }
  /// Calls body(w) on the `rows` rows at `place`, as floats at `scratch` where they are stored in
  /// 16 bits, and stores them again.
  template <class Body>
  void with_floats(std::int64_t place, std::int64_t rows, std::uint64_t round, float* scratch,
                   Body body) const;
  void store(const float* w, std::int64_t place, std::uint64_t round) const;
  /// These rows as they are now; `places` are those of the ids, or -1 where one has none.
  template <class Id>
  void read_some(const Id* ids, std::span<const std::int64_t> places, std::int64_t now,
                 float* out) const;
  void read_drawn(std::int64_t id, std::int64_t now, float* out) const;
  /// Whether these rows lie at the places of their ids as they are now.
  template <class Id>
  bool lie_as_read(const Id* ids, std::int64_t count) const;
  template <class Id>
  void read_rows(const Id* ids, std::int64_t count, float* out) const;
  template <class Id>
  void read_any(const Id* ids, std::int64_t count, float* out) const;
  template <class Id>
  void reduce_any(kernels::Reduction reduction, const Id* ids, const std::int64_t* first,
                  std::int64_t bags, float* out, const float* weights) const;
  template <class Id>
  void advance_any(const Id* ids, std::int64_t count) const;
  void draw(std::int64_t id, float* out) const;
  /// Row ids[i] as it was drawn, at place place_of(i).
  template <class PlaceOf>
  void draw_rows(std::span<const std::int64_t> ids, const PlaceOf& place_of);
  /// These rows and their slots, which were just drawn, as the steps so far have moved them.
  template <class PlaceOf>
  void move_drawn(std::int64_t count, const PlaceOf& place_of);
  /// The slots of a row that was never touched, written to `memory`.
  RowPointers fresh_slots(float* memory) const;
  bool is_due(std::int64_t place, std::int64_t now) const { return since(place) != now; }
  bool is_dear(std::int64_t place) const {
    return now() - since(place) >= slots_->steps()->dear_after() &&
           !(slots_->rests(place) && slots_->since(place) >= settled_);
  }
  std::int64_t place_of(std::int64_t id) const { return on_demand() ? map_.find(id) : id; }
  void settle_rows(std::int64_t begin, std::int64_t end) const;
  void advance_row(std::int64_t place) const;
  /// Whether rows may be brought nearer to now without a change to what is read.
  bool advances() const;
  /// The weights of rows on their visit, where they are stored in 16 bits.
  using Floats = std::array<float, kLongestRow>;
  /// Brings these rows, together() at most, up to date, and says where they are. `weights` are
  /// those of the rows as they are now, or null.
  void begin_visit(std::span<const std::int64_t> places, const float* weights, Floats& memory,
                   std::span<VisitedRow> rows) const;
  /// Stores them, as true after step `since`.
  void end_visit(std::span<const std::int64_t> places, std::uint64_t round, std::int64_t since,
                 std::span<const VisitedRow> rows) const;
  void grow(std::int64_t places);
  void begin_use(std::span<const std::int64_t> ids);
  template <class Body>
  void for_lines(std::int64_t place, const Body& body) const;
  /// Before the visit of `count` rows from places[i] on, of those from `begin` on: asks for the
  /// memory of later ones, to the end of `places` and no further, since another thread may be at
  /// work there. In two moves, since what a row has missed is found by its step. And fetches what
  /// is to be visited: a processor may leave out what it was asked for while its list of requests
  /// is full, and reads that do not wait for each other take half the time of those of a formula.
  void ask_ahead(std::span<const std::int64_t> places, std::int64_t i, std::int64_t count,
                 std::int64_t begin) const;

  Shape shape_;
  Shape drawn_as_;  // what the initializer draws rows of
  std::int64_t width_;
  RowStorageOptions options_;
  std::shared_ptr<const initializers::Initializer> initializer_;  // null: dense
  Tensor values_;                                                 // dense, of float32
  Pages pages_;                                                   // or
  std::shared_ptr<TableFile> file_;                               // or
  std::byte* weights_ = nullptr;                                  // of any of them
  IdMap map_;                                                     // on demand
  std::int64_t capacity_ = 0;                                     // places that there is room for
  std::vector<std::int64_t> places_;
  std::shared_ptr<RowSlots> slots_;
  std::int64_t next_to_settle_ = 0;   // of settle_next()
  std::int64_t next_to_advance_ = 0;  // of advance_next()
  std::int64_t round_began_ = 0;      // the step at which it was the first row's turn
  std::int64_t coming_ = 0;           // of prepare_take_over()
  std::int64_t born_ = 0;             // the step at which untouched rows are as they were drawn
  // Settling is not a change that a reader can see, but for the lock: value() may do it.
  mutable parallel::ReaderLock lock_{"[Embedding] this table"};
  mutable std::atomic<std::int64_t> settled_ = 0;  // every row is true up to this step at least
  mutable std::uint64_t round_ = 0;                // of chance: what it was seeded with last
  mutable std::atomic<std::uint64_t> version_ = 0;
  struct Remembered {
    const void* of;
    double number;
    std::uint64_t version;
  };
  std::optional<Remembered> remembered_;
};

template <class Body>
void RowStorage::with_floats(std::int64_t place, std::int64_t rows, std::uint64_t round,
                             float* scratch, Body body) const {
  if (options_.precision == Precision::kFloat32) {
    body(reinterpret_cast<float*>(row(place)));
    return;
  }
  kernels::load_elements(options_.precision, row(place), rows * width_, scratch);
  body(scratch);
  for (std::int64_t i = 0; i < rows; ++i) store(scratch + i * width_, place + i, round);
}

template <class Body>
void RowStorage::update(std::span<const std::int64_t> places, const float* weights, Body body) {
  const std::int64_t before = now();
  const std::uint64_t round = next_round();
  const auto count = static_cast<std::int64_t>(places.size());
  // A few rows that were read for this step are in the caches yet.
  const bool asks = weights == nullptr || count * width_ > kJustRead;
  parallel::for_chunks(count, task_rows(count), [&](std::int64_t begin, std::int64_t end) {
    Floats memory;
    std::array<VisitedRow, kTogether> visited;
    for (std::int64_t i = begin; i < end;) {
      const std::int64_t rows = std::min(together(), end - i);
      if (asks) ask_ahead(places.first(static_cast<std::size_t>(end)), i, rows, begin);
      const auto some = places.subspan(static_cast<std::size_t>(i), static_cast<std::size_t>(rows));
      const std::span<VisitedRow> at(visited.data(), some.size());
      begin_visit(some, weights == nullptr ? nullptr : weights + i * width_, memory, at);
      body(i, std::span<const VisitedRow>(at));
      end_visit(some, round, before + 1, at);
      i += rows;
    }
  });
}

}  // namespace keratin::table
