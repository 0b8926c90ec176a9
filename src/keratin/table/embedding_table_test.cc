// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/embedding_table.h"

#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/parallel/parallel.h"
#include "keratin/table/row_storage.h"

namespace keratin::table {
namespace {

constexpr std::int64_t kTableRows = 30'000, kTableWidth = 24, kSteps = 10, kSamples = 7'001;

Tensor drawn(const Shape& shape, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (float& value : values) value = static_cast<float>(engine() % 2000) / 1000 - 1;
  return Tensor::from(values, shape);
}

/// Numbered by how often they come, as words are; a third is padding.
Tensor words() {
  std::mt19937 engine(2);
  std::vector<std::int32_t> ids(kSamples * kSteps);
  for (auto& id : ids) {
    id = static_cast<std::int32_t>(
        std::pow(double{kTableRows - 1}, static_cast<double>(engine()) / 4294967296.0));
    if (engine() % 3 == 0) id = 0;
  }
  return Tensor::from(ids, {kSamples, kSteps});
}

/// What a step of a batch sees of the table, and what it leaves for it.
std::vector<Tensor> step(const RowStorage& rows, const Tensor& ids, Pooling pooling,
                         MaskedSteps masked) {
  const TrainingLookup lookup(rows, ids);
  const Tensor pooled = lookup.pooled(pooling, masked);
  const SparseRows fused =
      lookup.pooled_gradient(pooling, masked, pooled, drawn(pooled.shape(), 3));
  const Tensor vectors = lookup.vectors();
  const SparseRows apart = lookup.gradient(drawn(vectors.shape(), 4));
  EXPECT_EQ(fused.ids, apart.ids);
  return {pooled,
          fused.values,
          vectors,
          apart.values,
          table::lookup(rows, ids),
          lookup_pooled(rows, ids, pooling, masked)};
}

/// A batch so large that each part of the work is shared out, with lists of every length.
TEST(EmbeddingTable, LargeBatchesGiveOneThreadsBits) {
  const RowStorage rows(drawn({kTableRows, kTableWidth}, 1));
  const Tensor ids = words();
  for (const Pooling pooling : {Pooling::kMean, Pooling::kSum, Pooling::kMax}) {
    for (const MaskedSteps masked : {MaskedSteps::kNone, MaskedSteps::kLeftOut}) {
      SCOPED_TRACE(std::to_string(static_cast<int>(pooling)) + " " +
                   std::to_string(static_cast<int>(masked)));
      parallel::set_num_threads(1);
      const auto one = step(rows, ids, pooling, masked);
      parallel::set_num_threads(5);
      const auto many = step(rows, ids, pooling, masked);
      parallel::set_num_threads(0);
      for (std::size_t i = 0; i < one.size(); ++i) {
        const auto a = std::as_const(one[i]).data<float>();
        const auto b = std::as_const(many[i]).data<float>();
        ASSERT_EQ(a.size(), b.size());
        EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size_bytes()), 0) << i;
      }
    }
  }
}

/// Against sums in double of the whole gradient: every list, the long ones and the empty one too.
TEST(EmbeddingTable, SumsOfALargeBatchAreThoseOfTheWholeGradient) {
  const RowStorage rows(drawn({kTableRows, kTableWidth}, 1));
  const Tensor ids = words();
  const Tensor gradient = drawn({kSamples, kTableWidth}, 3);
  const auto id = ids.data<std::int32_t>();
  const auto g = std::as_const(gradient).data<float>();
  std::vector<double> wanted(kTableRows * kTableWidth), sizes(kTableRows * kTableWidth);
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (id[i] == 0) continue;
    for (std::size_t d = 0; d < kTableWidth; ++d) {
      const double part = g[i / kSteps * kTableWidth + d];
      wanted[static_cast<std::size_t>(id[i]) * kTableWidth + d] += part;
      sizes[static_cast<std::size_t>(id[i]) * kTableWidth + d] += std::abs(part);
    }
  }
  const TrainingLookup lookup(rows, ids);
  const SparseRows sums =
      lookup.pooled_gradient(Pooling::kSum, MaskedSteps::kLeftOut, {}, gradient);
  const auto values = std::as_const(sums.values).data<float>();
  ASSERT_EQ(sums.ids.front(), 0);
  for (std::size_t i = 0; i < sums.ids.size(); ++i) {
    for (std::size_t d = 0; d < kTableWidth; ++d) {
      const auto at = static_cast<std::size_t>(sums.ids[i]) * kTableWidth + d;
      // In pieces of 512 the error of a sum is below (512 + pieces) units in the last place of the
      // sizes.
      ASSERT_NEAR(values[i * kTableWidth + d], wanted[at], sizes[at] * 600 * 6e-8) << sums.ids[i];
    }
  }
}

}  // namespace
}  // namespace keratin::table
