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
#include "keratin/table/key_hashes.h"

namespace keratin::table {
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
  table_->use_next(in_use());
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
  for (const Insertion::Part& part : all.parts()) {
    for (const auto& [i, place] : part.wanting) {
      if (part.came[at(place)].row >= 0) ids[at(i)] = part.came[at(place)].row;
    }
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
