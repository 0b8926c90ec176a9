// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/initializers.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/base/identifier.h"
#include "keratin/base/named_list.h"
#include "keratin/base/seed.h"
#include "keratin/parallel/parallel.h"

namespace keratin::initializers {
namespace {

using keratin::testing::difference;
using keratin::testing::golden;
using keratin::testing::ulps_between;

Shape shape_of(const Config& one) {
  Shape shape;
  from_config(one.at("shape"), shape);
  return shape;
}

std::shared_ptr<const Initializer> initializer_of(const Config& one) {
  return Initializer::deserialize(
      Config(Config::Dict{{"class_name", one.at("class_name")}, {"config", one.at("config")}}));
}

/// Whether an element is what Keras gave. Everything is equal to the bit but Orthogonal: Keras's QR
/// works in float32, so for k columns of n elements its error is some sqrt(k) units of 2^-24 times
/// the condition of the matrix, which is 10^3 at most for the sizes here; ours is the rounded exact
/// Q.
bool agrees(const std::string& class_name, float got, float wanted) {
  if (class_name == "Orthogonal") return std::fabs(got - wanted) <= 1e-4f;
  return ulps_between(got, wanted) == 0;
}

TEST(Initializers, AreKerasOnJax) {
  const Config document = golden("initializers");
  for (const Config& one : document.at("cases").as_list()) {
    const std::string& class_name = one.at("class_name").as_string();
    const Shape shape = shape_of(one);
    const auto initializer = initializer_of(one);
    const Tensor drawn = (*initializer)(shape);
    const auto got = drawn.data<float>();
    for (const Config& part : one.at("parts").as_list()) {
      const auto first = static_cast<std::size_t>(part.at("first").as_int());
      const Config::List& values = part.at("values").as_list();
      ASSERT_LE(first + values.size(), got.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        const auto wanted = std::bit_cast<float>(static_cast<std::uint32_t>(values[i].as_int()));
        ASSERT_PRED3(agrees, class_name, got[first + i], wanted)
            << to_string(shape) << " at " << first + i << ": " << got[first + i] << ", " << wanted;
      }
    }
    EXPECT_EQ(initializer->get_config(), one.at("config")) << class_name;
  }
}

TEST(Initializers, AnyRangeIsAPartOfTheWhole) {
  for (const auto& entry : all_initializers()) {
    const auto initializer = entry.from_config(Config());
    const Shape shape{37, 11};
    const Tensor drawn = (*initializer)(shape);
    const auto whole = drawn.data<float>();
    for (const std::int64_t first : {0, 1, 13, 63, 64, 65, 200, 406}) {
      for (const std::int64_t count : {1, 7, 64, 130}) {
        std::vector<float> part(static_cast<std::size_t>(std::min(count, shape.size() - first)));
        initializer->fill(shape, first, part);
        EXPECT_TRUE(
            std::ranges::equal(part, whole.subspan(static_cast<std::size_t>(first), part.size())))
            << entry.class_name << " at " << first;
      }
    }
  }
}

TEST(Initializers, EveryEntryGoesRoundThroughItsConfig) {
  const Shape shape{6, 4};
  for (const auto& entry : all_initializers()) {
    const auto made = entry.from_config(Config());
    EXPECT_EQ(made->class_name(), entry.class_name);
    Config config = made->get_config();
    if (config.find("seed")) {
      EXPECT_TRUE(config.at("seed").is_null())
          << "the seed of an unseeded object is its own affair";
      config["seed"] = 99;
    }
    const auto seeded = entry.from_config(config);
    EXPECT_EQ(seeded->get_config(), config);
    const Config serialized = seeded->serialize();
    EXPECT_EQ(serialized.at("module").as_string(), "keras.initializers");
    const auto again = Initializer::deserialize(serialized);
    EXPECT_EQ(again->serialize(), serialized);
    EXPECT_EQ(difference((*again)(shape), (*seeded)(shape), 0, 0), "") << entry.class_name;
    EXPECT_EQ(difference((*made)(shape), (*made)(shape), 0, 0), "") << entry.class_name;
    for (const std::string_view alias : entry.aliases) {
      EXPECT_EQ(Initializer::get(alias)->class_name(), entry.class_name);
    }
    EXPECT_EQ(Initializer::get(to_snake_case(entry.class_name))->class_name(), entry.class_name);
  }
}

TEST(Initializers, UnseededObjectsDifferAndFollowSetRandomSeed) {
  const Shape shape{4, 4};
  const Tensor a = RandomUniform()(shape);
  EXPECT_NE(difference(RandomUniform()(shape), a, 0, 0), "");
  random::set_random_seed(5);
  const Tensor b = HeNormal()(shape);
  EXPECT_NE(difference(HeNormal()(shape), b, 0, 0), "");
  random::set_random_seed(5);
  EXPECT_EQ(difference(HeNormal()(shape), b, 0, 0), "");
}

TEST(Initializers, OldAndGeneratorConfigsAreRead) {
  const Config keras2(Config::Dict{{"class_name", "VarianceScaling"},
                                   {"config", Config::Dict{{"scale", 1.0},
                                                           {"mode", "fan_avg"},
                                                           {"distribution", "normal"},
                                                           {"seed", 3},
                                                           {"dtype", "float32"}}}});
  EXPECT_EQ(difference((*Initializer::deserialize(keras2))({5, 6}),
                       GlorotNormal({.seed = 3})({5, 6}), 0, 0),
            "");
  const Config generator(Config::Dict{{"class_name", "SeedGenerator"},
                                      {"config", Config::Dict{{"seed", 8}, {"name", "g"}}}});
  const Config with_generator(
      Config::Dict{{"class_name", "RandomUniform"}, {"config", Config::Dict{{"seed", generator}}}});
  EXPECT_EQ(difference((*Initializer::deserialize(with_generator))({9}),
                       RandomUniform({.seed = 8})({9}), 0, 0),
            "");
}

TEST(Initializers, NamesAndObjectsMakeIdentifiers) {
  const Identifier<const Initializer> name = "uniform";
  EXPECT_EQ(name->class_name(), "RandomUniform");
  const Identifier<const Initializer> object =
      RandomUniform({.minval = -1, .maxval = 1, .seed = 7});
  EXPECT_EQ(object->get_config().at("minval").as_double(), -1);
  EXPECT_FALSE(Identifier<const Initializer>());
}

std::string message_of(const auto& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Initializers, BadArgumentsAreErrors) {
  EXPECT_EQ(message_of([] { VarianceScaling({.scale = 0}); }),
            "[VarianceScaling] argument `scale` must be positive float. Received: scale=0");
  EXPECT_EQ(message_of([] { VarianceScaling({.mode = "fan"}); }),
            "[VarianceScaling] invalid `mode` argument: fan. Please use one of 'fan_in', "
            "'fan_out', 'fan_avg'.");
  EXPECT_EQ(
      message_of([] { VarianceScaling({.distribution = "cauchy"}); }),
      "[VarianceScaling] invalid `distribution` argument: cauchy. Please use one of 'uniform', "
      "'truncated_normal', 'untruncated_normal'.");
  EXPECT_EQ(message_of([] {
              Identity()({2, 3, 4});
            }),
            "[Identity] the identity matrix can only be used for 2D matrices. Received: shape=(2, "
            "3, 4) of "
            "rank 3.");
  EXPECT_EQ(message_of([] { Orthogonal()({3}); }),
            "[Orthogonal] the tensor to initialize must be at least two-dimensional. Received: "
            "shape=(3,) of "
            "rank 1.");
  EXPECT_EQ(message_of([] { Orthogonal()({0}); }).substr(0, 12), "[Orthogonal]");
  EXPECT_THROW(RandomUniform()({kNone, 3}), std::invalid_argument);
  EXPECT_THROW(GlorotUniform({.input_axes = {{0}}, .output_axes = {{2}}})({3, 4}),
               std::invalid_argument);
  EXPECT_THROW(Initializer::get("unifrom"), std::invalid_argument);
  EXPECT_NE(message_of([] { Initializer::get("unifrom"); }).find("Did you mean 'uniform'?"),
            std::string::npos);
  EXPECT_THROW(Initializer::deserialize(Config(
                   Config::Dict{{"class_name", "Ones"}, {"config", Config::Dict{{"value", 1}}}})),
               std::invalid_argument);
}

TEST(Initializers, EmptyShapesAreEmpty) {
  for (const auto& entry : all_initializers()) {
    const auto initializer = entry.from_config(Config());
    EXPECT_EQ((*initializer)({0, 5}).size(), 0) << entry.class_name;
    EXPECT_EQ((*initializer)({5, 0}).size(), 0) << entry.class_name;
  }
}

TEST(Initializers, OrthogonalIsOrthonormal) {
  const Tensor drawn = Orthogonal({.gain = 2, .seed = 1})({90, 60});
  const auto q = drawn.data<float>();
  for (std::size_t a = 0; a < 60; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      double dot = 0;
      for (std::size_t i = 0; i < 90; ++i) {
        dot += static_cast<double>(q[i * 60 + a]) * static_cast<double>(q[i * 60 + b]);
      }
      // 90 products of factors rounded to 2^-24, lengths 2.
      ASSERT_NEAR(dot, a == b ? 4.0 : 0.0, 1e-6);
    }
  }
}

TEST(Initializers, ThreadsDoNotChangeTheValues) {
  const Shape shape{1000, 201};
  for (const auto& entry : all_initializers()) {
    if (entry.class_name == "Orthogonal") continue;  // one thread, and slow at this size
    Config config = entry.from_config(Config())->get_config();
    if (config.find("seed")) config["seed"] = 4;
    const auto initializer = entry.from_config(config);
    parallel::set_num_threads(1);
    const Tensor one = (*initializer)(shape);
    parallel::set_num_threads(3);
    EXPECT_EQ(difference((*initializer)(shape), one, 0, 0), "") << entry.class_name;
    parallel::set_num_threads(0);
  }
}

// The last elements of a table of 2^33: drawn alone, without the table.
TEST(Initializers, HugeTablesAreDrawnWhereTheyAreTouched) {
  const Shape shape{std::int64_t{1} << 27, 64};
  const RandomUniform uniform({.seed = 42});
  std::vector<float> rows(192);
  const std::int64_t first = shape.size() - 192;
  uniform.fill(shape, first, rows);
  for (std::int64_t i = 0; i < 192; i += 17) {
    float alone = 0;
    uniform.fill(shape, first + i, {&alone, 1});
    EXPECT_EQ(alone, rows[static_cast<std::size_t>(i)]);
  }
  std::vector<float> low(192);
  uniform.fill(shape, first - (std::int64_t{1} << 32), low);
  EXPECT_FALSE(std::ranges::equal(low, rows));
}

/// Of an array its elements, any part of them alone, repeated where it has one.
TEST(Constant, Array) {
  const auto numbers = [](std::vector<float> values, Shape shape) {
    return Constant({.value = Tensor::from(std::move(values), std::move(shape))});
  };
  const Constant column = numbers({1, 2}, {2, 1}), row = numbers({3, 4, 5}, {3});
  const auto drawn = [](const Constant& constant) {
    const Tensor all = constant({2, 3});
    const std::span<const float> data = all.data<float>();
    std::vector<float> part(2);
    constant.fill({2, 3}, 2, part);
    EXPECT_EQ(part, std::vector<float>(data.begin() + 2, data.begin() + 4));
    return std::vector<float>(data.begin(), data.end());
  };
  EXPECT_EQ(drawn(column), (std::vector<float>{1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(drawn(row), (std::vector<float>{3, 4, 5, 3, 4, 5}));
  EXPECT_THROW(row({3, 2}), std::invalid_argument);
  EXPECT_THROW(column({2}), std::invalid_argument);
  EXPECT_EQ(row({0, 3}).shape(), (Shape{0, 3}));
  const auto again = Initializer::deserialize(row.serialize());
  EXPECT_EQ(again->serialize(), row.serialize());
}

}  // namespace
}  // namespace keratin::initializers
