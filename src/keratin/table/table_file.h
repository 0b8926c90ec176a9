// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/precision.h"
#include "keratin/base/shape.h"
#include "keratin/table/row_slots.h"
#include "keratin/table/undo_log.h"

namespace keratin::table {

/// A file in which the rows of a table and an optimizer's slots live (docs/formats/table.md). It is
/// mapped: rows are in memory while the system has room for them, and whatever is written to them
/// is written to the file. One at a time, in all processes, has a file open.
///
/// What counts is the state of the last flush(): whoever opens the file after this process ended,
/// however it ended, finds that. So will_change() must be called before rows or slots are changed.
///
/// Threads: one at a time, but for reading rows and slots. Errors are FileError.
class TableFile {
 public:
  /// Writes the first values of rows that lie one after another from the address on.
  using Draw = std::function<void(std::byte* rows)>;

  /// The table in the file at `path`, as it was at the last flush; where there is none, a new one
  /// of rows that `draw` writes. Throws std::invalid_argument where it holds another table,
  /// FormatError where it holds none, FileError: also where another has it open, and where the disk
  /// has no room for all rows.
  static std::shared_ptr<TableFile> open(const std::string& path, const Shape& shape,
                                         Precision precision, const Draw& draw);
  ~TableFile();
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;

  const std::string& path() const { return path_; }
  /// Whether the file was there.
  bool was_there() const { return was_there_; }
  std::byte* rows() const { return base_ + kHeaderBytes; }

  /// Makes room for `count` slots of each row. `kind` says whose they are, and in which order. True
  /// where they are those of the last flush, which the first who asks for this kind gets; else they
  /// are zero. Throws FileError; then nothing has changed.
  bool make_slots(std::string_view kind, std::size_t count);
  float* slot(std::size_t k) const;

  /// Numbers beside the rows, as of the last flush.
  struct Numbers {
    std::int64_t iterations = 0;  // of the optimizer whose slots they are
    std::uint64_t round = 0;      // of chance
  };
  Numbers numbers() const;

  /// Must be called before what is at these places changes. Where it throws, they must not change.
  void will_change(std::span<const std::int64_t> places);
  /// The same of the rows from `begin` to `end`.
  void will_change(std::int64_t begin, std::int64_t end);

  /// Asks the system to read rows, or their slots, from the disk all at once, which it does some
  /// six times as fast as one by one. `places` come in order, mostly. Does nothing while all is in
  /// memory: where no page had to be waited for since the last calls. Threads: any.
  enum class Part { kRows, kSlots };
  template <class Id>
  void ask(const Id* places, std::int64_t count, Part part) const {
    if (!waits()) return;
    std::int64_t last = -1;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto place = static_cast<std::int64_t>(places[i]);
      if (place != std::exchange(last, place)) ask_for(place, part);
    }
  }

  /// Rows, slots and `numbers` as they are now become the state to come back to, on the disk.
  void flush(const Numbers& numbers);

 private:
  struct Header;
  static constexpr std::size_t kHeaderBytes = 4096;

  TableFile(std::string path, const Shape& shape, Precision precision);
  void open_file(const std::string& path, int flags);
  void lock();
  void make(const Draw& draw);
  void take();
  void come_back();
  void map();
  void grow_to(std::size_t slots);
  bool waits() const;
  void ask_for(std::int64_t place, Part part) const;
  void begin_log();
  void note(std::int64_t place);
  void write_notes();
  bool is_noted(std::int64_t place) const {
    return (noted_[static_cast<std::size_t>(place) >> 6] >> (place & 63) & 1) != 0;
  }
  Header& header() const;
  std::size_t row_bytes() const { return static_cast<std::size_t>(width_) * size_of(precision_); }
  std::size_t slots_begin() const;
  std::size_t slot_bytes() const;
  std::size_t bytes_with(std::size_t slots) const { return slots_begin() + slots * slot_bytes(); }
  [[noreturn]] void fail(std::string_view what, int code) const;

  std::string path_;
  std::int64_t count_, width_;
  Precision precision_;
  int file_ = -1;
  bool was_there_ = false;
  std::byte* base_ = nullptr;
  std::size_t slots_ = 0;           // of each row, that the file has room for
  std::string kind_;                // of them
  std::size_t flushed_slots_ = 0;   // of the last flush: what the log has of each row
  bool has_flushed_slots_ = false;  // nobody asked for slots yet
  std::optional<UndoLog> log_;
  std::vector<std::uint64_t> noted_;              // a bit a row: the log has it
  mutable std::atomic<std::int64_t> waited_ = 0;  // pages that this process waited for
  mutable std::atomic<int> asks_ = 0;             // calls left in which to ask
  std::vector<std::int64_t> being_noted_;         // added to the log, not written yet
};

}  // namespace keratin::table
