// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/table/key_map.h"
#include "keratin/table/keys.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/pages.h"

namespace keratin::table {

struct KeyRowsOptions {
  std::int64_t num_oov_indices = 1;  // the first rows: those of keys without one, by their hash
  std::int64_t min_frequency = 1;    // how often a key must have come before it gets a row
  std::int64_t max_waiting = std::int64_t{1} << 24;  // keys that are counted and have no row
  Eviction eviction = Eviction::kNone;
};
/// Throws std::invalid_argument, in the name of `who`, for numbers below 1 and max_tokens, the rows
/// in all, that is not above num_oov_indices.
void check(std::string_view who, const KeyRowsOptions& options, std::int64_t max_tokens);

/// Which key has which row of a table on demand whose rows come into use in their order: a map of
/// hashes, and what is known of the key of each row. Rows never move.
///
/// Threads: find() and times() are safe from any number of threads; the rest needs it and the table
/// alone. Errors: std::invalid_argument for keys of the other kind, OutOfMemory; then nothing has
/// changed that could be read.
class KeyRows {
 public:
  /// The table has no row in use. `who` and `name` are for errors.
  KeyRows(std::string_view who, std::string name, const KeyRowsOptions& options,
          std::shared_ptr<RowStorage> table);
  KeyRows(const KeyRows&) = delete;
  KeyRows& operator=(const KeyRows&) = delete;

  /// Keys that have a row.
  std::int64_t size() const { return index_.size; }
  /// Whether no key has come.
  bool is_new() const { return index_.clock == 0; }
  std::int64_t waiting() const { return index_.map.size() - index_.size; }
  /// ids[i] = the row of key i; of one that has none, that of unknown keys.
  void find(const Keys& keys, std::span<std::int64_t> ids) const;
  /// The same; -1 of one that has none.
  void find_own(const Keys& keys, std::span<std::int64_t> ids) const;
  void times(const Keys& keys, std::span<std::int64_t> times) const;
  /// find() after every key was counted, as often as it is there, and new ones, in their order,
  /// have got a row. Where none is left, as many as are wanted are evicted, and a 64th of all at
  /// least, of keys that are not in this call.
  void insert(const Keys& keys, std::span<std::int64_t> ids);
  void forget(const Keys& keys);
  void evict(std::int64_t count, Eviction eviction);

  KeyState state() const;
  /// These keys have the rows of `values`, (n, D), from now on, and no other key has one. Throws
  /// std::invalid_argument for what is no such state.
  void set_state(const KeyState& state, const Tensor& values);

  /// Of plain values that are zero at first: it grows without being copied.
  template <class T>
  class GrowingArray {
   public:
    std::size_t size() const { return size_; }
    T* data() const { return static_cast<T*>(memory_.data()); }
    T& operator[](std::size_t i) const { return data()[i]; }
    /// Throws OutOfMemory; then nothing has changed.
    void reserve(std::size_t count) {
      const std::size_t bytes = count * sizeof(T);
      if (bytes > memory_.bytes())
        memory_.grow(std::max(bytes, 2 * memory_.bytes()), "the keys of a table");
    }
    /// Not to less. Memory that is new is touched at once: of two threads that came to a page
    /// together each would clear it.
    void resize(std::size_t count) {
      reserve(count);
      volatile char* const bytes = static_cast<char*>(memory_.data());
      for (std::size_t i = size_ * sizeof(T) / kPage + 1; i <= count * sizeof(T) / kPage; ++i)
        bytes[i * kPage] = 0;
      size_ = count;
    }

   private:
    static constexpr std::size_t kPage = 4096;
    Pages memory_;
    std::size_t size_ = 0;
  };

  /// What is known of keys.
  struct Index {
    struct Row {
      std::uint64_t hash = 0;
      std::int64_t times = 0;  // 0: no key's
      std::int64_t last = 0;
    };
    KeyMap map;  // of hashes: a row and one more, or, below 0, how often a key came that has none
    GrowingArray<Row> rows;            // of every row in use
    std::vector<std::string> strings;  // likewise, where keys are strings
    std::vector<std::int64_t> free;    // rows that are nobody's, the lowest last
    std::optional<bool> are_strings;   // null: no key has come
    std::int64_t size = 0;
    std::int64_t clock = 0;  // of changes: another number after each
  };
  /// For set_index(), when a table that grows has taken over `rows` rows. Throws as set_state().
  Index prepared(const KeyState& state, std::int64_t rows) const;
  void set_index(Index index) {
    index.clock = std::max(index.clock, index_.clock + 1);
    index_ = std::move(index);
  }
  std::int64_t coming() const { return table_->coming(); }

  /// What an insert() would change, before it is true: for a step that may yet fail.
  class Insertion {
   public:
    explicit Insertion(KeyRows& of)
        : of_(of), began_(of.index_.clock), memory_(std::exchange(of.memory_, {})) {}
    ~Insertion();
    Insertion(const Insertion&) = delete;
    Insertion& operator=(const Insertion&) = delete;
    /// ids[i] = the row that key i has, or will have: a table that grows has it while this lives.
    /// Where none is left it is that of unknown keys: rows are evicted when all is true.
    void add(const Keys& keys, std::span<std::int64_t> ids);
    /// It is true. Once. Cannot fail: where memory ends nothing is evicted yet.
    void commit();

   private:
    friend class KeyRows;
    /// A key without a row. Keys have numbers in the order in which they came, through all calls.
    struct Came {
      std::uint64_t hash;
      std::int64_t times;   // in all
      std::int64_t row;     // that it will have, or one of these:
      std::int64_t first;   // the number that it came with first,
      std::int64_t enough;  // and with which it had come often enough
    };
    static constexpr std::int64_t kWaits = -1;  // it came too seldom
    static constexpr std::int64_t kWants = -2;  // it came often enough, and there was none
    static constexpr std::int64_t kNever = -3;  // nor will there be: it is not counted
    /// The i-th key of a call, which has no row.
    struct Missing {
      std::uint64_t hash;
      std::int64_t i;
      std::int64_t place;  // of what is known of it; -1: it is treated as any unknown key
    };
    /// Keys of a part of all hashes (KeyMap), which one thread has at a time.
    struct Part {
      std::vector<Came> came;
      std::vector<std::string> strings;  // of these, where keys are strings
      std::vector<std::int64_t> cells;   // a map of their hashes to places in came, and one more
      std::vector<std::int64_t> enough;  // places of those that came often enough, in their order
      std::size_t enough_before = 0;     // of earlier calls
      std::int64_t never = 0;            // how many will never have a row
      std::vector<std::pair<std::int64_t, std::int64_t>> wanting;  // keys[i] wants, in came

      void reserve(std::size_t more);
      void clear();
      std::int64_t& cell_of(std::uint64_t hash);
    };
    /// What is written anew by each insertion, kept for the next.
    struct Memory {
      std::vector<std::int64_t> known;  // rows, one a time that their keys came
      std::vector<Missing> missing;     // of a call, by parts
      std::vector<std::int64_t> order;  // of a call
      std::vector<Part> parts;
    };
    void find_known(const Keys& keys, std::span<std::int64_t> ids);
    void meet(Part& part, const Keys& keys, std::span<Missing> missing,
              std::span<std::int64_t> ids);
    void give(Part& part, std::span<const Missing> missing, std::span<std::int64_t> ids) const;
    std::span<Part> parts() { return std::span(memory_.parts).first(parts_); }
    template <class Body>
    void for_missing(const Body& body);
    std::int64_t rows_left() const;
    std::int64_t row_given(std::int64_t k) const;
    bool may_evict() const { return of_.options_.eviction != Eviction::kNone; }
    void take_alone();
    void take_with_others();
    void make_room();

    KeyRows& of_;
    std::int64_t began_;  // at this time of its clock
    Memory memory_;
    std::size_t parts_ = 0;  // in use: one, or those of KeyMap where many came
    std::array<std::size_t, KeyMap::kParts + 1> begin_{};  // of a call's missing keys, by part
    std::int64_t keys_before_ = 0;                         // of earlier calls
    std::int64_t counted_ = 0;                             // keys that will be in the map
    std::int64_t given_ = 0;                               // rows
    std::int64_t wanted_ = 0;                              // rows that were not there
    std::optional<bool> are_strings_;
  };

 private:
  void check(const Keys& keys, std::size_t received, const char* what) const;
  bool has(std::int64_t row, const Keys& keys, std::int64_t i) const;
  std::int64_t unknown(std::uint64_t hash) const;
  template <class Found>
  void for_rows(const Keys& keys, const Found& found) const;
  void note(std::int64_t row);
  bool take(const Insertion::Came& key, std::string string);
  void forget_rows(const std::vector<std::int64_t>& rows);
  void forget_waiting();
  void evict_before(std::int64_t clock, std::int64_t count, Eviction eviction);
  std::int64_t in_use() const { return static_cast<std::int64_t>(index_.rows.size()); }

  std::string who_, name_;
  KeyRowsOptions options_;
  std::shared_ptr<RowStorage> table_;
  Index index_;
  std::int64_t counted_ = 0;  // keys of all insertions that are not true yet
  Insertion::Memory memory_;
};

}  // namespace keratin::table
