// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/embedding_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "keratin/kernels/rows.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

constexpr std::int64_t kFloatsPerTask = 1 << 16;
/// Results larger than this go past the caches: they would drive out the table.
constexpr std::int64_t kStreamFrom = 32 << 20;

Shape vectors_shape(const Shape& ids, std::int64_t width) {
  Shape shape = ids;
  shape.push_back(width);
  return shape;
}

/// Calls body(pointer) with the ids, int32 or int64.
template <class Body>
void with_ids(const Tensor& ids, const Body& body) {
  if (ids.dtype() == DType::kInt32) {
    body(ids.data<std::int32_t>().data());
  } else {
    body(ids.data<std::int64_t>().data());
  }
}

/// The samples `begin` to `end` of ids (B, T) as bags, without the ids that are masked.
template <class Id>
struct Bags {
  template <class IsMasked>
  Bags(const Id* all, std::int64_t steps, std::int64_t begin, std::int64_t end, bool masked,
       const IsMasked& is_masked)
      : ids(all) {
    first.reserve(static_cast<std::size_t>(end - begin) + 1);
    if (!masked) {
      for (std::int64_t b = begin; b <= end; ++b) first.push_back(b * steps);
      return;
    }
    kept.resize(static_cast<std::size_t>((end - begin) * steps));
    Id* next = kept.data();
    for (std::int64_t b = begin; b < end; ++b) {
      first.push_back(next - kept.data());
      for (std::int64_t i = b * steps; i < (b + 1) * steps; ++i) {  // no branch: each is written
        *next = all[i];
        next += is_masked(all[i]) ? 0 : 1;
      }
    }
    first.push_back(next - kept.data());
    ids = kept.data();
  }
  std::int64_t size(std::int64_t bag) const { return first[bag + 1] - first[bag]; }

  const Id* ids;
  UnsetVector<Id> kept;
  std::vector<std::int64_t> first;
};

/// Pools ids (B, T) to (B, width). `reduce(reduction, ids, first, bags, out)` finds the rows.
template <class Id, class IsMasked, class Reduce>
Tensor pool(const Id* ids, const Shape& shape, std::int64_t width, Pooling pooling,
            MaskedSteps masked, const IsMasked& is_masked, const Reduce& reduce) {
  const std::int64_t steps = shape[1];
  Tensor out = uninitialized({shape[0], width});
  float* to = out.data<float>().data();
  const auto reduction =
      pooling == Pooling::kMax ? kernels::Reduction::kMax : kernels::Reduction::kSum;
  const std::int64_t samples = parallel::even_chunk(shape[0], steps * width, kFloatsPerTask);
  parallel::for_chunks(shape[0], samples, [&](std::int64_t begin, std::int64_t end) {
    const Bags<Id> bags(ids, steps, begin, end, masked != MaskedSteps::kNone, is_masked);
    reduce(reduction, bags.ids, bags.first.data(), end - begin, to + begin * width);
    if (pooling != Pooling::kMean) return;
    for (std::int64_t b = begin; b < end; ++b) {
      const float count = mean_divisor(bags.size(b - begin), masked);
      for (std::int64_t d = 0; d < width; ++d) to[b * width + d] /= count;
    }
  });
  return out;
}

/// What a row that equals a maximum gets of its gradient: an equal part. Of the bags that have the
/// positions first(b) to first(b + 1), each about `steps` long.
template <class First>
Tensor shares_of(const UniqueRows& unique, const float* rows, std::int64_t bags, std::int64_t steps,
                 std::int64_t width, const First& first, const float* top, const float* g) {
  Tensor shares = uninitialized({bags, width});
  float* share = shares.data<float>().data();
  parallel::for_chunks(
      bags, std::max<std::int64_t>(1, kFloatsPerTask / (std::max<std::int64_t>(1, steps) * width)),
      [&](std::int64_t begin, std::int64_t end) {
        std::fill(share + begin * width, share + end * width, 0.0F);
        for (std::int64_t b = begin; b < end; ++b) {
          const std::int64_t at = b * width;
          for (std::int64_t i = first(b); i < first(b + 1); ++i) {
            const float* row = rows + unique.inverse[static_cast<std::size_t>(i)] * width;
            for (std::int64_t d = 0; d < width; ++d)
              share[at + d] += row[d] == top[at + d] ? 1.0F : 0.0F;
          }
        }
        for (std::int64_t i = begin * width; i < end * width; ++i) share[i] = g[i] / share[i];
      });
  return shares;
}

}  // namespace

Tensor lookup(const Table& rows, const Tensor& ids) {
  Tensor out = uninitialized(vectors_shape(ids.shape(), rows.width()));
  float* to = out.data<float>().data();
  with_ids(ids, [&](const auto* from) { rows.read(from, ids.size(), to); });
  return out;
}

Tensor lookup_pooled(const Table& rows, const Tensor& ids, Pooling pooling, MaskedSteps masked,
                     const float* weights) {
  Tensor out;
  with_ids(ids, [&](const auto* from) {
    rows.advance(from, ids.size());
    out = pool(
        from, ids.shape(), rows.width(), pooling, masked, [](auto id) { return id == 0; },
        [&](auto... arguments) { rows.reduce(arguments..., weights); });
  });
  return out;
}

template <class Id>
void lookup_bags(const Table& rows, const RaggedBags<Id>& bags, Pooling pooling, float* out) {
  const std::int64_t width = rows.width();
  const std::int64_t* first = bags.first;
  const std::int64_t steps = first[bags.count] / std::max<std::int64_t>(1, bags.count) + 1;
  const auto reduction =
      pooling == Pooling::kMax ? kernels::Reduction::kMax : kernels::Reduction::kSum;
  rows.advance(bags.ids, first[bags.count]);
  const std::int64_t chunk = parallel::even_chunk(bags.count, steps * width, kFloatsPerTask);
  parallel::for_chunks(bags.count, chunk, [&](std::int64_t begin, std::int64_t end) {
    rows.reduce(reduction, bags.ids, first + begin, end - begin, out + begin * width, bags.weights);
    if (pooling == Pooling::kSum) return;
    for (std::int64_t b = begin; b < end; ++b) {
      float* const to = out + b * width;
      const std::int64_t size = first[b + 1] - first[b];
      if (size == 0) {
        std::fill_n(to, width, 0.0F);
      } else if (pooling == Pooling::kMean) {
        for (std::int64_t d = 0; d < width; ++d) to[d] /= static_cast<float>(size);
      }
    }
  });
}

template <class Id>
SparseRows bags_gradient(const Table& rows, const RaggedBags<Id>& bags, Pooling pooling,
                         const float* gradient) {
  const std::int64_t width = rows.width();
  const std::int64_t* first = bags.first;
  const std::int64_t positions = first[bags.count];
  const UniqueRows unique = unique_rows(bags.ids, positions, rows.rows());
  UnsetVector<std::int64_t> bag_of(static_cast<std::size_t>(positions));
  for (std::int64_t b = 0; b < bags.count; ++b)
    std::fill(bag_of.data() + first[b], bag_of.data() + first[b + 1], b);
  if (pooling == Pooling::kSum)
    return sum_bag_rows(unique, gradient, width, bag_of.data(), bags.weights);
  if (pooling == Pooling::kMean) {
    UnsetVector<float> divided(static_cast<std::size_t>(bags.count * width));
    for (std::int64_t b = 0; b < bags.count; ++b) {
      const auto size = static_cast<float>(first[b + 1] - first[b]);
      for (std::int64_t i = b * width; i < (b + 1) * width; ++i) divided[i] = gradient[i] / size;
    }
    return sum_bag_rows(unique, divided.data(), width, bag_of.data(), nullptr);
  }
  const auto count = static_cast<std::int64_t>(unique.ids.size());
  UnsetVector<float> now(static_cast<std::size_t>(count * width));
  UnsetVector<float> top(static_cast<std::size_t>(bags.count * width));
  rows.read(unique.ids.data(), count, now.data());
  kernels::reduce_rows(kernels::Reduction::kMax, {now.data(), Precision::kFloat32, width},
                       unique.inverse.data(), first, bags.count, top.data());
  const std::int64_t steps = positions / std::max<std::int64_t>(1, bags.count) + 1;
  const Tensor shares = shares_of(
      unique, now.data(), bags.count, steps, width, [first](std::int64_t b) { return first[b]; },
      top.data(), gradient);
  return sum_bag_shares(unique, now.data(), top.data(), shares.data<float>().data(), width,
                        bag_of.data());
}

template void lookup_bags(const Table&, const RaggedBags<std::int32_t>&, Pooling, float*);
template void lookup_bags(const Table&, const RaggedBags<std::int64_t>&, Pooling, float*);
template SparseRows bags_gradient(const Table&, const RaggedBags<std::int32_t>&, Pooling,
                                  const float*);
template SparseRows bags_gradient(const Table&, const RaggedBags<std::int64_t>&, Pooling,
                                  const float*);

TrainingLookup::TrainingLookup(const Table& rows, const Tensor& ids)
    : ids_(ids), version_(rows.version()) {
  with_ids(ids, [&](const auto* from) { unique_ = unique_rows(from, ids.size(), rows.rows()); });
  const auto count = static_cast<std::int64_t>(unique_.ids.size());
  rows_ = uninitialized({count, rows.width()});
  rows.read(unique_.ids.data(), count, rows_.data<float>().data());
}

Tensor TrainingLookup::vectors() const {
  const std::int64_t width = rows_.shape()[1];
  Tensor out = uninitialized(vectors_shape(ids_.shape(), width));
  float* to = out.data<float>().data();
  const kernels::Rows from{std::as_const(rows_).data<float>().data(), Precision::kFloat32, width};
  const bool stream = out.size() * 4 >= kStreamFrom;
  parallel::for_chunks(out.size() / width, std::max<std::int64_t>(1, kFloatsPerTask / width),
                       [&](std::int64_t begin, std::int64_t end) {
                         kernels::gather_rows(from, unique_.inverse.data() + begin, end - begin,
                                              to + begin * width, stream);
                       });
  return out;
}

SparseRows TrainingLookup::gradient(const Tensor& gradient) const {
  return with_weights(sum_rows(unique_, gradient.data<float>().data(), rows_.shape()[1]));
}

SparseRows TrainingLookup::with_weights(SparseRows gradient) const {
  gradient.weights = rows_;
  gradient.version = version_;
  return gradient;
}

Tensor TrainingLookup::pooled(Pooling pooling, MaskedSteps masked, const float* weights) const {
  const std::int64_t width = rows_.shape()[1];
  const kernels::Rows from{std::as_const(rows_).data<float>().data(), Precision::kFloat32, width};
  const bool has_zero = !unique_.ids.empty() && unique_.ids[0] == 0;
  return pool(
      unique_.inverse.data(), ids_.shape(), width, pooling, masked,
      [has_zero](std::int64_t row) { return has_zero && row == 0; },
      [&](kernels::Reduction reduction, const std::int64_t* ids, auto... arguments) {
        if (weights != nullptr) {
          kernels::sum_weighted_rows(from, ids, weights, arguments...);
        } else {
          kernels::reduce_rows(reduction, from, ids, arguments...);
        }
      });
}

Tensor TrainingLookup::products(const Tensor& vectors) const {
  const std::int64_t steps = ids_.shape()[1], width = rows_.shape()[1];
  Tensor result = uninitialized(ids_.shape());
  const float* const rows = std::as_const(rows_).data<float>().data();
  const float* const of_sample = vectors.data<float>().data();
  float* const out = result.data<float>().data();
  parallel::for_chunks(ids_.size(), std::max<std::int64_t>(1, kFloatsPerTask / width),
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t i = begin; i < end; ++i) {
                           const float* const row =
                               rows + unique_.inverse[static_cast<std::size_t>(i)] * width;
                           const float* const other = of_sample + i / steps * width;
                           double sum = 0;
                           for (std::int64_t d = 0; d < width; ++d)
                             sum += double{row[d]} * double{other[d]};
                           out[i] = static_cast<float>(sum);
                         }
                       });
  return result;
}

SparseRows TrainingLookup::pooled_gradient(Pooling pooling, MaskedSteps masked,
                                           const Tensor& outputs, const Tensor& gradient,
                                           const float* weights) const {
  const std::int64_t steps = ids_.shape()[1];
  const std::int64_t width = rows_.shape()[1];
  if (pooling == Pooling::kMax) {
    const float* rows = std::as_const(rows_).data<float>().data();
    const float* top = outputs.data<float>().data();
    const Tensor shares = shares_of(
        unique_, rows, outputs.shape()[0], steps, width,
        [steps](std::int64_t b) { return b * steps; }, top, gradient.data<float>().data());
    return with_weights(sum_shares(unique_, rows, top, shares.data<float>().data(), width, steps));
  }
  const bool masks = masked != MaskedSteps::kNone;
  if (pooling == Pooling::kSum)
    return with_weights(
        sum_pooled_rows(unique_, gradient.data<float>().data(), width, steps, masks, weights));
  // Each step gets the gradient of its sample's mean, divided by the steps that count.
  const bool has_zero = masks && !unique_.ids.empty() && unique_.ids[0] == 0;
  Tensor divided = uninitialized(gradient.shape());
  const float* g = gradient.data<float>().data();
  float* out = divided.data<float>().data();
  const std::int64_t samples = ids_.shape()[0];
  parallel::for_chunks(samples, parallel::even_chunk(samples, steps + width, kFloatsPerTask),
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t b = begin; b < end; ++b) {
                           const auto* row = unique_.inverse.data() + b * steps;
                           const std::int64_t left_out =
                               has_zero ? std::count(row, row + steps, 0) : 0;
                           const float count = mean_divisor(steps - left_out, masked);
                           for (std::int64_t i = b * width; i < (b + 1) * width; ++i)
                             out[i] = g[i] / count;
                         }
                       });
  return with_weights(sum_pooled_rows(unique_, out, width, steps, masks));
}

}  // namespace keratin::table
