// SPDX-License-Identifier: Apache-2.0
// Of table/key_rows: what a call would change. Where many keys are new they are shared out by parts
// of all hashes, so that threads need not agree; which row one gets is told by the order in which
// they came, whichever thread looks.
#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <new>
#include <utility>

#include "keratin/parallel/parallel.h"
#include "keratin/table/key_hashes.h"
#include "keratin/table/key_rows.h"

namespace keratin::table {
namespace {

/// From so many new keys on in a call they are shared out by parts.
constexpr std::int64_t kMany = 4096;
constexpr std::int64_t kNotYet = std::numeric_limits<std::int64_t>::max();

}  // namespace

// -- what is known of keys without a row ----------------------------------------------------------

void KeyRows::Insertion::Part::reserve(std::size_t more) {
  constexpr std::size_t kFewest = 16;
  came.reserve(came.size() + more);
  enough.reserve(came.size() + more);
  const std::size_t wanted = std::bit_ceil(std::max(kFewest, 2 * (came.size() + more)));
  if (wanted <= cells.size()) return;
  cells.assign(wanted, 0);
  for (std::size_t place = 0; place < came.size(); ++place)
    cell_of(came[place].hash) = static_cast<std::int64_t>(place) + 1;
}

void KeyRows::Insertion::Part::clear() {
  came.clear();
  strings.clear();
  cells.clear();
  enough.clear();
  wanting.clear();
  enough_before = 0;
  never = 0;
}

KeyRows::Insertion::~Insertion() {
  constexpr std::int64_t kKept = 1 << 19;  // keys
  of_.table_->set_size(of_.in_use());
  of_.counted_ -= counted_;
  if (keys_before_ > kKept) return;
  for (Part& part : parts()) part.clear();
  memory_.known.clear();
  of_.memory_ = std::move(memory_);
}

std::int64_t& KeyRows::Insertion::Part::cell_of(std::uint64_t hash) {
  const std::size_t mask = cells.size() - 1;
  // The bits behind those that are the same for all of the part.
  std::size_t i = static_cast<std::size_t>(KeyMap::mixed(hash) << KeyMap::kPartBits >>
                                           (64 - std::countr_zero(cells.size())));
  while (cells[i] != 0 && came[at(cells[i] - 1)].hash != hash) i = (i + 1) & mask;
  return cells[i];
}

/// Rows that no key has yet, and none of this insertion will.
std::int64_t KeyRows::Insertion::rows_left() const {
  return std::ssize(of_.index_.free) + of_.table_->rows() - of_.in_use() - given_;
}

/// The k-th row that is given out.
std::int64_t KeyRows::Insertion::row_given(std::int64_t k) const {
  const std::int64_t free = std::ssize(of_.index_.free);
  return k < free ? of_.index_.free[at(free - 1 - k)] : of_.in_use() + k - free;
}

/// Calls body(part, missing) for all parts, with the keys of a call that are theirs.
template <class Body>
void KeyRows::Insertion::for_missing(const Body& body) {
  parallel::for_chunks(std::ssize(parts()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::size_t i = at(begin); i < at(end); ++i)
      body(parts()[i], std::span(memory_.missing).subspan(begin_[i], begin_[i + 1] - begin_[i]));
  });
}

// -- a call ---------------------------------------------------------------------------------------

/// ids[i] = the row of key i, which is known; else -1 and below: as often as it came. Those keys
/// are missing, by parts and in their order.
void KeyRows::Insertion::find_known(const Keys& keys, std::span<std::int64_t> ids) {
  struct Task {
    std::size_t known = 0;
    std::array<std::size_t, at(KeyMap::kParts)> missing{};
  };
  std::vector<Task> tasks(at((keys.size() - 1) / kKeysInTask + 1));
  of_.for_rows(keys, [&](std::int64_t i, std::uint64_t hash, std::int64_t row) {
    Task& task = tasks[at(i / kKeysInTask)];
    ids[at(i)] = row;
    if (row >= 0)
      ++task.known;
    else if (row != kTaken)
      ++task.missing[at(KeyMap::part_of(hash))];
  });
  // From how many there are to where they begin.
  std::size_t missed = 0, known = memory_.known.size();
  for (Task& task : tasks) {
    known += std::exchange(task.known, known);
    for (const std::size_t more : task.missing) missed += more;
  }
  if (parts_ == 0) {
    const std::size_t parts = missed < at(kMany) ? 1 : at(KeyMap::kParts);
    memory_.parts.resize(std::max(parts, memory_.parts.size()));  // which may fail
    parts_ = parts;
  }
  std::size_t before = 0;
  if (parts_ == 1) {
    for (Task& task : tasks) {
      std::size_t of_task = 0;
      for (std::size_t& more : task.missing) of_task += std::exchange(more, 0);
      task.missing[0] = before;
      before += of_task;
    }
    begin_[1] = before;
  } else {
    for (std::size_t part = 0; part < parts_; ++part) {
      for (Task& task : tasks) before += std::exchange(task.missing[part], before);
      begin_[part + 1] = before;
    }
  }
  memory_.missing.resize(missed);
  memory_.known.resize(known);
  parallel::for_chunks(keys.size(), kKeysInTask, [&](std::int64_t i, std::int64_t end) {
    Task task = tasks[at(i / kKeysInTask)];
    for (; i < end; ++i) {
      if (ids[at(i)] >= 0) {
        memory_.known[task.known++] = ids[at(i)];
        continue;
      }
      const std::uint64_t hash = hash_of(keys, i);
      if (ids[at(i)] == kTaken) {
        ids[at(i)] = of_.unknown(hash);
        continue;
      }
      const std::size_t part = parts_ > 1 ? at(KeyMap::part_of(hash)) : 0;
      memory_.missing[task.missing[part]++] = {hash, i, -1};
    }
  });
}

/// Counts keys of a part. order[i] = 1 where key i has come often enough with that.
void KeyRows::Insertion::meet(Part& part, const Keys& keys, std::span<Missing> missing,
                              std::span<std::int64_t> ids) {
  const bool has_rows = may_evict() || rows_left() > 0;
  part.reserve(missing.size());
  if (keys.are_strings()) part.strings.reserve(part.came.capacity());
  part.enough_before = part.enough.size();
  for (Missing& key : missing) {
    const std::int64_t before = -1 - ids[at(key.i)];
    std::int64_t& cell = part.cell_of(key.hash);
    if (cell == 0 && before == 0 && !has_rows) continue;  // it will never have one
    if (cell == 0) {
      part.came.push_back({key.hash, before, kWaits, keys_before_ + key.i, kNotYet});
      if (keys.are_strings()) part.strings.emplace_back(keys.strings()[at(key.i)]);
      cell = std::ssize(part.came);
    } else if (keys.are_strings() && part.strings[at(cell - 1)] != keys.strings()[at(key.i)]) {
      continue;
    }
    key.place = cell - 1;
    Came& came = part.came[at(key.place)];
    if (++came.times < of_.options_.min_frequency || came.enough != kNotYet) continue;
    came.enough = keys_before_ + key.i;
    memory_.order[at(key.i)] = 1;
    part.enough.push_back(key.place);
  }
}

/// Gives those that came often enough their rows: order[i] is the how-manieth of them key i is.
void KeyRows::Insertion::give(Part& part, std::span<const Missing> missing,
                              std::span<std::int64_t> ids) const {
  const std::int64_t left = rows_left();
  const auto taken_before = [&](std::int64_t number) {
    return memory_.order[at(number - keys_before_)];
  };
  for (std::size_t k = part.enough_before; k < part.enough.size(); ++k) {
    Came& came = part.came[at(part.enough[k])];
    const std::int64_t place = taken_before(came.enough);
    came.row = place < left ? row_given(given_ + place) : kWants;
  }
  for (const Missing& key : missing) {
    std::int64_t& id = ids[at(key.i)];
    const bool is_new = id == -1;
    id = of_.unknown(key.hash);
    if (key.place < 0) continue;
    Came& came = part.came[at(key.place)];
    const std::int64_t number = keys_before_ + key.i;
    // Where no row is left a key that comes first will never have one.
    if (is_new && came.first == number && !may_evict() && taken_before(number) >= left) {
      came.row = kNever;
      ++part.never;
    }
    if (number < came.enough) continue;
    if (came.row >= 0) id = came.row;
    if (came.row == kWants) part.wanting.emplace_back(key.i, key.place);
  }
}

void KeyRows::Insertion::add(const Keys& keys, std::span<std::int64_t> ids) {
  of_.check(keys, ids.size(), "ids");
  if (keys.size() == 0) return;
  find_known(keys, ids);
  are_strings_ = keys.are_strings();
  if (memory_.missing.empty()) return;
  memory_.order.assign(ids.size(), 0);
  for_missing([&](Part& part, std::span<Missing> missing) { meet(part, keys, missing, ids); });
  std::int64_t enough = 0;
  for (std::int64_t& one : memory_.order) enough += std::exchange(one, enough);
  for_missing([&](Part& part, std::span<Missing> missing) { give(part, missing, ids); });
  const std::int64_t given = std::min(enough, rows_left());
  given_ += given;
  wanted_ += enough - given;
  keys_before_ += keys.size();
  // What may fail comes before anything is true: memory for all that are new, and their rows.
  of_.counted_ -= std::exchange(counted_, 0);
  for (const Part& part : parts()) counted_ += std::ssize(part.came) - part.never;
  of_.counted_ += counted_;
  const std::int64_t most =
      of_.in_use() + std::max<std::int64_t>(0, given_ - std::ssize(of_.index_.free));
  of_.index_.map.reserve(of_.counted_);
  of_.index_.rows.reserve(at(most));
  if (*are_strings_ && at(most) > of_.index_.strings.capacity())
    of_.index_.strings.reserve(std::max(at(most), 2 * of_.index_.strings.capacity()));
  of_.table_->use_next(most - of_.table_->rows_in_use());
  of_.table_->set_size(most);
}

// -- it is true -----------------------------------------------------------------------------------

void KeyRows::Insertion::commit() {
  KeyRows& of = of_;
  const parallel::Uninterrupted whole;
  const bool is_alone = of.index_.clock == began_;
  ++of.index_.clock;
  if (are_strings_) of.index_.are_strings = are_strings_;
  if (are_strings_.value_or(false)) of.index_.strings.resize(of.index_.rows.size());
  const std::span<const std::int64_t> known = memory_.known;
  parallel::for_chunks(std::ssize(known), kKeysInTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (i + kKeysAhead < end)
        __builtin_prefetch(of.index_.rows.data() + known[at(i + kKeysAhead)], 1);
      const std::int64_t row = known[at(i)];
      const bool is_there = is_alone || (row < of.in_use() && of.index_.rows[at(row)].times > 0);
      if (is_there) of.note(row);
    }
  });
  if (is_alone)
    take_alone();
  else
    take_with_others();
  // Where memory ends now the step stands: keys go on waiting, and the next call makes room.
  try {
    make_room();
  } catch (const std::bad_alloc&) {
  }
}

/// All rows are as they were when they were meant for keys.
void KeyRows::Insertion::take_alone() {
  Index& index = of_.index_;
  const std::int64_t from_free = std::min(given_, std::ssize(index.free));
  index.free.resize(index.free.size() - at(from_free));
  index.rows.resize(index.rows.size() + at(given_ - from_free));
  const bool are_strings = index.are_strings.value_or(false);
  if (are_strings) index.strings.resize(index.rows.size());
  index.size += given_;
  std::array<std::size_t, at(KeyMap::kParts)> left{};
  const auto take = [&](std::size_t p, const auto& set) {
    Part& part = parts()[p];
    for (std::size_t i = 0; i < part.came.size(); ++i) {
      if (i + at(kKeysAhead) < part.came.size())
        index.map.prefetch(part.came[i + at(kKeysAhead)].hash);
      const Came& key = part.came[i];
      if (key.row == kNever) continue;
      if (key.row >= 0) {
        index.rows[at(key.row)] = {key.hash, key.times, index.clock};
        if (are_strings) index.strings[at(key.row)] = std::move(part.strings[i]);
      }
      // Nobody asks the cells any more, and there are more of them than keys.
      if (!set(key.hash, key.row >= 0 ? key.row + 1 : -key.times))
        part.cells[left[p]++] = static_cast<std::int64_t>(i);
    }
  };
  if (parts_ == 1) {
    take(0, [&](std::uint64_t hash, std::int64_t number) {
      index.map.set(hash, number);
      return true;
    });
  } else if (parts_ > 1) {
    index.map.set_by_parts([&](std::int64_t part, const auto& set) { take(at(part), set); });
  }
  for (std::size_t p = 0; p < parts_; ++p) {
    for (std::size_t k = 0; k < left[p]; ++k) {
      const Came& key = parts()[p].came[at(parts()[p].cells[k])];
      index.map.set(key.hash, key.row >= 0 ? key.row + 1 : -key.times);
    }
  }
}

/// An insertion in between may have given a key a row, or its row away.
void KeyRows::Insertion::take_with_others() {
  const auto is_known = [&](const Came& key) { return of_.index_.map.find(key.hash) > 0; };
  // In the order in which rows were meant for them, which is that within a part too.
  std::array<std::size_t, at(KeyMap::kParts)> next{};
  while (true) {
    std::size_t first = parts_;
    const auto key_of = [&](std::size_t part) -> Came& {
      return parts()[part].came[at(parts()[part].enough[next[part]])];
    };
    for (std::size_t part = 0; part < parts_; ++part) {
      if (next[part] < parts()[part].enough.size() &&
          (first == parts_ || key_of(part).enough < key_of(first).enough))
        first = part;
    }
    if (first == parts_) break;
    Part& part = parts()[first];
    const std::int64_t place = part.enough[next[first]++];
    Came& key = part.came[at(place)];
    if (key.row < 0 || is_known(key)) continue;
    if (!of_.take(key, part.strings.empty() ? std::string() : std::move(part.strings[at(place)])))
      key.row = kWaits;
  }
  for (const Part& part : parts()) {
    for (const Came& key : part.came) {
      if (key.row < 0 && key.row != kNever && !is_known(key))
        of_.index_.map.set(key.hash, -key.times);
    }
  }
}

/// Gives the key the row that was meant for it, unless another has got it since.
bool KeyRows::take(const Insertion::Came& key, std::string string) {
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
  if (index_.are_strings.value_or(false)) index_.strings[at(key.row)] = std::move(string);
  ++index_.size;
  return true;
}

/// Evicts the rows that were wanted, for the keys that want them, and forgets keys that wait.
void KeyRows::Insertion::make_room() {
  KeyRows& of = of_;
  if (wanted_ > 0 && may_evict()) {
    std::vector<std::pair<Part*, std::size_t>> want;  // in the order in which they came
    for (Part& part : parts()) {
      for (std::size_t place = 0; place < part.came.size(); ++place)
        if (part.came[place].row == kWants) want.emplace_back(&part, place);
    }
    const auto number = [](const auto& key) { return key.first->came[key.second].first; };
    std::ranges::sort(want, {}, number);
    of.evict_before(of.index_.clock, std::max(wanted_, 1 + of.table_->rows() / 64),
                    of.options_.eviction);
    for (const auto& [part, place] : want) {
      if (of.index_.free.empty()) break;
      Came& key = part->came[place];
      key.row = of.index_.free.back();
      // From now on: those that came before it was there had that of unknown keys.
      of.take(key, part->strings.empty() ? std::string() : std::move(part->strings[place]));
    }
  }
  of.forget_waiting();
}

}  // namespace keratin::table
