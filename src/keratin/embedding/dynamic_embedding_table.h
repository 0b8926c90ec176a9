// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/embedding/embedding_table.h"
#include "keratin/table/keys.h"

namespace keratin::table {
class KeyRows;
}

namespace keratin::embedding {

using table::Eviction;
using table::Keys;

/// Those that EmbeddingTable has too mean the same there.
struct DynamicEmbeddingTableOptions {
  std::int64_t output_dim = 0;  // D: width of a row; must be given
  Identifier<const initializers::Initializer> embeddings_initializer = "uniform";
  Identifier<const regularizers::Regularizer> embeddings_regularizer = {};
  Identifier<const constraints::Constraint> embeddings_constraint = {};
  std::string name = "embedding";
  Precision precision = Precision::kFloat32;
  bool stochastic_rounding = true;
  /// The most rows, those of unknown keys among them. A number, not memory: that follows the rows
  /// in use.
  std::int64_t max_tokens = std::int64_t{1} << 31;
  /// The rows 0 ... num_oov_indices - 1, for keys that have none of their own: by their hash.
  std::int64_t num_oov_indices = 1;
  /// How often a key must have come before it gets a row.
  std::int64_t min_frequency = 1;
  /// The most keys that wait for a row, 21 to 43 bytes each. Where more would, a quarter of them is
  /// forgotten, those that came least often; of equal ones by their hash.
  std::int64_t max_waiting = std::int64_t{1} << 24;
  /// What happens where max_tokens are there: kNone: new keys get no row; else as many rows as are
  /// wanted, and a 64th of all at least, are forgotten.
  Eviction eviction = Eviction::kNone;
};

/// Everything of a table but its options and what optimizers keep, for a copy.
struct DynamicEmbeddingState : table::KeyState {
  UsedRows values;
};

/// A table whose rows belong to keys, and which grows as keys come: an EmbeddingTable and a map
/// from keys to its rows. A row never moves; a new one is drawn as a table with all rows would have
/// drawn it, and optimizers go on with what they keep of the others.
///
///   DynamicEmbeddingTable table({.output_dim = 64, .max_tokens = 1'000'000,
///                                .min_frequency = 2, .eviction = Eviction::kLeastUsed});
///   table.insert(keys, ids);              // new keys get rows; ids: the rows, for table().lookup
///   table.lookup(keys, out);              // out: (n, 64)
///   table.step(keys, gradient, adam);     // gradient: (n, 64)
///
/// A string is found by a hash of 64 bits (FarmHash) and then compared: one whose hash another has
/// gets no row. All keys of a table are integers, or all are strings.
///
/// Errors: std::invalid_argument for sizes that do not fit and keys of the other kind; OutOfMemory.
/// Then nothing has changed. Threads: as EmbeddingTable; insert(), forget() and evict() need the
/// table alone.
class DynamicEmbeddingTable {
 public:
  /// Throws as EmbeddingTable, and std::invalid_argument for num_oov_indices below 1, max_tokens
  /// not above it and min_frequency below 1.
  explicit DynamicEmbeddingTable(DynamicEmbeddingTableOptions options);
  ~DynamicEmbeddingTable();
  DynamicEmbeddingTable(DynamicEmbeddingTable&&) noexcept;
  DynamicEmbeddingTable& operator=(DynamicEmbeddingTable&&) noexcept;

  std::int64_t output_dim() const { return table_.output_dim(); }
  const std::string& name() const { return table_.name(); }
  /// Keys that have a row.
  std::int64_t size() const;
  /// The rows, for Bags, Neighbors and whatever else wants ids. max_tokens is its input_dim.
  EmbeddingTable& table() { return table_; }
  const EmbeddingTable& table() const { return table_; }

  /// ids[i] = the row of key i; of one that has none, that of unknown keys. Changes nothing.
  void find(const Keys& keys, std::span<std::int64_t> ids) const;
  /// The same, after every key was counted, as often as it is there, and new ones, in their order,
  /// have got a row.
  void insert(const Keys& keys, std::span<std::int64_t> ids);
  /// out (n, D): the rows of find().
  void lookup(const Keys& keys, std::span<float> out) const;
  /// EmbeddingTable::step on the rows of find(), those of unknown keys among them.
  void step(const Keys& keys, std::span<const float> gradient, optimizers::Optimizer& optimizer,
            const StepOptions& options = {});

  /// Writes the rows of those that have one, (n, D); of a key that comes several times the last.
  /// With insert() before it, a start from another vocabulary. Optimizers' slots stay.
  void assign(const Keys& keys, std::span<const float> rows);
  /// These keys have no row any more, and were never counted. What stood in the row, and what
  /// optimizers keep of it, becomes what it was before any step; another key will get it. Keys
  /// that are not there are none.
  void forget(const Keys& keys);
  /// Forgets `count` keys, or all, in the order of `eviction`.
  void evict(std::int64_t count, Eviction eviction);
  /// How often each came; 0 of one that is not there.
  void times(const Keys& keys, std::span<std::int64_t> times) const;

  /// `values` is left out where only the keys are wanted.
  DynamicEmbeddingState state(bool values = true) const;
  /// Of a table that is as it was made. Throws std::invalid_argument for one that is not, and a
  /// state that does not fit; then nothing has changed.
  void set_state(const DynamicEmbeddingState& state);

  /// Rows, keys and counts, as a safetensors file (docs/formats/keras.md); neither options nor what
  /// optimizers keep. Throws FileError; then the file that was there is as it was.
  void save(const std::string& path) const;
  /// What save() wrote takes the place of all keys and rows, as if no step had touched them. The
  /// width and num_oov_indices are those of the table that was saved, max_tokens has room. Throws
  /// FileError, FormatError, and std::invalid_argument for what does not fit; then nothing has
  /// changed.
  void load(const std::string& path);

 private:
  DynamicEmbeddingTableOptions options_;
  EmbeddingTable table_;
  std::unique_ptr<table::KeyRows> keys_;
};

}  // namespace keratin::embedding
