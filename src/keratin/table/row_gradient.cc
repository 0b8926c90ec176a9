// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/row_gradient.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "keratin/kernels/rows.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

constexpr std::int64_t kRowsPerTask = 1024;

/// The (n, width) sums of n lists of positions, list i from first[i] to first[i + 1].
/// `reduce(list, begin, lists, out)` sums `lists` lists that follow one another from `list` on,
/// with borders at `begin`, to rows from `out` on; a list longer than kPiece comes in pieces.
template <class Reduce>
Tensor sum_lists(const std::vector<std::int64_t>& first, std::int64_t width, const Reduce& reduce) {
  const auto lists = static_cast<std::int64_t>(first.size()) - 1;
  Tensor sums = uninitialized({lists, width});
  float* out = sums.data<float>().data();
  const auto is_long = [&](std::int64_t i) { return first[i + 1] - first[i] > kPiece; };

  parallel::for_chunks(lists, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      std::int64_t stop = begin;
      while (stop < end && !is_long(stop)) ++stop;
      if (stop > begin) reduce(begin, first.data() + begin, stop - begin, out + begin * width);
      begin = stop + 1;  // past a long one
    }
  });

  for (std::int64_t i = 0; i < lists; ++i) {
    if (!is_long(i)) continue;
    std::vector<std::int64_t> borders;
    for (std::int64_t at = first[i]; at < first[i + 1]; at += kPiece) borders.push_back(at);
    const auto pieces = static_cast<std::int64_t>(borders.size());
    borders.push_back(first[i + 1]);
    Tensor partial = uninitialized({pieces, width});
    float* part = partial.data<float>().data();
    parallel::for_chunks(pieces, 8, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p) reduce(i, borders.data() + p, 1, part + p * width);
    });
    std::vector<std::int64_t> order(static_cast<std::size_t>(pieces));
    std::iota(order.begin(), order.end(), 0);
    const std::int64_t all[] = {0, pieces};
    kernels::reduce_rows(kernels::Reduction::kSum, {part, Precision::kFloat32, width}, order.data(),
                         all, 1, out + i * width);
  }
  return sums;
}

Tensor sums_of(const std::vector<std::int64_t>& first, const std::vector<std::int64_t>& positions,
               const float* gradient, std::int64_t width) {
  return sum_lists(
      first, width, [&](std::int64_t, const std::int64_t* begin, std::int64_t lists, float* out) {
        kernels::reduce_rows(kernels::Reduction::kSum, {gradient, Precision::kFloat32, width},
                             positions.data(), begin, lists, out);
      });
}

/// The sample that each position is in, from the `first` one on.
std::vector<std::int64_t> samples_of(const UniqueRows& unique, std::int64_t steps,
                                     std::int64_t first = 0) {
  std::vector<std::int64_t> samples(unique.positions.size());
  std::transform(unique.positions.begin() + first, unique.positions.end(), samples.begin() + first,
                 [steps](std::int64_t position) { return position / steps; });
  return samples;
}

}  // namespace

SparseRows sum_rows(const UniqueRows& unique, const float* gradient, std::int64_t width) {
  return {.ids = unique.ids, .values = sums_of(unique.first, unique.positions, gradient, width)};
}

SparseRows sum_pooled_rows(const UniqueRows& unique, const float* gradient, std::int64_t width,
                           std::int64_t steps, bool masked) {
  std::vector<std::int64_t> first = unique.first;
  if (masked && !unique.ids.empty() && unique.ids[0] == 0)
    first[0] = first[1];  // the list of id 0, which is the first, is empty
  const auto samples = samples_of(unique, steps, first[0]);
  return {.ids = unique.ids, .values = sums_of(first, samples, gradient, width)};
}

SparseRows sum_shares(const UniqueRows& unique, const float* rows, const float* top,
                      const float* share, std::int64_t width, std::int64_t steps) {
  const auto samples = samples_of(unique, steps);
  Tensor sums =
      sum_lists(unique.first, width,
                [&](std::int64_t list, const std::int64_t* begin, std::int64_t lists, float* out) {
                  for (std::int64_t i = 0; i < lists; ++i) {
                    kernels::sum_where_equal(rows + (list + i) * width, top, share, width,
                                             samples.data() + begin[i], begin[i + 1] - begin[i],
                                             out + i * width);
                  }
                });
  return {.ids = unique.ids, .values = std::move(sums)};
}

}  // namespace keratin::table
