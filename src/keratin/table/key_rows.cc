// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/key_rows.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <limits>
#include <new>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/fingerprint.h"
#include "keratin/parallel/parallel.h"

namespace keratin::table {
namespace {

constexpr std::int64_t kKeysInTask = 2048, kKeysAhead = 24;

constexpr std::int64_t kTaken = std::numeric_limits<std::int64_t>::min();

constexpr std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

std::uint64_t hash_of(const Keys& keys, std::int64_t i) {
  if (keys.are_strings()) return fingerprint64(keys.strings()[at(i)]);
  return static_cast<std::uint64_t>(keys.integers()[at(i)]);
}

std::vector<std::int64_t> rows_between(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> rows(at(std::max<std::int64_t>(end - begin, 0)));
  std::iota(rows.begin(), rows.end(), begin);
  return rows;
}

}  // namespace

void check(std::string_view who, const KeyRowsOptions& o, std::int64_t max_tokens) {
  if (o.num_oov_indices < 1) {
    invalid_argument(who,
                     "num_oov_indices must be 1 or more: keys without a row have one of "
                     "these. Received: ",
                     o.num_oov_indices);
  }
  if (max_tokens <= o.num_oov_indices) {
    invalid_argument(who, "max_tokens must be above num_oov_indices = ", o.num_oov_indices,
                     ". Received: ", max_tokens);
  }
  if (o.min_frequency < 1)
    invalid_argument(who, "min_frequency must be 1 or more. Received: ", o.min_frequency);
  if (o.max_waiting < 1)
    invalid_argument(who, "max_waiting must be 1 or more. Received: ", o.max_waiting);
}

KeyRows::KeyRows(std::string_view who, std::string name, const KeyRowsOptions& options,
                 std::shared_ptr<RowStorage> table)
    : who_(who), name_(std::move(name)), options_(options), table_(std::move(table)) {
  index_.rows.resize(at(options_.num_oov_indices));
  table_->places(rows_between(0, in_use()));
  table_->set_size(in_use());
}

void KeyRows::check(const Keys& keys, std::size_t received, const char* what) const {
  if (index_.are_strings && *index_.are_strings != keys.are_strings() && keys.size() > 0) {
    invalid_argument(who_, "table '", name_, "': its keys are ",
                     *index_.are_strings ? "strings" : "integers",
                     ". Received: ", keys.are_strings() ? "strings" : "integers");
  }
  if (!std::cmp_equal(received, keys.size())) {
    invalid_argument(who_, "table '", name_, "': ", what, " must have ", keys.size(),
                     " numbers, one a key. Received: ", received);
  }
}

bool KeyRows::has(std::int64_t row, const Keys& keys, std::int64_t i) const {
  return !keys.are_strings() || index_.strings[at(row)] == keys.strings()[at(i)];
}

std::int64_t KeyRows::unknown(std::uint64_t hash) const {
  return static_cast<std::int64_t>(((hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15U >> 32) %
                                   static_cast<std::uint64_t>(options_.num_oov_indices));
}

/// Calls found(i, hash, row) for every key, on the library's threads; row is below 0 where it has
/// none: as often as it came and one more, or kTaken where another string has its hash.
template <class Found>
void KeyRows::for_rows(const Keys& keys, const Found& found) const {
  parallel::for_chunks(keys.size(), kKeysInTask, [&](std::int64_t begin, std::int64_t end) {
    std::array<std::uint64_t, at(kKeysInTask)> hashes;
    for (std::int64_t i = begin; i < end; ++i) hashes[at(i - begin)] = hash_of(keys, i);
    for (std::int64_t i = begin; i < std::min(begin + kKeysAhead, end); ++i)
      index_.map.prefetch(hashes[at(i - begin)]);
    for (std::int64_t i = begin; i < end; ++i) {
      if (i + kKeysAhead < end) index_.map.prefetch(hashes[at(i + kKeysAhead - begin)]);
      const std::uint64_t hash = hashes[at(i - begin)];
      const std::int64_t row = index_.map.find(hash) - 1;
      found(i, hash, row < 0 || has(row, keys, i) ? row : kTaken);
    }
  });
}

void KeyRows::find(const Keys& keys, std::span<std::int64_t> ids) const {
  check(keys, ids.size(), "ids");
  for_rows(keys, [&](std::int64_t i, std::uint64_t hash, std::int64_t row) {
    ids[at(i)] = row < 0 ? unknown(hash) : row;
  });
}

void KeyRows::find_own(const Keys& keys, std::span<std::int64_t> ids) const {
  check(keys, ids.size(), "ids");
  for_rows(keys, [&](std::int64_t i, std::uint64_t, std::int64_t row) {
    ids[at(i)] = std::max<std::int64_t>(row, -1);
  });
}

void KeyRows::times(const Keys& keys, std::span<std::int64_t> times) const {
  check(keys, times.size(), "times");
  for_rows(keys, [&](std::int64_t i, std::uint64_t, std::int64_t row) {
    times[at(i)] = row >= 0 ? index_.rows[at(row)].times : row == kTaken ? 0 : -1 - row;
  });
}

void KeyRows::note(std::int64_t row) {
  Index::Row& used = index_.rows[at(row)];
  std::atomic_ref(used.times).fetch_add(1, std::memory_order_relaxed);
  std::atomic_ref(used.last).store(index_.clock, std::memory_order_relaxed);
}

void KeyRows::insert(const Keys& keys, std::span<std::int64_t> ids) {
  Insertion all(*this);
  all.add(keys, ids);
  all.commit();
  for (const auto& [i, place] : all.wanting_) {
    if (all.came_[at(place)].row >= 0) ids[at(i)] = all.came_[at(place)].row;
  }
}

void KeyRows::forget(const Keys& keys) {
  check(keys, at(keys.size()), "keys");
  std::vector<std::int64_t> rows;
  std::vector<std::uint64_t> waiting;
  for (std::int64_t i = 0; i < keys.size(); ++i) {
    const std::uint64_t hash = hash_of(keys, i);
    const std::int64_t number = index_.map.find(hash);
    if (number < 0) waiting.push_back(hash);
    if (number > 0 && has(number - 1, keys, i)) rows.push_back(number - 1);
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  forget_rows(rows);  // which may fail
  for (const std::uint64_t hash : waiting) index_.map.erase(hash);
}

/// `rows` are sorted.
void KeyRows::forget_rows(const std::vector<std::int64_t>& rows) {
  if (rows.empty()) return;
  index_.free.reserve(index_.free.size() + rows.size());
  table_->forget(rows);
  ++index_.clock;  // an insertion that goes on sees it
  for (const std::int64_t row : rows) {
    index_.map.erase(index_.rows[at(row)].hash);
    index_.rows[at(row)] = {};
    if (index_.are_strings.value_or(false)) index_.strings[at(row)].clear();
    index_.free.push_back(row);
    --index_.size;
  }
  std::sort(index_.free.begin(), index_.free.end(), std::greater<>());
}

/// Where more keys wait than may: a quarter of them is forgotten, those that came least often; of
/// equal ones chance has it, by their hash.
void KeyRows::forget_waiting() {
  if (waiting() <= options_.max_waiting) return;
  std::vector<std::pair<std::int64_t, std::uint64_t>> all;
  all.reserve(at(waiting()));
  index_.map.for_each([&](std::uint64_t hash, std::int64_t number) {
    if (number < 0) all.emplace_back(-number, hash * 0x9E3779B97F4A7C15U);  // odd: one to one
  });
  const auto kept = all.begin() + (waiting() - options_.max_waiting + options_.max_waiting / 4);
  std::nth_element(all.begin(), kept, all.end());
  constexpr std::uint64_t kBack = 0xF1DE83E19937733DU;  // its inverse modulo 2^64
  for (auto gone = all.begin(); gone != kept; ++gone) index_.map.erase(gone->second * kBack);
}

void KeyRows::evict(std::int64_t count, Eviction eviction) {
  if (count < 0) invalid_argument(who_, "count must be 0 or more. Received: ", count);
  if (eviction == Eviction::kNone) invalid_argument(who_, "eviction must say which keys go first.");
  evict_before(index_.clock + 1, count, eviction);
}

/// Of the rows that came last before `clock`.
void KeyRows::evict_before(std::int64_t clock, std::int64_t count, Eviction eviction) {
  std::vector<std::int64_t> old;
  for (std::int64_t row = options_.num_oov_indices; row < in_use(); ++row) {
    if (index_.rows[at(row)].times > 0 && index_.rows[at(row)].last < clock) old.push_back(row);
  }
  const auto goes_before = [&](std::int64_t x, std::int64_t y) {
    const Index::Row &a = index_.rows[at(x)], &b = index_.rows[at(y)];
    if (eviction == Eviction::kLeastUsed && a.times != b.times) return a.times < b.times;
    return a.last != b.last ? a.last < b.last : x < y;
  };
  const auto kept = old.begin() + std::min<std::int64_t>(count, std::ssize(old));
  std::nth_element(old.begin(), kept, old.end(), goes_before);
  old.erase(kept, old.end());
  std::sort(old.begin(), old.end());
  forget_rows(old);
}

std::int64_t KeyRows::Insertion::row_given(std::int64_t k) const {
  const std::int64_t free = std::ssize(of_.index_.free);
  if (k < free) return of_.index_.free[at(free - 1 - k)];
  const std::int64_t row = of_.in_use() + k - free;
  return row < of_.table_->rows() ? row : -1;
}

/// The id of a key that came `before` times and has no row.
std::int64_t KeyRows::Insertion::id_of_new(const Keys& keys, std::int64_t i, std::int64_t before) {
  const std::uint64_t hash = hash_of(keys, i);
  const bool may_have =
      of_.options_.eviction != Eviction::kNone || row_given(std::ssize(given_)) >= 0;
  std::int64_t place = places_.find(hash) - 1;
  if (place < 0) {
    if (before == 0 && !may_have) return of_.unknown(hash);  // it will never have one
    place = std::ssize(came_);
    came_.push_back({hash, before});
    if (keys.are_strings()) came_.back().string = keys.strings()[at(i)];
    places_.set(hash, place + 1);
  } else if (keys.are_strings() && came_[at(place)].string != keys.strings()[at(i)]) {
    return of_.unknown(hash);
  }
  Came& key = came_[at(place)];
  if (++key.times >= of_.options_.min_frequency && key.row < 0 && !key.wants) {
    key.row = row_given(std::ssize(given_));
    key.wants = key.row < 0;
    if (key.wants) {
      ++wanted_;
    } else {
      given_.push_back(place);
    }
  }
  if (key.wants) wanting_.emplace_back(i, place);
  return key.row >= 0 ? key.row : of_.unknown(hash);
}

void KeyRows::Insertion::add(const Keys& keys, std::span<std::int64_t> ids) {
  of_.check(keys, ids.size(), "ids");
  if (keys.size() == 0) return;
  std::vector<std::int64_t> missing(at(keys.size()));
  std::atomic<std::int64_t> missed = 0;
  of_.for_rows(keys, [&](std::int64_t i, std::uint64_t, std::int64_t row) {
    ids[at(i)] = row;
    if (row < 0) missed.fetch_add(1, std::memory_order_relaxed);
  });
  known_.reserve(known_.size() + at(keys.size() - missed));
  for (std::int64_t i = 0, k = 0; i < keys.size(); ++i) {
    if (ids[at(i)] >= 0)
      known_.push_back(ids[at(i)]);
    else
      missing[at(k++)] = i;
  }
  are_strings_ = keys.are_strings();
  if (missed == 0) return;
  places_.reserve(missed);
  came_.reserve(came_.size() + at(missed));
  for (std::int64_t k = 0; k < missed; ++k) {
    const std::int64_t i = missing[at(k)];
    const std::int64_t row = ids[at(i)];
    ids[at(i)] = row == kTaken ? of_.unknown(hash_of(keys, i)) : id_of_new(keys, i, -1 - row);
  }
  // What may fail comes before anything is true: memory for all that are new, and their rows.
  const std::int64_t most =
      of_.in_use() + std::max<std::int64_t>(0, std::ssize(given_) - std::ssize(of_.index_.free));
  of_.index_.map.reserve(std::ssize(came_));
  of_.index_.rows.reserve(at(most));
  if (*are_strings_ && at(most) > of_.index_.strings.capacity())
    of_.index_.strings.reserve(std::max(at(most), 2 * of_.index_.strings.capacity()));
  of_.table_->places(rows_between(of_.table_->rows_in_use(), most));
  of_.table_->set_size(most);
}

/// Gives the key the row that was meant for it, unless another has got it since.
bool KeyRows::take(Insertion::Came& key) {
  if (!index_.free.empty() && key.row == index_.free.back()) {
    index_.free.pop_back();
  } else if (index_.free.empty() && key.row == in_use()) {
    index_.rows.resize(index_.rows.size() + 1);
    if (index_.are_strings.value_or(false)) index_.strings.emplace_back();
  } else {
    return false;
  }
  index_.map.set(key.hash, key.row + 1);
  index_.rows[at(key.row)] = {key.hash, key.times, index_.clock};
  if (index_.are_strings.value_or(false)) index_.strings[at(key.row)] = std::move(key.string);
  ++index_.size;
  return true;
}

void KeyRows::Insertion::commit() {
  KeyRows& of = of_;
  const parallel::Uninterrupted whole;
  const bool is_alone = of.index_.clock == began_;
  ++of.index_.clock;
  if (are_strings_) of.index_.are_strings = are_strings_;
  if (are_strings_.value_or(false)) of.index_.strings.resize(of.index_.rows.size());
  parallel::for_chunks(std::ssize(known_), kKeysInTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (i + kKeysAhead < end)
        __builtin_prefetch(of.index_.rows.data() + known_[at(i + kKeysAhead)], 1);
      const std::int64_t row = known_[at(i)];
      const bool is_there = is_alone || (row < of.in_use() && of.index_.rows[at(row)].times > 0);
      if (is_there) of.note(row);
    }
  });
  if (came_.empty()) return;
  // An insertion in between may have given the key a row, or its row away.
  const auto was_known = [&](const Came& key) {
    return !is_alone && of.index_.map.find(key.hash) > 0;
  };
  for (std::size_t i = 0; i < given_.size(); ++i) {
    if (i + kKeysAhead < given_.size())
      of.index_.map.prefetch(came_[at(given_[i + kKeysAhead])].hash);
    Came& key = came_[at(given_[i])];
    if (!was_known(key) && !of.take(key)) key.row = -1;
  }
  for (std::size_t i = 0; i < came_.size(); ++i) {
    if (i + kKeysAhead < came_.size() && came_[i + kKeysAhead].row < 0)
      of.index_.map.prefetch(came_[i + kKeysAhead].hash);
    const Came& key = came_[i];
    if (key.row < 0 && !was_known(key)) of.index_.map.set(key.hash, -key.times);
  }
  // Where memory ends now the step stands: keys go on waiting, and the next call makes room.
  try {
    make_room();
  } catch (const std::bad_alloc&) {
  }
}

/// Evicts the rows that were wanted, for the keys that want them, and forgets keys that wait.
void KeyRows::Insertion::make_room() {
  KeyRows& of = of_;
  if (wanted_ > 0 && of.options_.eviction != Eviction::kNone) {
    of.evict_before(of.index_.clock, std::max(wanted_, 1 + of.table_->rows() / 64),
                    of.options_.eviction);
    for (Came& key : came_) {
      if (of.index_.free.empty()) break;
      if (!key.wants) continue;
      key.row = of.index_.free.back();
      of.take(key);  // from now on: those that came before it was there had that of unknown keys
    }
  }
  of.forget_waiting();
}

KeyState KeyRows::state() const {
  KeyState state;
  for (std::int64_t row = options_.num_oov_indices; row < in_use(); ++row) {
    const Index::Row& used = index_.rows[at(row)];
    if (used.times == 0) continue;
    if (index_.are_strings.value_or(false)) {
      state.strings.push_back(index_.strings[at(row)]);
    } else {
      state.keys.push_back(static_cast<std::int64_t>(used.hash));
    }
    state.rows.push_back(row);
    state.times.push_back(used.times);
    state.last.push_back(used.last);
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> waiting;
  index_.map.for_each([&](std::uint64_t hash, std::int64_t number) {
    if (number < 0) waiting.emplace_back(static_cast<std::int64_t>(hash), -number);
  });
  std::sort(waiting.begin(), waiting.end());
  for (const auto& [hash, times] : waiting) {
    state.waiting.push_back(hash);
    state.waiting_times.push_back(times);
  }
  state.clock = index_.clock;
  return state;
}

}  // namespace keratin::table
