// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/few_slopes.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops::nn {
namespace {

Tensor drawn(const Shape& shape, std::mt19937& dice, unsigned one_of) {
  Tensor numbers = Tensor::zeros(shape);
  for (float& x : numbers.data<float>()) {
    if (dice() % one_of == 0) x = static_cast<float>(dice() % 2000) / 1000.0F - 1.0F;
  }
  return numbers;
}

void expect_near(const Tensor& got, const std::vector<double>& wanted) {
  const auto numbers = got.data<float>();
  ASSERT_EQ(numbers.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(numbers[i], wanted[i], 1e-5) << i;
}

/// What each tap that lies on a step has a part in, in double.
void expect_slopes(const Windows& w, std::int64_t channels, std::int64_t units) {
  constexpr std::int64_t kBatch = 3;
  std::mt19937 dice(5);
  const Tensor x = drawn({kBatch, w.steps, channels}, dice, 1);
  const Tensor kernel = drawn({w.size, channels, units}, dice, 1);
  const Tensor slopes = drawn({kBatch, w.count, units}, dice, 20);
  std::vector<double> of_kernel(static_cast<std::size_t>(kernel.size()));
  std::vector<double> of_steps(static_cast<std::size_t>(x.size()));
  for (std::int64_t b = 0; b < kBatch; ++b) {
    for (std::int64_t o = 0; o < w.count; ++o) {
      const Range taps = w.taps_of(o);
      for (std::int64_t tap = taps.first; tap < taps.end; ++tap) {
        for (std::int64_t c = 0; c < channels; ++c) {
          for (std::int64_t u = 0; u < units; ++u) {
            const std::int64_t step = (b * w.steps + w.place(o, tap)) * channels + c;
            const std::int64_t weight = (tap * channels + c) * units + u;
            const double slope = elements(slopes)[(b * w.count + o) * units + u];
            of_kernel[static_cast<std::size_t>(weight)] += slope * elements(x)[step];
            of_steps[static_cast<std::size_t>(step)] += slope * elements(kernel)[weight];
          }
        }
      }
    }
  }
  const auto few = FewSlopes::of(slopes, w, channels);
  ASSERT_TRUE(few);
  expect_near(few->of_kernel(x).value(), of_kernel);
  expect_near(few->of_steps(kernel).value(), of_steps);
}

TEST(FewSlopes, AreThoseOfAllWindows) {
  for (const Padding padding : {Padding::kValid, Padding::kSame, Padding::kCausal}) {
    for (const std::int64_t stride : {1, 2, 7}) {
      for (const std::int64_t size : {1, 3, 5}) {
        const Windows w = windows_on(50, size, padding == Padding::kSame ? 1 : stride, 1, padding);
        expect_slopes(w, 6, 40);
        expect_slopes(w, 1, 40);
      }
    }
  }
}

TEST(FewSlopes, AreNoneWhereTheyAreMany) {
  std::mt19937 dice(5);
  const Windows w = windows_on(30, 3, 1, 1, Padding::kValid);
  EXPECT_FALSE(FewSlopes::of(drawn({2, w.count, 8}, dice, 1), w, 4));
  EXPECT_FALSE(FewSlopes::of(drawn({2, w.count, 8}, dice, 3), w, 4));
}

TEST(FewSlopes, LeaveWhatIsNotFiniteToTheProduct) {
  std::mt19937 dice(5);
  const Windows w = windows_on(40, 3, 1, 1, Padding::kValid);
  const auto few = FewSlopes::of(Tensor::zeros({2, w.count, 8}), w, 4);
  ASSERT_TRUE(few);
  for (const float odd : {std::numeric_limits<float>::infinity(), std::nanf("")}) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{17}, std::size_t{95}}) {
      Tensor x = drawn({2, w.steps, 4}, dice, 1), kernel = drawn({3, 4, 8}, dice, 1);
      EXPECT_TRUE(few->of_kernel(x));
      EXPECT_TRUE(few->of_steps(kernel));
      x.data<float>()[at] = odd;
      kernel.data<float>()[at] = odd;
      EXPECT_FALSE(few->of_kernel(x));
      EXPECT_FALSE(few->of_steps(kernel));
    }
  }
}

TEST(FewSlopes, EqualBitsForOneThreadAndTwo) {
  std::mt19937 dice(5);
  const Windows w = windows_on(300, 5, 1, 1, Padding::kSame);
  const Tensor x = drawn({16, w.steps, 32}, dice, 1), kernel = drawn({5, 32, 64}, dice, 1);
  const auto few = FewSlopes::of(drawn({16, w.count, 64}, dice, 30), w, 32);
  ASSERT_TRUE(few);
  std::vector<std::vector<float>> seen;
  for (const int threads : {1, 2}) {
    parallel::set_num_threads(threads);
    const Tensor a = few->of_kernel(x).value(), b = few->of_steps(kernel).value();
    seen.emplace_back(a.data<float>().begin(), a.data<float>().end());
    seen.back().insert(seen.back().end(), b.data<float>().begin(), b.data<float>().end());
  }
  parallel::set_num_threads(0);
  EXPECT_EQ(seen[0], seen[1]);
}

}  // namespace
}  // namespace keratin::ops::nn
