// SPDX-License-Identifier: Apache-2.0
#include "keratin/random/candidate_sampler.h"

#include <cmath>
#include <set>
#include <stdexcept>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

namespace keratin::random {
namespace {

Tensor classes(const std::vector<std::int64_t>& values) { return Tensor::from(values); }

std::vector<double> numbers(const Config& list) {
  std::vector<double> result;
  for (const Config& one : list.as_list()) result.push_back(one.as_double());
  return result;
}

TEST(CandidateSampler, ExpectedCountsAreThoseOfTensorFlow) {
  const Config file = testing::golden("sampled");
  for (const Config& c : file.at("counts").as_list()) {
    CandidateSamplerOptions options{.range_max = c.at("range_max").as_int()};
    const Config& more = c.at("options");
    if (const Config* unigrams = more.find("unigrams")) options.unigrams = numbers(*unigrams);
    if (const Config* power = more.find("distortion")) options.distortion = power->as_double();
    if (const Config* count = more.find("num_reserved_ids"))
      options.num_reserved_ids = count->as_int();
    const auto sampler = candidate_sampler(c.at("sampler").as_string(), options);
    const std::int64_t sampled = c.at("num_sampled").as_int();
    const Config::List& given = c.at("sampled_values").as_list();
    const Tensor drawn = testing::golden_tensor(given[0]);
    const Tensor of_true = testing::golden_tensor(given[1]);
    const Tensor of_drawn = testing::golden_tensor(given[2]);
    // TensorFlow does not say how many draws it took, but one number of them explains all counts:
    // its p is a float32, so that a count of n draws is off by n times 6e-8, and more where p is
    // near 1.
    const auto explains = [&](std::int64_t draws) {
      const auto near = [&](std::int64_t one, float count) {
        return std::abs(expected_count(sampler->probability(one), sampled, draws) -
                        static_cast<double>(count)) < 1e-5;
      };
      bool all = true;
      for (std::size_t i = 0; i < of_true.data<float>().size(); ++i)
        all &= near(static_cast<std::int64_t>(i), of_true.data<float>()[i]);
      for (std::size_t i = 0; i < of_drawn.data<float>().size(); ++i)
        all &= near(drawn.data<std::int64_t>()[i], of_drawn.data<float>()[i]);
      return all;
    };
    std::vector<std::int64_t> found;
    for (std::int64_t draws = sampled; draws < 200; ++draws) {
      if (explains(draws)) found.push_back(draws);
    }
    ASSERT_EQ(found.size(), 1u) << c.at("sampler").as_string();
    EXPECT_TRUE(c.at("unique").as_bool() || found[0] == sampled);
  }
}

std::unique_ptr<CandidateSampler> sampler(const std::string& name) {
  if (name == "fixed_unigram")
    return candidate_sampler(
        name,
        {.range_max = 6, .unigrams = {3, 0, 1, 8, 2}, .distortion = 0.75, .num_reserved_ids = 1});
  auto made = candidate_sampler(name, {.range_max = name == "learned_unigram" ? 6 : 37});
  if (made->learns()) made->learn(std::vector<std::int64_t>{5, 5, 5, 2, 0, 5, 3, 3});
  return made;
}

const std::vector<std::string> kNames = {"log_uniform", "uniform", "learned_unigram",
                                         "fixed_unigram"};

TEST(CandidateSampler, DrawsByItsProbabilities) {
  for (const std::string& name : kNames) {
    const auto made = sampler(name);
    constexpr std::int64_t kDraws = 200'000;
    const auto result = made->sample(classes({0}), kDraws, false, key_from_seed(7));
    std::vector<double> seen(static_cast<std::size_t>(made->range_max()), 0.0);
    for (const std::int64_t one : result.sampled_candidates.data<std::int64_t>())
      seen[static_cast<std::size_t>(one)] += 1;
    double sum = 0, squares = 0, freedom = -1;
    for (std::int64_t c = 0; c < made->range_max(); ++c) {
      const double p = made->probability(c), expected = p * kDraws;
      const double found = seen[static_cast<std::size_t>(c)];
      sum += p;
      if (p == 0) {
        EXPECT_EQ(found, 0);
        continue;
      }
      squares += (found - expected) * (found - expected) / expected;
      freedom += 1;
    }
    EXPECT_NEAR(sum, 1, 1e-12) << name;
    // Pearson's statistic has this mean, and twice it as variance; five deviations.
    EXPECT_LT(squares, freedom + 5 * std::sqrt(2 * freedom)) << name;
    EXPECT_GT(squares, 0) << name;
  }
}

TEST(CandidateSampler, UniqueClassesAreDistinctAndFollowFromTheKey) {
  for (const std::string& name : kNames) {
    const auto made = sampler(name);
    const auto draw = [&](std::int64_t seed) {
      const auto result = made->sample(classes({3}), 4, true, key_from_seed(seed));
      const auto drawn = result.sampled_candidates.data<std::int64_t>();
      const auto counts = result.sampled_expected_count.data<float>();
      EXPECT_EQ(std::set<std::int64_t>(drawn.begin(), drawn.end()).size(), 4u);
      for (const float count : counts) EXPECT_TRUE(count > 0 && count <= 4);
      return std::vector<std::int64_t>(drawn.begin(), drawn.end());
    };
    EXPECT_EQ(draw(1), draw(1));
    std::set<std::vector<std::int64_t>> all;
    for (std::int64_t seed = 0; seed < 20; ++seed) all.insert(draw(seed));
    EXPECT_GT(all.size(), 5u);
  }
  const auto whole = candidate_sampler("log_uniform", {.range_max = 100});
  const auto result = whole->sample(classes({3}), 100, true, key_from_seed(1));
  const auto drawn = result.sampled_candidates.data<std::int64_t>();
  EXPECT_EQ(std::set<std::int64_t>(drawn.begin(), drawn.end()).size(), 100u);
}

TEST(CandidateSampler, ARangeOfOneIsThatClass) {
  for (const char* const name : {"log_uniform", "uniform", "learned_unigram"}) {
    const auto result =
        candidate_sampler(name, {.range_max = 1})->sample(classes({0, 0}), 1, true, Key{});
    EXPECT_EQ(result.sampled_candidates.data<std::int64_t>()[0], 0);
    EXPECT_EQ(result.true_expected_count.data<float>()[1], 1);
  }
}

TEST(CandidateSampler, LearntCountsAreKept) {
  const auto made = sampler("learned_unigram");
  EXPECT_EQ(made->counts(), (std::vector<std::int64_t>{2, 1, 2, 3, 1, 5}));
  EXPECT_EQ(made->probability(5), 5.0 / 14);
  const auto other = candidate_sampler("learned_unigram", {.range_max = 6});
  other->set_counts(made->counts());
  for (std::int64_t seed = 0; seed < 9; ++seed) {
    const auto draw = [&](const CandidateSampler& from) {
      const Tensor drawn =
          from.sample(classes({1}), 50, false, key_from_seed(seed)).sampled_candidates;
      return std::vector<std::int64_t>(drawn.data<std::int64_t>().begin(),
                                       drawn.data<std::int64_t>().end());
    };
    EXPECT_EQ(draw(*made), draw(*other));
  }
  EXPECT_THROW(other->set_counts(std::vector<std::int64_t>{1, 2}), std::invalid_argument);
  EXPECT_THROW(other->set_counts(std::vector<std::int64_t>{1, 2, 3, 4, 5, 0}),
               std::invalid_argument);
  EXPECT_EQ(other->counts(), made->counts());
  EXPECT_THROW(sampler("uniform")->set_counts(made->counts()), std::invalid_argument);
}

TEST(CandidateSampler, RefusesWhatItCannotDraw) {
  const auto refused = [](const std::string& name, const CandidateSamplerOptions& options) {
    EXPECT_THROW(candidate_sampler(name, options), std::invalid_argument) << name;
  };
  refused("zipf", {.range_max = 5});
  refused("uniform", {.range_max = 0});
  refused("uniform", {.range_max = 5, .unigrams = {1, 2, 3, 4, 5}});
  refused("log_uniform", {.range_max = 5, .distortion = 0.75});
  refused("fixed_unigram", {.range_max = 5, .unigrams = {1, 2}});
  refused("fixed_unigram", {.range_max = 2, .unigrams = {0, 0}});
  refused("fixed_unigram", {.range_max = 2, .unigrams = {-1, 2}});
  refused("fixed_unigram", {.range_max = 2, .unigrams = {std::nan(""), 2}});
  refused("fixed_unigram", {.range_max = 2, .unigrams = {1, 1}, .num_reserved_ids = 3});
  refused("fixed_unigram", {.range_max = 2, .unigrams = {1e300, 1e300}, .distortion = 9});
  const auto fixed = sampler("fixed_unigram");
  EXPECT_THROW(fixed->sample(classes({0}), 5, true, Key{}), std::invalid_argument);  // 4 can be
  EXPECT_THROW(fixed->sample(classes({0}), 0, true, Key{}), std::invalid_argument);
  EXPECT_THROW(fixed->sample(classes({6}), 1, true, Key{}), std::out_of_range);
  EXPECT_THROW(fixed->sample(classes({-1}), 1, true, Key{}), std::out_of_range);
  EXPECT_THROW(fixed->sample(Tensor::zeros({2}), 1, true, Key{}), std::invalid_argument);
  EXPECT_THROW(fixed->sample(Tensor(), 1, true, Key{}), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::random
