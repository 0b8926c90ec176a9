// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/rows.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "support/every_target.h"
#include <gtest/gtest.h>

namespace keratin::kernels {
namespace {

using testing::on_every_target;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr Precision kPrecisions[] = {Precision::kFloat32, Precision::kBfloat16,
                                     Precision::kFloat16};
constexpr std::int64_t kWidest = 134;  // eight vectors of the widest registers, and every tail

/// What the 16 bits mean, by the compiler's own _Float16 and by the definition of bfloat16.
float meaning(Precision precision, std::uint16_t bits) {
  if (precision == Precision::kFloat16) return static_cast<float>(std::bit_cast<_Float16>(bits));
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// `rows` rows of numbers that each precision holds exactly, unaligned, and as floats.
struct Matrix {
  Matrix(Precision p, std::int64_t rows, std::int64_t width) : precision(p), columns(width) {
    for (std::int64_t i = 0; i < rows * width; ++i) {
      const auto bits =
          static_cast<std::uint16_t>(0x3C00 + (i * 7919 % 512) * 8 + (i % 3 == 0 ? 0x8000 : 0));
      values.push_back(meaning(p == Precision::kFloat32 ? Precision::kFloat16 : p, bits));
      stored.push_back(bits);
    }
    memory.resize(values.size() * size_of(p) + size_of(p));
    std::memcpy(memory.data() + size_of(p),
                p == Precision::kFloat32 ? static_cast<const void*>(values.data()) : stored.data(),
                values.size() * size_of(p));
  }
  Rows rows() const { return {memory.data() + size_of(precision), precision, columns}; }

  Precision precision;
  std::int64_t columns;
  std::vector<float> values;
  std::vector<std::uint16_t> stored;
  std::vector<std::byte> memory;
};

template <class Id>
std::vector<Id> some_ids(std::int64_t count, std::int64_t rows) {
  std::vector<Id> ids;
  for (std::int64_t i = 0; i < count; ++i) ids.push_back(static_cast<Id>(i * i * 31 % rows));
  return ids;
}

template <class Id>
void test_gather() {
  for (const Precision precision : kPrecisions) {
    for (std::int64_t width = 1; width <= kWidest; ++width) {
      const Matrix matrix(precision, 23, width);
      for (const std::int64_t count : {0, 1, 15, 40}) {
        const auto ids = some_ids<Id>(count, 23);
        for (const bool stream : {false, true}) {
          for (const std::size_t shift : {0, 1}) {
            auto size = static_cast<std::size_t>(count * width);
            struct alignas(64) Line {
              float x[16];
            };
            std::vector<Line> lines(size / 16 + 2);
            float* out = &lines[0].x[0] + shift;
            out[size] = 77;
            gather_rows(matrix.rows(), ids.data(), count, out, stream);
            for (std::size_t i = 0; i < size; ++i) {
              const auto row = static_cast<std::size_t>(ids[i / static_cast<std::size_t>(width)]);
              const auto w = static_cast<std::size_t>(width);
              ASSERT_EQ(out[i], matrix.values[row * w + i % w]) << width << " " << count;
            }
            ASSERT_EQ(out[size], 77);
          }
        }
      }
    }
  }
}

TEST(Rows, Gather) {
  on_every_target([] {
    test_gather<std::int32_t>();
    test_gather<std::int64_t>();
  });
}

template <class Id>
void test_reduce() {
  const std::vector<std::int64_t> first = {0, 3, 3, 4, 30, 61};
  for (const Precision precision : kPrecisions) {
    for (std::int64_t width = 1; width <= kWidest; ++width) {
      const Matrix matrix(precision, 23, width);
      const auto ids = some_ids<Id>(61, 23);
      for (const Reduction reduction : {Reduction::kSum, Reduction::kMax}) {
        std::vector<float> out(5 * static_cast<std::size_t>(width) + 1, 77);
        reduce_rows(reduction, matrix.rows(), ids.data(), first.data(), 5, out.data());
        for (std::size_t b = 0; b < 5; ++b) {
          for (std::size_t d = 0; d < static_cast<std::size_t>(width); ++d) {
            float wanted = reduction == Reduction::kSum ? 0 : -kInfinity;
            for (auto i = first[b]; i < first[b + 1]; ++i) {
              const auto row = static_cast<std::size_t>(ids[static_cast<std::size_t>(i)]);
              const float x = matrix.values[row * static_cast<std::size_t>(width) + d];
              wanted = reduction == Reduction::kSum ? wanted + x : std::max(wanted, x);
            }
            ASSERT_EQ(out[b * static_cast<std::size_t>(width) + d], wanted) << width << " " << b;
          }
        }
        ASSERT_EQ(out.back(), 77);
      }
    }
  }
}

/// A product is rounded before it is added.
template <class Id>
void test_weighted_sums() {
  const std::vector<std::int64_t> first = {0, 3, 3, 4, 30, 61};
  for (const Precision precision : kPrecisions) {
    for (std::int64_t width = 1; width <= kWidest; ++width) {
      const auto n = static_cast<std::size_t>(width);
      const Matrix matrix(precision, 23, width);
      const auto ids = some_ids<Id>(61, 23);
      std::vector<float> weights;
      for (int i = 0; i < 61; ++i) weights.push_back(0.3F * static_cast<float>(i - 20));
      std::vector<float> out(5 * n + 1, 77);
      sum_weighted_rows(matrix.rows(), ids.data(), weights.data(), first.data(), 5, out.data());
      for (std::size_t b = 0; b < 5; ++b) {
        for (std::size_t d = 0; d < n; ++d) {
          float wanted = 0;
          for (auto i = static_cast<std::size_t>(first[b]);
               i < static_cast<std::size_t>(first[b + 1]); ++i) {
            const float product =
                matrix.values[static_cast<std::size_t>(ids[i]) * n + d] * weights[i];
            wanted += product;
          }
          ASSERT_EQ(out[b * n + d], wanted) << width << " " << b;
        }
      }
      ASSERT_EQ(out.back(), 77);
    }
  }
}

TEST(Rows, Reduce) {
  on_every_target([] {
    test_reduce<std::int32_t>();
    test_reduce<std::int64_t>();
    test_weighted_sums<std::int32_t>();
    test_weighted_sums<std::int64_t>();
  });
}

TEST(Rows, AMaximumKeepsNaN) {
  on_every_target([] {
    for (std::int64_t width = 1; width <= 70; ++width) {
      const auto w = static_cast<std::size_t>(width);
      std::vector<float> table(3 * w, 1);
      table[w + w / 2] = std::nanf("");
      const std::vector<std::int64_t> ids = {0, 1, 2};
      const std::vector<std::int64_t> first = {0, 3};
      std::vector<float> out(w);
      reduce_rows(Reduction::kMax, {table.data(), Precision::kFloat32, width}, ids.data(),
                  first.data(), 1, out.data());
      for (std::size_t d = 0; d < w; ++d) ASSERT_EQ(std::isnan(out[d]), d == w / 2);
    }
  });
}

TEST(Rows, SumWhereEqual) {
  on_every_target([] {
    for (std::int64_t width = 0; width <= kWidest; ++width) {
      const auto w = static_cast<std::size_t>(width);
      std::vector<float> row(w), top(5 * w), share(5 * w);
      for (std::size_t i = 0; i < 5 * w; ++i) {
        top[i] = static_cast<float>(i * i % 3);
        share[i] = std::sin(static_cast<float>(i));
      }
      for (std::size_t d = 0; d < w; ++d) row[d] = static_cast<float>(d % 3);
      const std::vector<std::int64_t> ids = {4, 0, 2, 2};
      std::vector<float> out(w + 1, 77);
      sum_where_equal(row.data(), top.data(), share.data(), width, ids.data(), 4, out.data());
      for (std::size_t d = 0; d < w; ++d) {
        float wanted = 0;
        for (const auto id : ids) {
          const std::size_t at = static_cast<std::size_t>(id) * w + d;
          if (top[at] == row[d]) wanted += share[at];
        }
        ASSERT_EQ(out[d], wanted);
      }
      ASSERT_EQ(out[w], 77);
    }
  });
}

TEST(Rows, EveryPatternOfSixteenBitsComesBack) {
  on_every_target([] {
    for (const Precision precision : {Precision::kBfloat16, Precision::kFloat16}) {
      std::vector<std::uint16_t> all(65536), back(65536);
      for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
      std::vector<float> floats(all.size());
      load_elements(precision, all.data(), 65536, floats.data());
      store_elements(precision, floats.data(), 65536, back.data());
      for (std::size_t i = 0; i < all.size(); ++i) {
        const float wanted = meaning(precision, all[i]);
        if (std::isnan(wanted)) {
          ASSERT_TRUE(std::isnan(floats[i])) << i;
          ASSERT_TRUE(std::isnan(meaning(precision, back[i]))) << i;
        } else {
          ASSERT_EQ(std::bit_cast<std::uint32_t>(floats[i]), std::bit_cast<std::uint32_t>(wanted));
          ASSERT_EQ(back[i], all[i]);
        }
      }
      store_elements_stochastic(precision, floats.data(), 65536, 5, back.data());
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (!std::isnan(floats[i])) {
          ASSERT_EQ(back[i], all[i]) << "an exact value is not moved";
        }
      }
    }
  });
}

/// Floats of every exponent, near and at the points halfway between two numbers of 16 bits.
std::vector<float> hard_floats() {
  std::vector<float> hard = {
      0.0f,  -0.0f, kInfinity, -kInfinity, 65504,
      65519, 65520, 3e38f,     1e-45f,     std::numeric_limits<float>::max()};
  for (std::uint32_t exponent = 0; exponent < 255; ++exponent) {
    for (const std::uint32_t fraction :
         {0u, 0x1000u, 0x3000u, 0x0FFFu, 0x1001u, 0x8000u, 0x18000u, 0x7FFFu, 0x8001u, 0x7FFFFFu,
          0x2AAAAAu, 0x400000u, 0x600000u, 0x500001u}) {
      const float x = std::bit_cast<float>(exponent << 23 | fraction);
      hard.push_back(x);
      hard.push_back(-x);
    }
  }
  return hard;
}

TEST(Rows, RoundsToNearestTiesToEven) {
  const std::vector<float> hard = hard_floats();
  const auto n = static_cast<std::int64_t>(hard.size());
  on_every_target([&] {
    std::vector<std::uint16_t> half(hard.size()), brain(hard.size());
    store_elements(Precision::kFloat16, hard.data(), n, half.data());
    store_elements(Precision::kBfloat16, hard.data(), n, brain.data());
    for (std::size_t i = 0; i < hard.size(); ++i) {
      ASSERT_EQ(half[i], std::bit_cast<std::uint16_t>(static_cast<_Float16>(hard[i]))) << hard[i];
      // bfloat16 by its definition: the nearer of the two neighbours, the even one of equals.
      const auto bits = std::bit_cast<std::uint32_t>(hard[i]);
      const std::uint32_t rest = bits & 0xFFFF;
      std::uint32_t wanted = bits >> 16;
      if (rest > 0x8000 || (rest == 0x8000 && wanted % 2 == 1)) ++wanted;
      ASSERT_EQ(brain[i], wanted) << hard[i];
    }
  });
}

TEST(Rows, RoundsUpAsOftenAsTheValueAsks) {
  const std::vector<float> values = {1.001f, -0.3f,  1e-5f,  3.3e-7f, 5e-8f,
                                     1e-8f,  -7e-6f, 123.4f, 6.2e-5f};
  constexpr int kSeeds = 20000;
  for (const Precision precision : {Precision::kBfloat16, Precision::kFloat16}) {
    std::vector<std::vector<std::uint16_t>> of_targets;
    on_every_target([&] {
      std::vector<double> sum(values.size()), square(values.size());
      std::vector<std::uint16_t> out(values.size()), all;
      for (int seed = 0; seed < kSeeds; ++seed) {
        store_elements_stochastic(precision, values.data(),
                                  static_cast<std::int64_t>(values.size()),
                                  static_cast<std::uint32_t>(seed) * 2654435761u, out.data());
        all.insert(all.end(), out.begin(), out.end());
        for (std::size_t i = 0; i < values.size(); ++i) {
          const double error = static_cast<double>(meaning(precision, out[i])) - values[i];
          sum[i] += error;
          square[i] += error * error;
        }
      }
      for (std::size_t i = 0; i < values.size(); ++i) {
        // The mean of independent errors lies within five of its standard deviations.
        EXPECT_LT(std::abs(sum[i]), 5 * std::sqrt(square[i])) << values[i];
        EXPECT_GT(square[i], 0);
      }
      of_targets.push_back(all);
    });
    for (const auto& all : of_targets) EXPECT_EQ(all, of_targets[0]);
  }
}

}  // namespace
}  // namespace keratin::kernels
