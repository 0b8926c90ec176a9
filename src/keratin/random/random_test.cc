// SPDX-License-Identifier: Apache-2.0
#include "keratin/random/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/base/distributions.h"
#include "keratin/parallel/parallel.h"

namespace keratin::random {
namespace {

using keratin::testing::golden;

/// The cases of tests/golden/random.json that ask for `call`.
std::vector<Config> cases(std::string_view call) {
  static const Config document = golden("random");
  std::vector<Config> found;
  for (const Config& one : document.at("cases").as_list()) {
    if (one.at("call").as_string() == call) found.push_back(one);
  }
  EXPECT_FALSE(found.empty()) << call;
  return found;
}

/// Expects the elements that the parts show; as_int turns an element into what the file holds.
template <class T, class AsInt>
void expect_parts(const Config& parts, std::span<const T> got, AsInt as_int,
                  const std::string& what) {
  for (const Config& part : parts.as_list()) {
    const auto first = static_cast<std::size_t>(part.at("first").as_int());
    const Config::List& values = part.at("values").as_list();
    ASSERT_LE(first + values.size(), got.size()) << what;
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(as_int(got[first + i]), values[i].as_int()) << what << " at " << first + i;
    }
  }
}
const auto same = [](auto x) { return static_cast<std::int64_t>(x); };
const auto float_bits = [](float x) {
  return static_cast<std::int64_t>(std::bit_cast<std::uint32_t>(x));
};

Shape shape_of(const Config& one) {
  Shape shape;
  from_config(one.at("shape"), shape);
  return shape;
}

TEST(Random, BitsAndKeysAreJaxes) {
  for (const Config& one : cases("bits")) {
    std::vector<std::uint32_t> bits(static_cast<std::size_t>(shape_of(one).size()));
    fill_bits(key_from_seed(one.at("seed").as_int()), 0, bits);
    expect_parts(one.at("parts"), std::span<const std::uint32_t>(bits), same, "bits");
  }
  for (const Config& one : cases("split")) {
    std::uint64_t index = 0;
    for (const Config& key : one.at("keys").as_list()) {
      const Key got = split(key_from_seed(one.at("seed").as_int()), index++);
      EXPECT_EQ(got.a, key.as_list().at(0).as_int());
      EXPECT_EQ(got.b, key.as_list().at(1).as_int());
    }
  }
}

TEST(Random, ElementsPast32BitsAreJaxes) {
  for (const Config& one : cases("high_counters")) {
    const Config::List& values = one.at("values").as_list();
    std::vector<std::uint32_t> bits(values.size());
    fill_bits(key_from_seed(one.at("seed").as_int()),
              static_cast<std::uint64_t>(one.at("first").as_int()), bits);
    for (std::size_t i = 0; i < bits.size(); ++i) EXPECT_EQ(bits[i], values[i].as_int()) << i;
  }
}

// Bit for bit, where the contract allows the normal kinds 2 ulp.
TEST(Random, FloatsAreKerasOnJax) {
  for (const Config& one : cases("uniform")) {
    const Tensor got = uniform(shape_of(one), {.seed = one.at("seed").as_int()});
    expect_parts(one.at("parts"), got.data<float>(), float_bits, "uniform");
  }
  for (const Config& one : cases("normal")) {
    const Tensor got = normal(shape_of(one), {.seed = one.at("seed").as_int()});
    expect_parts(one.at("parts"), got.data<float>(), float_bits, "normal");
  }
  for (const Config& one : cases("truncated_normal")) {
    const Tensor got = truncated_normal(shape_of(one), {.seed = one.at("seed").as_int()});
    expect_parts(one.at("parts"), got.data<float>(), float_bits, "truncated_normal");
  }
  for (const Config& one : cases("normal_everywhere")) {
    const Config::List& positions = one.at("positions").as_list();
    for (std::size_t i = 0; i < positions.size(); ++i) {
      float x = 0;
      fill_normal(key_from_seed(one.at("seed").as_int()),
                  static_cast<std::uint64_t>(positions[i].as_int()), 0.0f, 1.0f, {&x, 1});
      EXPECT_EQ(float_bits(x), one.at("values").as_list().at(i).as_int()) << x;
    }
  }
}

TEST(Random, RandintIsKerasOnJax) {
  for (const Config& one : cases("randint")) {
    const DType dtype = dtype_from_name(one.at("dtype").as_string());
    const Tensor got = randint(shape_of(one), one.at("minval").as_int(), one.at("maxval").as_int(),
                               {.dtype = dtype, .seed = one.at("seed").as_int()});
    EXPECT_EQ(got.dtype(), dtype);
    visit_dtype(dtype, [&](auto zero) {
      using T = decltype(zero);
      expect_parts(one.at("parts"), got.data<T>(), same, std::string(to_string(dtype)));
    });
  }
}

TEST(Random, RandintTakesBracesAndStaysInRange) {
  const Tensor ids = randint({32, 10}, 0, 1000);
  EXPECT_EQ(ids.shape(), (Shape{32, 10}));
  for (const std::int32_t id : ids.data<std::int32_t>()) {
    EXPECT_GE(id, 0);
    EXPECT_LT(id, 1000);
  }
  EXPECT_EQ(randint({0, 3}, 0, 2).size(), 0);
  const Tensor all =
      randint({1000}, std::numeric_limits<std::int32_t>::min(), std::int64_t{1} << 31,
              {.seed = 3});  // the width wraps to 0 in 32 bits
  EXPECT_GT(std::ranges::max(all.data<std::int32_t>()), 1 << 30);
  EXPECT_LT(std::ranges::min(all.data<std::int32_t>()), -(1 << 30));
}

TEST(Random, RandintRefusesBadArguments) {
  EXPECT_THROW(randint({2}, 5, 5), std::invalid_argument);
  EXPECT_THROW(randint({2}, 5, 2), std::invalid_argument);
  EXPECT_THROW(randint({2}, 0, 2, {.dtype = DType::kFloat32}), std::invalid_argument);
  EXPECT_THROW(randint({2}, 0, 2, {.dtype = DType::kBool}), std::invalid_argument);
  EXPECT_THROW(randint({2}, 0, 257, {.dtype = DType::kUint8}), std::invalid_argument);
  EXPECT_THROW(randint({2}, -1, 5, {.dtype = DType::kUint64}), std::invalid_argument);
  EXPECT_THROW(randint({2}, 0, (std::int64_t{1} << 31) + 1), std::invalid_argument);
  EXPECT_THROW(randint({kNone, 2}, 0, 2), std::invalid_argument);
  try {
    randint({2}, 5, 5);
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "[randint] minval must be less than maxval. Received: minval=5, maxval=5");
  }
}

TEST(Random, PermutationIsKerasShuffleOnJax) {
  for (const Config& one : cases("permutation")) {
    const auto n = one.at("n").as_int();
    const std::vector<std::int64_t> order = permutation(n, one.at("seed").as_int());
    EXPECT_EQ(static_cast<std::int64_t>(order.size()), n);
    expect_parts(one.at("parts"), std::span<const std::int64_t>(order), same, "permutation");
    std::vector<std::int64_t> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (std::int64_t i = 0; i < n; ++i) ASSERT_EQ(sorted[static_cast<std::size_t>(i)], i);
  }
  EXPECT_THROW(permutation(-1, 0), std::invalid_argument);
}

TEST(Random, DefaultSeedsArePythons) {
  for (const Config& one : cases("make_default_seed")) {
    set_random_seed(one.at("seed").as_int());
    const Config::List& seeds = one.at("seeds").as_list();
    for (std::size_t i = 0; i < 700; ++i) {  // past the 624 words of the state
      const std::int64_t seed = make_default_seed();
      if (i % 50 == 0) {
        ASSERT_EQ(seed, seeds.at(i / 50).as_int()) << i;
      }
    }
  }
}

TEST(Random, UnseededDrawsFollowSetRandomSeedAsInKeras) {
  for (const Config& one : cases("after_set_random_seed")) {
    set_random_seed(one.at("seed").as_int());
    // GlorotUniform()((3, 4)), which takes its seed first.
    const double limit = std::sqrt(3.0 / 3.5);
    const Tensor glorot =
        uniform({3, 4}, {.minval = -limit, .maxval = limit, .seed = make_default_seed()});
    expect_parts(one.at("glorot_uniform"), glorot.data<float>(), float_bits, "glorot");
    for (const Config& parts : one.at("uniform").as_list()) {
      const Tensor got = uniform({5});
      expect_parts(parts, got.data<float>(), float_bits, "uniform");
    }
    // RandomNormal()((3, 4)).
    const Tensor drawn = normal({3, 4}, {.stddev = 0.05, .seed = make_default_seed()});
    expect_parts(one.at("normal"), drawn.data<float>(), float_bits, "normal");
  }
}

TEST(Random, AGeneratorGivesOtherValuesEveryTime) {
  for (const Config& one : cases("seed_generator")) {
    SeedGenerator generator(one.at("seed").as_int());
    for (const Config& key : one.at("keys").as_list()) {
      const Key got = generator.next();
      EXPECT_EQ(got.a, key.as_list().at(0).as_int());
      EXPECT_EQ(got.b, key.as_list().at(1).as_int());
    }
  }
  SeedGenerator generator(3);
  const Tensor a = uniform({4}, {.seed = generator});
  const Tensor b = uniform({4}, {.seed = generator});
  EXPECT_NE(keratin::testing::difference(a, b, 0, 0), "");
  EXPECT_EQ(keratin::testing::difference(a, uniform({4}, {.seed = 3}), 0, 0), "");
}

TEST(Random, ThreadsDoNotChangeTheValues) {
  parallel::set_num_threads(1);
  const Tensor ids = randint({300000}, 0, 1000, {.seed = 1});
  const Tensor floats = normal({300000}, {.seed = 1});
  const auto order = permutation(300000, 1);
  parallel::set_num_threads(4);
  const Tensor again = randint({300000}, 0, 1000, {.seed = 1});
  EXPECT_TRUE(std::ranges::equal(ids.data<std::int32_t>(), again.data<std::int32_t>()));
  EXPECT_EQ(keratin::testing::difference(normal({300000}, {.seed = 1}), floats, 0, 0), "");
  EXPECT_EQ(permutation(300000, 1), order);
  parallel::set_num_threads(0);
}

}  // namespace
}  // namespace keratin::random
