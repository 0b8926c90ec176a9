// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/unique_rows.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <utility>

#include "keratin/parallel/parallel.h"

namespace keratin::table {
namespace {

__extension__ using Uint128 = unsigned __int128;

/// How a key is cut into digits of equal size, from the bit `low` on.
struct Digits {
  int low, bits, count;
  template <class Key>
  std::size_t of(Key key, int d) const {
    return static_cast<std::size_t>(key >> (low + d * bits)) & (values() - 1);
  }
  std::size_t values() const { return std::size_t{1} << bits; }
};

/// Counts how often each value of each digit comes. Their number is known where there are few, so
/// that one look at a key counts them all.
template <class Key>
void count_digits(const Key* keys, std::size_t n, const Digits& digits, std::size_t* counts) {
  const std::size_t values = digits.values();
  if (digits.count == 2) {
    for (std::size_t i = 0; i < n; ++i) {
      ++counts[digits.of(keys[i], 0)];
      ++counts[values + digits.of(keys[i], 1)];
    }
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (int d = 0; d < digits.count; ++d)
      ++counts[static_cast<std::size_t>(d) * values + digits.of(keys[i], d)];
  }
}

/// Sorts n keys by their bits from `low` to `high`, least significant digit first, stable. `other`
/// has room for as many. Returns where they are then: `keys` or `other`.
template <class Key>
Key* radix_sort(Key* keys, Key* other, std::size_t n, int low, int high) {
  // Digits of equal size: 11 bits fill half of the first-level cache with counters, and a short
  // list is not worth that many.
  const int widest = n < 4096 ? 8 : 11;
  const int count = (high - low + widest - 1) / widest;
  if (count == 0 || n == 0) return keys;
  const Digits digits{low, (high - low + count - 1) / count, count};
  const std::size_t values = digits.values();
  std::array<std::size_t, 512> few;  // counters of a short list
  std::vector<std::size_t> many;
  const std::size_t counters = static_cast<std::size_t>(count) * values;
  if (counters > few.size()) many.resize(counters);
  std::size_t* const start = counters > few.size() ? many.data() : few.data();
  std::fill_n(start, counters, std::size_t{0});
  count_digits(keys, n, digits, start);
  for (int d = 0; d < count; ++d) {
    std::size_t* const place = start + static_cast<std::size_t>(d) * values;
    if (place[digits.of(keys[0], d)] == n) continue;  // all alike: in order as they are
    std::size_t next = 0;
    for (std::size_t v = 0; v < values; ++v) next += std::exchange(place[v], next);
    for (std::size_t i = 0; i < n; ++i) other[place[digits.of(keys[i], d)]++] = keys[i];
    parallel::check_interrupt();
    std::swap(keys, other);
  }
  return keys;
}

/// By one thread. A key holds an id above its position. Id 0 is the first row and, being what pads
/// a batch, often most of it: its positions are in order as they come, and are not sorted.
template <class Key, class Id>
UniqueRows group(const Id* ids, std::int64_t count, int position_bits, int id_bits) {
  const auto n = static_cast<std::size_t>(count);
  UniqueRows unique;
  unique.ids.resize(n);
  unique.first.resize(n + 1);
  unique.positions.resize(n);
  unique.inverse.resize(n);
  UnsetVector<Key> memory(2 * n);
  std::size_t zeros = 0;
  std::size_t others = 0;
  for (std::size_t i = 0; i < n; ++i) {  // no branch: each writes, one of them goes on
    memory[others] = static_cast<Key>(ids[i]) << position_bits | static_cast<Key>(i);
    others += ids[i] != 0 ? 1 : 0;
    unique.positions[zeros] = static_cast<std::int64_t>(i);
    zeros += ids[i] == 0 ? 1 : 0;
  }
  const Key* const keys =
      radix_sort(memory.data(), memory.data() + n, others, position_bits, position_bits + id_bits);

  const Key mask = (Key{1} << position_bits) - 1;
  std::size_t rows = 0;
  if (zeros > 0) {
    unique.ids[0] = unique.first[0] = 0;
    std::fill_n(unique.inverse.begin(), n, 0);  // the others' rows are written over it
    rows = 1;
  }
  Key last = 0;
  for (std::size_t i = 0; i < others; ++i) {
    const Key id = keys[i] >> position_bits;
    const auto position = static_cast<std::size_t>(keys[i] & mask);
    if (id != last) {
      unique.ids[rows] = static_cast<std::int64_t>(id);
      unique.first[rows++] = static_cast<std::int64_t>(zeros + i);
      last = id;
    }
    unique.positions[zeros + i] = static_cast<std::int64_t>(position);
    unique.inverse[position] = static_cast<std::int64_t>(rows) - 1;
  }
  unique.first[rows] = count;
  unique.ids.resize(rows);
  unique.first.resize(rows + 1);
  return unique;
}

// -- by many threads ------------------------------------------------------------------------------

/// Ids that come fewer are grouped sooner by one thread.
constexpr std::int64_t kShareFrom = 1 << 14;
/// Ids a task: some ten microseconds. No more tasks than kMostTasks, for each of which one thread
/// adds up a list of buckets.
constexpr std::int64_t kFewestPerTask = 2048, kMostTasks = 64;
/// Keys that come fewer in a bucket are not worth the counters of a radix sort.
constexpr std::size_t kFew = 64;

/// The leading bits of an id, as a floating-point number has them: as many buckets for small ids as
/// for large ones, because words are numbered by how often they come. Ascending as the ids are.
constexpr int kLeadingBits = 5;
int tail_bits(std::uint64_t id) {
  return std::max(0, static_cast<int>(std::bit_width(id)) - kLeadingBits - 1);
}
std::size_t bucket_of(std::uint64_t id) {
  const int tail = tail_bits(id);
  return (static_cast<std::size_t>(tail) << kLeadingBits) + static_cast<std::size_t>(id >> tail);
}

/// The same lists as of group(): the threads count the ids of their parts of the batch by bucket,
/// bring them there, sort bucket by bucket and write the lists, each its part.
template <class Id>
class SharedGrouping {
 public:
  SharedGrouping(const Id* ids, std::int64_t count, int position_bits, std::int64_t rows)
      : ids_(ids),
        count_(count),
        position_bits_(position_bits),
        buckets_(bucket_of(static_cast<std::uint64_t>(rows - 1)) + 1),
        task_(std::max(kFewestPerTask, (count - 1) / kMostTasks + 1)),
        tasks_((count - 1) / task_ + 1),
        places_(static_cast<std::size_t>(tasks_) * buckets_),
        begins_(buckets_ + 1),
        rows_before_(static_cast<std::size_t>(tasks_)),
        keys_(static_cast<std::size_t>(count)),
        sorted_(static_cast<std::size_t>(count)) {}

  UniqueRows take() {
    for_tasks([this](std::int64_t task, std::int64_t begin, std::int64_t end) {
      std::size_t* const counts = places(task);
      std::fill_n(counts, buckets_, std::size_t{0});
      for (std::int64_t i = begin; i < end; ++i) ++counts[bucket_of(id_at(i))];
    });
    place_buckets();
    for_tasks([this](std::int64_t task, std::int64_t begin, std::int64_t end) {
      std::size_t* const place = places(task);
      for (std::size_t b = 0; b < buckets_; ++b) place[b] += begins_[b];
      for (std::int64_t i = begin; i < end; ++i) {
        const std::uint64_t id = id_at(i);
        keys_[place[bucket_of(id)]++] = id << position_bits_ | static_cast<std::uint64_t>(i);
      }
    });
    sort_buckets();

    UniqueRows unique;
    unique.positions.resize(keys_.size());
    unique.inverse.resize(keys_.size());
    std::size_t rows = 0;
    for (auto& before : rows_before_) rows += before.exchange(rows, std::memory_order_relaxed);
    unique.ids.resize(rows);
    unique.first.resize(rows + 1);
    unique.first[rows] = count_;
    for_tasks([&](std::int64_t task, std::int64_t begin, std::int64_t end) {
      write(task, begin, end, unique);
    });
    return unique;
  }

 private:
  template <class Body>
  void for_tasks(const Body& body) const {
    parallel::for_chunks(count_, task_, [&](std::int64_t begin, std::int64_t end) {
      body(begin / task_, begin, end);
    });
  }
  std::uint64_t id_at(std::int64_t i) const { return static_cast<std::uint64_t>(ids_[i]); }
  std::size_t* places(std::int64_t task) {
    return places_.data() + static_cast<std::size_t>(task) * buckets_;
  }

  /// From how many ids of each bucket each task has, to where in the bucket it puts the first.
  void place_buckets() {
    for (std::int64_t task = 0; task < tasks_; ++task) {
      std::size_t* const counts = places(task);
      for (std::size_t b = 0; b < buckets_; ++b) begins_[b] += std::exchange(counts[b], begins_[b]);
    }
    std::size_t next = 0;
    for (std::size_t& begin : begins_) next += std::exchange(begin, next);
  }

  /// Some buckets that follow one another are a task, and as large as the others where no bucket
  /// alone is larger. rows_before_ gets how many rows begin in each task's part of the keys.
  void sort_buckets() {
    std::vector<std::size_t> borders = {0};  // buckets
    const auto task = static_cast<std::size_t>(task_);
    for (std::size_t b = 1; b < buckets_; ++b)
      if (begins_[b] - begins_[borders.back()] >= task) borders.push_back(b);
    const auto groups = static_cast<std::int64_t>(borders.size());
    borders.push_back(buckets_);
    parallel::for_chunks(groups, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t group = begin; group < end; ++group) {
        const std::size_t* const border = borders.data() + group;
        for (std::size_t b = border[0]; b < border[1]; ++b) sort_bucket(b);
        count_rows(begins_[border[0]], begins_[border[1]]);
      }
    });
    keys_.swap(sorted_);
  }

  void sort_bucket(std::size_t bucket) {
    const std::size_t begin = begins_[bucket];
    const std::size_t n = begins_[bucket + 1] - begin;
    if (n == 0) return;
    std::uint64_t* const keys = keys_.data() + begin;
    std::uint64_t* const to = sorted_.data() + begin;
    const int tail = tail_bits(keys[0] >> position_bits_);
    const bool few = n < kFew;
    if (few || radix_sort(keys, to, n, position_bits_, position_bits_ + tail) != to)
      std::copy_n(keys, n, to);
    if (few) std::sort(to, to + n);  // the positions within the keys make it stable
  }

  /// Of the sorted keys from `begin` to `end`, where whole buckets lie.
  void count_rows(std::size_t begin, std::size_t end) {
    const auto task = static_cast<std::size_t>(task_);
    std::uint64_t last = ~std::uint64_t{0};
    while (begin < end) {
      const std::size_t stop = std::min(end, (begin / task + 1) * task);
      std::size_t rows = 0;
      for (std::size_t i = begin; i < stop; ++i)
        rows += std::exchange(last, sorted_[i] >> position_bits_) != last ? 1 : 0;
      rows_before_[begin / task].fetch_add(rows, std::memory_order_relaxed);
      begin = stop;
    }
  }

  void write(std::int64_t task, std::int64_t begin, std::int64_t end, UniqueRows& unique) const {
    const std::uint64_t mask = (std::uint64_t{1} << position_bits_) - 1;
    const auto at = [this](std::int64_t i) { return keys_[static_cast<std::size_t>(i)]; };
    std::size_t rows = rows_before_[static_cast<std::size_t>(task)].load(std::memory_order_relaxed);
    std::uint64_t last = begin == 0 ? ~std::uint64_t{0} : at(begin - 1) >> position_bits_;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::uint64_t id = at(i) >> position_bits_;
      const std::uint64_t position = at(i) & mask;
      if (id != last) {
        unique.ids[rows] = static_cast<std::int64_t>(id);
        unique.first[rows++] = i;
        last = id;
      }
      unique.positions[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(position);
      unique.inverse[position] = static_cast<std::int64_t>(rows) - 1;
    }
  }

  const Id* ids_;
  std::int64_t count_;
  int position_bits_;
  std::size_t buckets_;
  std::int64_t task_;                                  // ids
  std::int64_t tasks_;                                 // how many
  UnsetVector<std::size_t> places_;                    // (task, bucket)
  std::vector<std::size_t> begins_;                    // of each bucket among the keys, and the end
  std::vector<std::atomic<std::size_t>> rows_before_;  // of each task
  UnsetVector<std::uint64_t> keys_;
  UnsetVector<std::uint64_t> sorted_;
};

}  // namespace

template <class Id>
UniqueRows unique_rows(const Id* ids, std::int64_t count, std::int64_t rows) {
  if (count == 0) return {.ids = {}, .first = {0}, .positions = {}, .inverse = {}};
  const int position_bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count - 1)));
  const int id_bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(rows - 1)));
  if (position_bits + id_bits > 64) return group<Uint128>(ids, count, position_bits, id_bits);
  if (count >= kShareFrom && parallel::num_threads() > 1)
    return SharedGrouping<Id>(ids, count, position_bits, rows).take();
  if (position_bits + id_bits < 32) return group<std::uint32_t>(ids, count, position_bits, id_bits);
  return group<std::uint64_t>(ids, count, position_bits, id_bits);
}

template UniqueRows unique_rows(const std::int32_t*, std::int64_t, std::int64_t);
template UniqueRows unique_rows(const std::int64_t*, std::int64_t, std::int64_t);

}  // namespace keratin::table
