// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/row_gradient.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <ranges>
#include <utility>

#include "keratin/kernels/rows.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

using Lists = UnsetVector<std::int64_t>;

constexpr std::int64_t kFloatsPerTask = 1 << 16;
constexpr std::int64_t kPositionsPerTask = 1 << 14;
constexpr std::int64_t kPiecesPerTask = 4;

bool is_long(const Lists& first, std::int64_t list) {
  return first[list + 1] - first[list] > kPiece;
}

/// The sums of the lists that come in pieces, in their places among `out`: of all pieces at once,
/// then of each list's.
template <class Reduce>
void sum_long_lists(const Lists& first, std::int64_t width, const Reduce& reduce, float* out) {
  struct Piece {
    std::int64_t list, begin, end;
  };
  std::vector<Piece> pieces;
  for (std::int64_t i = 0; i + 1 < static_cast<std::int64_t>(first.size()); ++i) {
    if (!is_long(first, i)) continue;
    for (std::int64_t at = first[i]; at < first[i + 1]; at += kPiece)
      pieces.push_back({i, at, std::min(at + kPiece, first[i + 1])});
  }
  const auto count = static_cast<std::int64_t>(pieces.size());
  Tensor partial = uninitialized({count, width});
  float* part = partial.data<float>().data();
  parallel::for_chunks(count, kPiecesPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const std::int64_t borders[] = {pieces[p].begin, pieces[p].end};
      reduce(pieces[p].list, borders, 1, part + p * width);
    }
  });
  std::vector<std::int64_t> order(pieces.size());
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t p = 0; p < count;) {
    std::int64_t all[] = {p, p};
    while (all[1] < count && pieces[all[1]].list == pieces[p].list) ++all[1];
    kernels::reduce_rows(kernels::Reduction::kSum, {part, Precision::kFloat32, width}, order.data(),
                         all, 1, out + pieces[p].list * width);
    p = all[1];
  }
}

/// The (n, width) sums of n lists of positions, list i from first[i] to first[i + 1].
/// `reduce(list, begin, lists, out)` sums `lists` lists that follow one another from `list` on,
/// with borders at `begin`, to rows from `out` on; a list longer than kPiece comes in pieces.
template <class Reduce>
Tensor sum_lists(const Lists& first, std::int64_t width, const Reduce& reduce) {
  const auto lists = static_cast<std::int64_t>(first.size()) - 1;
  Tensor sums = uninitialized({lists, width});
  float* out = sums.data<float>().data();
  std::atomic<bool> any_long = false;

  // A list takes as long as its positions, and the row that it becomes. Words are numbered by how
  // often they come: equal numbers of lists would be far from equal parts.
  const auto work_before = [&](std::int64_t list) { return first[list] - first[0] + list; };
  const auto list_at = [&](std::int64_t work) {
    const auto all = std::views::iota(std::int64_t{0}, lists);
    return *std::ranges::partition_point(all, [&](auto i) { return work_before(i) < work; });
  };
  const std::int64_t work = work_before(lists);
  const std::int64_t chunk = parallel::even_chunk(work, width, kFloatsPerTask);
  parallel::for_chunks(work, chunk, [&](std::int64_t begin_work, std::int64_t end_work) {
    std::int64_t begin = list_at(begin_work);
    const std::int64_t end = list_at(end_work);
    while (begin < end) {
      std::int64_t stop = begin;
      while (stop < end && !is_long(first, stop)) ++stop;
      if (stop > begin) reduce(begin, first.data() + begin, stop - begin, out + begin * width);
      if (stop < end) any_long.store(true, std::memory_order_relaxed);
      begin = stop + 1;  // past a long one
    }
  });
  if (any_long.load(std::memory_order_relaxed)) sum_long_lists(first, width, reduce, out);
  return sums;
}

/// `weights`: one a position, or null.
Tensor sums_of(const Lists& first, const Lists& positions, const float* gradient,
               std::int64_t width, const float* weights = nullptr) {
  const kernels::Rows rows{gradient, Precision::kFloat32, width};
  return sum_lists(
      first, width, [&](std::int64_t, const std::int64_t* begin, std::int64_t lists, float* out) {
        if (weights != nullptr) {
          kernels::sum_weighted_rows(rows, positions.data(), weights, begin, lists, out);
        } else {
          kernels::reduce_rows(kernels::Reduction::kSum, rows, positions.data(), begin, lists, out);
        }
      });
}

/// i / divisor for i from 0 to `most`, by a multiplication where that is exact: the quotient that
/// it gives is too large by i / 2^63 at most, and the next whole number is 1 / divisor away.
class Quotients {
 public:
  Quotients(std::int64_t divisor, std::int64_t most)
      : divisor_(std::max<std::int64_t>(1, divisor)) {
    std::int64_t product = 0;
    if (!__builtin_mul_overflow(divisor_, most, &product))
      factor_ = (std::uint64_t{1} << 63) / static_cast<std::uint64_t>(divisor_) + 1;
  }
  std::int64_t operator()(std::int64_t i) const {
    if (factor_ == 0) return i / divisor_;
    return static_cast<std::int64_t>(static_cast<Uint128>(i) * factor_ >> 63);
  }

 private:
  __extension__ using Uint128 = unsigned __int128;
  std::int64_t divisor_;
  std::uint64_t factor_ = 0;
};

/// The sample that each position is in, from the `first` one on; what comes before is not set.
Lists samples_of(const UniqueRows& unique, std::int64_t steps, std::int64_t first = 0) {
  Lists samples(unique.positions.size());
  const std::int64_t* from = unique.positions.data() + first;
  const Quotients sample(steps, static_cast<std::int64_t>(samples.size()));
  parallel::for_chunks(static_cast<std::int64_t>(samples.size()) - first, kPositionsPerTask,
                       [&, to = samples.data() + first](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t i = begin; i < end; ++i) to[i] = sample(from[i]);
                       });
  return samples;
}

/// values[positions[i]] for each i.
template <class T>
UnsetVector<T> at_positions(const UniqueRows& unique, const T* values) {
  UnsetVector<T> found(unique.positions.size());
  std::transform(unique.positions.begin(), unique.positions.end(), found.begin(),
                 [values](std::int64_t position) { return values[position]; });
  return found;
}

std::vector<std::int64_t> ids_of(const UniqueRows& unique) {
  return {unique.ids.begin(), unique.ids.end()};
}

SparseRows sum_shares_of(const UniqueRows& unique, const float* rows, const float* top,
                         const float* share, std::int64_t width, const Lists& samples) {
  Tensor sums =
      sum_lists(unique.first, width,
                [&](std::int64_t list, const std::int64_t* begin, std::int64_t lists, float* out) {
                  for (std::int64_t i = 0; i < lists; ++i) {
                    kernels::sum_where_equal(rows + (list + i) * width, top, share, width,
                                             samples.data() + begin[i], begin[i + 1] - begin[i],
                                             out + i * width);
                  }
                });
  return {.ids = ids_of(unique), .values = std::move(sums)};
}

}  // namespace

SparseRows sum_rows(const UniqueRows& unique, const float* gradient, std::int64_t width) {
  return {.ids = ids_of(unique),
          .values = sums_of(unique.first, unique.positions, gradient, width)};
}

SparseRows sum_pooled_rows(const UniqueRows& unique, const float* gradient, std::int64_t width,
                           std::int64_t steps, bool masked, const float* weights) {
  UnsetVector<float> weight;
  if (weights != nullptr) weight = at_positions(unique, weights);
  const float* const each = weights == nullptr ? nullptr : weight.data();
  if (!masked || unique.ids.empty() || unique.ids[0] != 0) {
    const Lists samples = samples_of(unique, steps);
    return {.ids = ids_of(unique), .values = sums_of(unique.first, samples, gradient, width, each)};
  }
  Lists first = unique.first;
  first[0] = first[1];  // the list of id 0, which is the first, is empty
  const Lists samples = samples_of(unique, steps, first[0]);
  return {.ids = ids_of(unique), .values = sums_of(first, samples, gradient, width, each)};
}

SparseRows sum_bag_rows(const UniqueRows& unique, const float* gradient, std::int64_t width,
                        const std::int64_t* bag_of, const float* weights) {
  const Lists bags = at_positions(unique, bag_of);
  if (weights == nullptr)
    return {.ids = ids_of(unique), .values = sums_of(unique.first, bags, gradient, width)};
  const auto weight = at_positions(unique, weights);
  return {.ids = ids_of(unique),
          .values = sums_of(unique.first, bags, gradient, width, weight.data())};
}

SparseRows sum_shares(const UniqueRows& unique, const float* rows, const float* top,
                      const float* share, std::int64_t width, std::int64_t steps) {
  return sum_shares_of(unique, rows, top, share, width, samples_of(unique, steps));
}

SparseRows sum_bag_shares(const UniqueRows& unique, const float* rows, const float* top,
                          const float* share, std::int64_t width, const std::int64_t* bag_of) {
  return sum_shares_of(unique, rows, top, share, width, at_positions(unique, bag_of));
}

}  // namespace keratin::table
