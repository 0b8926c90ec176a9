// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "support/small_table.h"
#include <gtest/gtest.h>

#include "keratin/embedding/embedding_table.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::embedding {
namespace {

TEST(EmbeddingTable, PoolsRaggedBags) {
  const std::vector<std::int64_t> offsets = {0, 3, 3, 4, 9};
  const std::vector<std::int32_t> ids = {4, 9, 4, 0, 1, 2, 3, 4, 49};
  const std::vector<float> weights = {0.5F, -1, 2, 3, 0, 1, 0.25F, 1, 7};
  for (const Precision precision : {Precision::kFloat32, Precision::kFloat16}) {
    for (const bool on_demand : {false, true}) {
      EmbeddingTableOptions options = small(precision);
      if (on_demand) options.rows_drawn = layers::RowsDrawn::kOnDemand;
      const EmbeddingTable table(options);
      const std::vector<float> each = rows(table, ids);
      for (const Pooling pooling : {Pooling::kSum, Pooling::kMean, Pooling::kMax}) {
        for (const bool weighted : {false, true}) {
          if (weighted && pooling != Pooling::kSum) continue;
          std::vector<float> out(4 * kWidth, kNaN);
          table.lookup_pooled({.ids = ids,
                               .offsets = offsets,
                               .weights = weighted ? weights : std::span<const float>(),
                               .pooling = pooling},
                              out);
          for (std::size_t b = 0; b < 4; ++b) {
            for (std::size_t d = 0; d < kWidth; ++d) {
              double sum = 0;
              float most = -1e30F;
              for (auto i = static_cast<std::size_t>(offsets[b]);
                   i < static_cast<std::size_t>(offsets[b + 1]); ++i) {
                sum += static_cast<double>(each[i * kWidth + d]) * (weighted ? weights[i] : 1);
                most = std::max(most, each[i * kWidth + d]);
              }
              const auto size = static_cast<double>(offsets[b + 1] - offsets[b]);
              const double expected = size == 0                  ? 0
                                      : pooling == Pooling::kMax ? most
                                      : pooling == Pooling::kSum ? sum
                                                                 : sum / size;
              // Rows are below 0.05: five products and sums of float32.
              EXPECT_NEAR(out[b * kWidth + d], expected, 1e-7);
            }
          }
        }
      }
    }
  }
}

/// <gradient of the table, direction> is the change of <gradient of the bags, bags> along it: what
/// is pooled is linear in the rows, but for a maximum, where no tie is near.
TEST(EmbeddingTable, GradientsOfBagsAreThoseOfWhatIsPooled) {
  const std::vector<std::int64_t> offsets = {0, 3, 3, 4, 9};
  const std::vector<std::int64_t> ids = {4, 9, 4, 0, 1, 2, 3, 4, 49};
  const std::vector<float> weights = {0.5F, -1, 2, 3, 0, 1, 0.25F, 1, 7};
  const std::vector<float> g = numbers(4 * kWidth, 3);
  for (const Pooling pooling : {Pooling::kSum, Pooling::kMean, Pooling::kMax}) {
    for (const bool weighted : {false, true}) {
      if (weighted && pooling != Pooling::kSum) continue;
      EmbeddingTable table(small());
      const std::vector<float> start = numbers(kRows * kWidth, 5);
      table.set_weights(Tensor::from(start, {kRows, kWidth}));
      const Bags bags{.ids = ids,
                      .offsets = offsets,
                      .weights = weighted ? weights : std::span<const float>(),
                      .pooling = pooling};
      const auto value = [&] {
        std::vector<float> out(4 * kWidth);
        table.lookup_pooled(bags, out);
        double sum = 0;
        for (std::size_t i = 0; i < out.size(); ++i) sum += static_cast<double>(out[i]) * g[i];
        return sum;
      };
      const SparseRows gradient = table.pooled_gradient(bags, g);
      EXPECT_EQ(gradient.ids, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 9, 49}));
      const std::vector<float> direction = numbers(kRows * kWidth, 6);
      double expected = 0;
      const auto found = gradient.values.data<float>();
      for (std::size_t i = 0; i < found.size(); ++i) {
        const auto row = static_cast<std::size_t>(gradient.ids[i / kWidth]);
        expected += static_cast<double>(found[i]) * direction[row * kWidth + i % kWidth];
      }
      const double before = value();
      std::vector<float> moved = start;
      for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += 0x1p-10F * direction[i];
      table.set_weights(Tensor::from(moved, {kRows, kWidth}));
      // 20 outputs below 20, each a sum of float32: 2^-20 over a step of 2^-10.
      EXPECT_NEAR((value() - before) * 1024, expected, 4e-3) << static_cast<int>(pooling);
    }
  }
}

TEST(EmbeddingTable, StepsByBagsAsByWhatTheyAreMadeOf) {
  const std::vector<std::int64_t> offsets = {0, 2, 3};
  const std::vector<std::int64_t> ids = {1, 2, 1};
  const std::vector<float> weights = {2, 3, 4};
  const std::vector<float> g = numbers(2 * kWidth);
  std::vector<float> each;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t d = 0; d < kWidth; ++d)
      each.push_back(weights[i] * g[(i < 2 ? 0 : 1) * kWidth + d]);
  }
  EmbeddingTable pooled(small()), plain(small());
  optimizers::Adam first, second;
  pooled.step_pooled({.ids = ids, .offsets = offsets, .weights = weights}, g, first);
  plain.step(ids, each, second);
  EXPECT_EQ(all_of(pooled), all_of(plain));
}

}  // namespace
}  // namespace keratin::embedding
