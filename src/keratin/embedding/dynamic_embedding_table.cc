// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/dynamic_embedding_table.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/fingerprint.h"
#include "keratin/parallel/parallel.h"
#include "keratin/table/key_map.h"
#include "keratin/table/row_storage.h"

namespace keratin::embedding {
namespace {

constexpr const char* kDynamic = "DynamicEmbeddingTable";
constexpr std::int64_t kKeysInTask = 2048, kKeysAhead = 24;

constexpr std::size_t place(std::int64_t i) { return static_cast<std::size_t>(i); }

std::uint64_t hash_of(const Keys& keys, std::int64_t i) {
  if (keys.are_strings()) return fingerprint64(keys.strings()[place(i)]);
  return static_cast<std::uint64_t>(keys.integers()[place(i)]);
}

table::RowStorage& storage_of(const EmbeddingTable& table) {
  return static_cast<table::RowStorage&>(*table.variable().storage());
}

DynamicEmbeddingTableOptions checked(DynamicEmbeddingTableOptions options) {
  if (options.num_oov_indices < 1) {
    invalid_argument(kDynamic,
                     "num_oov_indices must be 1 or more: keys without a row have one of "
                     "these. Received: ",
                     options.num_oov_indices);
  }
  if (options.max_tokens <= options.num_oov_indices) {
    invalid_argument(kDynamic,
                     "max_tokens must be above num_oov_indices = ", options.num_oov_indices,
                     ". Received: ", options.max_tokens);
  }
  if (options.min_frequency < 1) {
    invalid_argument(kDynamic,
                     "min_frequency must be 1 or more. Received: ", options.min_frequency);
  }
  return options;
}

EmbeddingTable table_for(const DynamicEmbeddingTableOptions& o) {
  return EmbeddingTable({.input_dim = o.max_tokens,
                         .output_dim = o.output_dim,
                         .embeddings_initializer = o.embeddings_initializer,
                         .embeddings_regularizer = o.embeddings_regularizer,
                         .embeddings_constraint = o.embeddings_constraint,
                         .name = o.name,
                         .rows_drawn = layers::RowsDrawn::kOnDemand,
                         .precision = o.precision,
                         .stochastic_rounding = o.stochastic_rounding});
}

}  // namespace

/// Which key has which row. A number in the map is a row and one more, or, below 0, how often a key
/// came that has none.
struct DynamicEmbeddingTable::Index {
  struct Row {
    std::uint64_t hash = 0;
    std::int64_t times = 0;  // 0: no key's
    std::int64_t last = 0;
  };

  bool has(std::int64_t row, const Keys& keys, std::int64_t i) const {
    return !keys.are_strings() || strings[place(row)] == keys.strings()[place(i)];
  }
  /// The row of key i, or -1.
  std::int64_t row_of(const Keys& keys, std::int64_t i, std::uint64_t hash) const {
    const std::int64_t row = map.find(hash) - 1;
    return row >= 0 && has(row, keys, i) ? row : -1;
  }
  std::int64_t unknown(std::uint64_t hash) const {
    return static_cast<std::int64_t>(((hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15U >> 32) %
                                     static_cast<std::uint64_t>(oov));
  }
  /// Calls found(i, hash, row) for every key, on the library's threads; row is -1 where it has
  /// none.
  template <class Found>
  void for_rows(const Keys& keys, const Found& found) const {
    parallel::for_chunks(keys.size(), kKeysInTask, [&](std::int64_t begin, std::int64_t end) {
      std::array<std::uint64_t, place(kKeysInTask)> hashes;
      for (std::int64_t i = begin; i < end; ++i) hashes[place(i - begin)] = hash_of(keys, i);
      for (std::int64_t i = begin; i < std::min(begin + kKeysAhead, end); ++i)
        map.prefetch(hashes[place(i - begin)]);
      for (std::int64_t i = begin; i < end; ++i) {
        if (i + kKeysAhead < end) map.prefetch(hashes[place(i + kKeysAhead - begin)]);
        const std::uint64_t hash = hashes[place(i - begin)];
        found(i, hash, row_of(keys, i, hash));
      }
    });
  }
  void note(std::int64_t row) {
    Row& used = rows[place(row)];
    std::atomic_ref(used.times).fetch_add(1, std::memory_order_relaxed);
    std::atomic_ref(used.last).store(clock, std::memory_order_relaxed);
  }
  void give_up(std::int64_t row) {
    map.erase(rows[place(row)].hash);
    rows[place(row)] = {};
    if (are_strings.value_or(false)) strings[place(row)].clear();
    free.push_back(row);
    std::push_heap(free.begin(), free.end(), std::greater<>());
    --size;
  }
  /// The lowest row that is nobody's.
  std::int64_t take_free() {
    std::pop_heap(free.begin(), free.end(), std::greater<>());
    const std::int64_t row = free.back();
    free.pop_back();
    return row;
  }
  /// The rows from `first` on have never been.
  void take_back(std::int64_t first) {
    for (std::int64_t row = first; std::cmp_less(row, rows.size()); ++row) {
      if (rows[place(row)].times == 0) continue;
      map.erase(rows[place(row)].hash);
      --size;
    }
    rows.resize(place(first));
    if (std::cmp_greater(strings.size(), first)) strings.resize(place(first));
  }

  table::KeyMap map;
  std::vector<Row> rows;             // of every row in use
  std::vector<std::string> strings;  // likewise, where keys are strings
  std::vector<std::int64_t> free;    // a heap, the lowest on top
  std::optional<bool> are_strings;   // null: no key has come
  std::int64_t oov = 1, size = 0, clock = 0;
};

DynamicEmbeddingTable::DynamicEmbeddingTable(DynamicEmbeddingTableOptions options)
    : options_(checked(std::move(options))),
      table_(table_for(options_)),
      index_(std::make_unique<Index>()) {
  index_->oov = options_.num_oov_indices;
  index_->rows.resize(place(index_->oov));
  std::vector<std::int64_t> unknown(place(index_->oov));
  std::iota(unknown.begin(), unknown.end(), 0);
  storage_of(table_).places(unknown);
}

DynamicEmbeddingTable::~DynamicEmbeddingTable() = default;
DynamicEmbeddingTable::DynamicEmbeddingTable(DynamicEmbeddingTable&&) noexcept = default;
DynamicEmbeddingTable& DynamicEmbeddingTable::operator=(DynamicEmbeddingTable&&) noexcept = default;

std::int64_t DynamicEmbeddingTable::size() const { return index_->size; }

void DynamicEmbeddingTable::check(const Keys& keys, std::size_t received, const char* what) const {
  if (index_->are_strings && *index_->are_strings != keys.are_strings() && keys.size() > 0) {
    invalid_argument(kDynamic, "table '", name(), "': its keys are ",
                     *index_->are_strings ? "strings" : "integers",
                     ". Received: ", keys.are_strings() ? "strings" : "integers");
  }
  if (!std::cmp_equal(received, keys.size())) {
    invalid_argument(kDynamic, "table '", name(), "': ", what, " must have ", keys.size(),
                     " numbers, one a key. Received: ", received);
  }
}

void DynamicEmbeddingTable::find(const Keys& keys, std::span<std::int64_t> ids) const {
  check(keys, ids.size(), "ids");
  const Index& index = *index_;
  index.for_rows(keys, [&](std::int64_t i, std::uint64_t hash, std::int64_t row) {
    ids[place(i)] = row < 0 ? index.unknown(hash) : row;
  });
}

void DynamicEmbeddingTable::times(const Keys& keys, std::span<std::int64_t> times) const {
  check(keys, times.size(), "times");
  const Index& index = *index_;
  index.for_rows(keys, [&](std::int64_t i, std::uint64_t hash, std::int64_t row) {
    times[place(i)] =
        row < 0 ? std::max<std::int64_t>(0, -index.map.find(hash)) : index.rows[place(row)].times;
  });
}

void DynamicEmbeddingTable::insert(const Keys& keys, std::span<std::int64_t> ids) {
  check(keys, ids.size(), "ids");
  Index& index = *index_;
  std::atomic<std::int64_t> missing = 0;
  index.for_rows(keys, [&](std::int64_t i, std::uint64_t, std::int64_t row) {
    ids[place(i)] = row;
    if (row < 0) missing.fetch_add(1, std::memory_order_relaxed);
  });
  // What may fail comes first: memory for all that are new.
  const auto in_use = static_cast<std::int64_t>(index.rows.size());
  const std::int64_t most = std::min<std::int64_t>(options_.max_tokens, in_use + missing.load());
  index.map.reserve(missing.load());
  if (place(most) > index.rows.capacity())
    index.rows.reserve(std::max(place(most), 2 * index.rows.capacity()));
  if (keys.are_strings()) index.strings.reserve(index.rows.capacity());
  index.free.reserve(index.rows.capacity());
  storage_of(table_).reserve(most);
  const parallel::Uninterrupted whole;
  if (keys.size() > 0) index.are_strings = keys.are_strings();
  if (keys.are_strings()) index.strings.resize(index.rows.size());
  ++index.clock;
  parallel::for_chunks(keys.size(), kKeysInTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (ids[place(i)] >= 0) index.note(ids[place(i)]);
    }
  });
  if (missing.load() == 0) return;
  try {
    give_rows(keys, ids);
    std::vector<std::int64_t> begun(index.rows.size() - place(in_use));
    std::iota(begun.begin(), begun.end(), in_use);
    storage_of(table_).places(begun);
  } catch (...) {  // as if the keys had come too seldom
    index.take_back(in_use);
    throw;
  }
}

/// Those of keys that have none, which stands in `ids` as -1.
void DynamicEmbeddingTable::give_rows(const Keys& keys, std::span<std::int64_t> ids) {
  Index& index = *index_;
  const bool evicts = options_.eviction != Eviction::kNone;
  bool all_are_of_now = false;
  const auto is_full = [&] {
    return index.free.empty() && std::cmp_equal(index.rows.size(), options_.max_tokens);
  };
  for (std::int64_t i = 0; i < keys.size(); ++i) {
    std::int64_t& id = ids[place(i)];
    if (id >= 0) continue;
    const std::uint64_t hash = hash_of(keys, i);
    const std::int64_t number = index.map.find(hash);
    if (number > 0) {  // came earlier in this call, or another string has its hash
      const bool is_known = index.has(number - 1, keys, i);
      if (is_known) index.note(number - 1);
      id = is_known ? number - 1 : index.unknown(hash);
      continue;
    }
    id = index.unknown(hash);
    if (number == 0 && !evicts && is_full()) continue;  // it will never have one
    index.map.set(hash, number - 1);
    if (1 - number < options_.min_frequency) continue;
    std::string own;
    if (keys.are_strings()) own = keys.strings()[place(i)];
    if (evicts && !all_are_of_now && is_full()) {
      evict_before(index.clock, 1 + options_.max_tokens / 64, options_.eviction);
      all_are_of_now = index.free.empty();
    }
    if (is_full()) continue;
    if (!index.free.empty()) {
      id = index.take_free();
    } else {
      id = static_cast<std::int64_t>(index.rows.size());
      index.rows.emplace_back();
      if (keys.are_strings()) index.strings.emplace_back();
    }
    index.map.set(hash, id + 1);
    index.rows[place(id)] = {hash, 1 - number, index.clock};
    if (keys.are_strings()) index.strings[place(id)] = std::move(own);
    ++index.size;
  }
}

void DynamicEmbeddingTable::lookup(const Keys& keys, std::span<float> out) const {
  std::vector<std::int64_t> ids(place(keys.size()));
  find(keys, ids);
  table_.lookup(ids, out);
}

void DynamicEmbeddingTable::step(const Keys& keys, std::span<const float> gradient,
                                 optimizers::Optimizer& optimizer, const StepOptions& options) {
  std::vector<std::int64_t> ids(place(keys.size()));
  find(keys, ids);
  table_.step(ids, gradient, optimizer, options);
}

void DynamicEmbeddingTable::assign(const Keys& keys, std::span<const float> rows) {
  check(keys, place(keys.size()), "rows");
  if (!std::cmp_equal(rows.size(), keys.size() * output_dim())) {
    invalid_argument(kDynamic, "table '", name(), "': rows must have ", keys.size(), " times ",
                     output_dim(), " numbers. Received: ", rows.size());
  }
  std::vector<std::int64_t> ids;
  std::vector<float> known;
  for (std::int64_t i = 0; i < keys.size(); ++i) {
    const std::int64_t row = index_->row_of(keys, i, hash_of(keys, i));
    if (row < 0) continue;
    const auto from = rows.subspan(place(i * output_dim()), place(output_dim()));
    ids.push_back(row);
    known.insert(known.end(), from.begin(), from.end());
  }
  table_.assign(ids, known);
}

void DynamicEmbeddingTable::forget(const Keys& keys) {
  check(keys, place(keys.size()), "keys");
  std::vector<std::int64_t> rows;
  std::vector<std::uint64_t> waiting;
  for (std::int64_t i = 0; i < keys.size(); ++i) {
    const std::uint64_t hash = hash_of(keys, i);
    const std::int64_t number = index_->map.find(hash);
    if (number < 0) waiting.push_back(hash);
    if (number > 0 && index_->has(number - 1, keys, i)) rows.push_back(number - 1);
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  forget_rows(rows);  // which may fail
  for (const std::uint64_t hash : waiting) index_->map.erase(hash);
}

void DynamicEmbeddingTable::forget_rows(const std::vector<std::int64_t>& rows) {
  index_->free.reserve(index_->free.size() + rows.size());
  storage_of(table_).forget(rows);
  for (const std::int64_t row : rows) index_->give_up(row);
}

void DynamicEmbeddingTable::evict(std::int64_t count, Eviction eviction) {
  if (count < 0) invalid_argument(kDynamic, "count must be 0 or more. Received: ", count);
  if (eviction == Eviction::kNone)
    invalid_argument(kDynamic, "eviction must say which keys go first.");
  evict_before(index_->clock + 1, count, eviction);
}

/// Of the rows that came last before `clock`.
void DynamicEmbeddingTable::evict_before(std::int64_t clock, std::int64_t count,
                                         Eviction eviction) {
  const auto& rows = index_->rows;
  std::vector<std::int64_t> old;
  for (std::int64_t row = index_->oov; std::cmp_less(row, rows.size()); ++row) {
    if (rows[place(row)].times > 0 && rows[place(row)].last < clock) old.push_back(row);
  }
  const auto goes_before = [&](std::int64_t x, std::int64_t y) {
    const Index::Row &a = rows[place(x)], &b = rows[place(y)];
    if (eviction == Eviction::kLeastUsed && a.times != b.times) return a.times < b.times;
    return a.last != b.last ? a.last < b.last : x < y;
  };
  const auto kept = old.begin() + std::min<std::int64_t>(count, std::ssize(old));
  std::nth_element(old.begin(), kept, old.end(), goes_before);
  old.erase(kept, old.end());
  std::sort(old.begin(), old.end());
  forget_rows(old);
}

DynamicEmbeddingState DynamicEmbeddingTable::state(bool values) const {
  const Index& index = *index_;
  DynamicEmbeddingState state;
  for (std::int64_t row = index.oov; std::cmp_less(row, index.rows.size()); ++row) {
    const Index::Row& used = index.rows[place(row)];
    if (used.times == 0) continue;
    if (index.are_strings.value_or(false)) {
      state.strings.push_back(index.strings[place(row)]);
    } else {
      state.keys.push_back(static_cast<std::int64_t>(used.hash));
    }
    state.rows.push_back(row);
    state.times.push_back(used.times);
    state.last.push_back(used.last);
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> waiting;
  index.map.for_each([&](std::uint64_t hash, std::int64_t number) {
    if (number < 0) waiting.emplace_back(static_cast<std::int64_t>(hash), -number);
  });
  std::sort(waiting.begin(), waiting.end());
  for (const auto& [hash, times] : waiting) {
    state.waiting.push_back(hash);
    state.waiting_times.push_back(times);
  }
  state.clock = index.clock;
  if (values) state.values = table_.used_rows();
  return state;
}

void DynamicEmbeddingTable::set_state(const DynamicEmbeddingState& state) {
  if (index_->clock != 0)
    invalid_argument(kDynamic, "table '", name(), "': a state is for a table without keys.");
  const bool are_strings = !state.strings.empty();
  const std::size_t count = are_strings ? state.strings.size() : state.keys.size();
  const auto in_use = static_cast<std::int64_t>(state.values.ids.size());
  bool fits = (!are_strings || state.keys.empty()) && state.rows.size() == count &&
              state.times.size() == count && state.last.size() == count &&
              state.waiting.size() == state.waiting_times.size() && state.clock >= 0 &&
              in_use >= index_->oov && in_use <= options_.max_tokens;
  for (std::size_t i = 0; fits && i < count; ++i) {
    fits = state.rows[i] >= (i == 0 ? index_->oov : state.rows[i - 1] + 1) &&
           state.rows[i] < in_use && state.times[i] > 0 && state.last[i] <= state.clock;
  }
  for (std::int64_t i = 0; fits && i < in_use; ++i) fits = state.values.ids[place(i)] == i;
  for (const std::int64_t times : state.waiting_times) fits = fits && times > 0;
  auto index = std::make_unique<Index>();
  if (fits) {
    index->oov = index_->oov;
    index->clock = state.clock;
    index->map.reserve(static_cast<std::int64_t>(count + state.waiting.size()));
    index->rows.resize(place(in_use));
    if (are_strings) index->strings.resize(place(in_use));
    if (count + state.waiting.size() > 0) index->are_strings = are_strings;
  }
  for (std::size_t i = 0; fits && i < count; ++i) {
    const std::uint64_t hash =
        are_strings ? fingerprint64(state.strings[i]) : static_cast<std::uint64_t>(state.keys[i]);
    fits = index->map.find(hash) == 0;
    index->map.set(hash, state.rows[i] + 1);
    index->rows[place(state.rows[i])] = {hash, state.times[i], state.last[i]};
    if (are_strings) index->strings[place(state.rows[i])] = state.strings[i];
    ++index->size;
  }
  for (std::size_t i = 0; fits && i < state.waiting.size(); ++i) {
    const auto hash = static_cast<std::uint64_t>(state.waiting[i]);
    fits = index->map.find(hash) == 0;
    index->map.set(hash, -state.waiting_times[i]);
  }
  if (!fits) invalid_argument(kDynamic, "table '", name(), "': this is no state of such a table.");
  for (std::int64_t row = index->oov; row < in_use; ++row) {
    if (index->rows[place(row)].times == 0) index->free.push_back(row);  // in order: a heap
  }
  // The rows of unknown keys are in use already.
  EmbeddingTable table = table_for(options_);
  table.use_rows(state.values);
  table_ = std::move(table);
  index_ = std::move(index);
}

}  // namespace keratin::embedding
