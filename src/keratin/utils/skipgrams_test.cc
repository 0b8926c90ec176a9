// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/skipgrams.h"

#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/base/python_random.h"
#include "keratin/base/seed.h"
#include "keratin/tensor/tensor_access.h"
#include "keratin/utils/make_sampling_table.h"

namespace keratin::utils {
namespace {

using testing::golden;

std::vector<std::int64_t> flattened(const Config& list) {
  if (!list.is_list()) return {list.as_int()};
  std::vector<std::int64_t> numbers;
  for (const Config& item : list.as_list()) {
    for (const std::int64_t number : flattened(item)) numbers.push_back(number);
  }
  return numbers;
}

std::vector<std::int64_t> elements_of(const Tensor& tensor) {
  const auto values = tensor.data<std::int64_t>();
  return {values.begin(), values.end()};
}

SkipgramsOptions skipgrams_options(const Config& config) {
  SkipgramsOptions options;
  if (const Config* value = config.find("window_size")) options.window_size = value->as_int();
  if (const Config* value = config.find("negative_samples"))
    options.negative_samples = value->as_double();
  if (const Config* value = config.find("shuffle")) options.shuffle = value->as_bool();
  if (const Config* value = config.find("categorical")) options.categorical = value->as_bool();
  if (const Config* value = config.find("seed")) options.seed = value->as_int();
  if (const Config* value = config.find("sampling_factor")) {
    options.sampling_table = make_sampling_table(10, value->as_double());
  }
  return options;
}

TEST(Skipgrams, AsKeras) {
  const Config file = golden("skipgrams");
  for (const Config& c : file.at("cases").as_list()) {
    SCOPED_TRACE(formats::dump_json(c));
    random::PythonRandom random(file.at("random_seed").as_int());
    const SkipgramsOptions options = skipgrams_options(c.at("options"));
    const Skipgrams got = skipgrams(flattened(file.at("sequence")),
                                    file.at("vocabulary_size").as_int(), options, random);
    EXPECT_EQ(elements_of(got.couples), flattened(c.at("couples")));
    EXPECT_EQ(elements_of(got.labels), flattened(c.at("labels")));
    EXPECT_EQ(got.labels.shape().rank(), options.categorical ? 2U : 1U);
    EXPECT_EQ(random.uniform(), c.at("next").as_double());
  }
}

TEST(Skipgrams, TheSeedIsForEverything) {
  const std::vector<std::int64_t> sequence{1, 2, 3, 4, 5, 6};
  const auto drawn = [&](std::optional<std::int64_t> seed) {
    return elements_of(skipgrams(sequence, 1000, {.seed = seed}).couples);
  };
  EXPECT_EQ(drawn(3), drawn(3));
  EXPECT_NE(drawn(3), drawn(4));
  random::set_random_seed(1);
  const auto first = drawn({});
  EXPECT_NE(first, drawn({}));
  random::set_random_seed(1);
  EXPECT_EQ(first, drawn({}));
}

TEST(Skipgrams, NothingToPair) {
  for (const std::vector<std::int64_t>& sequence : {std::vector<std::int64_t>{}, {0, 0}, {7}}) {
    const Skipgrams got = skipgrams(sequence, 1);
    EXPECT_EQ(got.couples.shape(), (Shape{0, 2}));
    EXPECT_EQ(got.labels.shape(), Shape{0});
  }
}

TEST(Skipgrams, BadOptionsLeaveTheDraws) {
  random::PythonRandom random(3);
  const auto before = random.state();
  const auto fails = [&](std::int64_t vocabulary, const SkipgramsOptions& options) {
    EXPECT_THROW(skipgrams({1, 2, 3}, vocabulary, options, random), std::invalid_argument);
  };
  fails(4, {.window_size = -1});
  for (const double share :
       {-0.5, static_cast<double>(NAN), static_cast<double>(INFINITY), 1e300}) {
    fails(4, {.negative_samples = share});
  }
  fails(1, {});
  fails(INT64_MIN, {});
  fails(4, {.sampling_table = Tensor::zeros({4, 1})});
  try {
    skipgrams({1, 2, 3}, 4, {.sampling_table = make_sampling_table(3, 1.0)}, random);
    FAIL();
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(
        error.what(),
        "[skipgrams] sampling_table has 3 entries, none for a word of the sequence. Received: 3");
  }
  EXPECT_THROW(skipgrams({-1, 2}, 4, {.sampling_table = make_sampling_table(3)}, random),
               std::out_of_range);
  EXPECT_EQ(random.state(), before);
}

}  // namespace
}  // namespace keratin::utils
