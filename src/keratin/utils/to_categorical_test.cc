// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/to_categorical.h"

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/tensor/tensor_access.h"

namespace keratin::utils {
namespace {

using testing::golden;
using testing::golden_tensor;

TEST(ToCategorical, AsKeras) {
  const Config file = golden("to_categorical");
  for (const Config& c : file.at("cases").as_list()) {
    SCOPED_TRACE(formats::dump_json(c));
    const Tensor x = golden_tensor(c.at("x"));
    ToCategoricalOptions options;
    from_config(c.at("num_classes"), options.num_classes);
    if (c.find("error")) {
      EXPECT_THROW(to_categorical(x, options), std::logic_error);
      continue;
    }
    // Keras: float64, of numbers that float32 holds.
    const Tensor wanted = cast(golden_tensor(c.at("result")), DType::kFloat32);
    EXPECT_EQ(testing::difference(to_categorical(x, options), wanted, 0, 0), "");
  }
}

TEST(ToCategorical, AnyTypeOfLabel) {
  const Tensor wanted = Tensor::from<float>({0, 1, 1, 0}, {2, 2});
  EXPECT_EQ(testing::difference(to_categorical({1, 0}), wanted, 0, 0), "");
  EXPECT_EQ(testing::difference(to_categorical(std::vector<bool>{true, false}), wanted, 0, 0), "");
  EXPECT_EQ(testing::difference(to_categorical(std::vector<float>{1, 0}), wanted, 0, 0), "");
  EXPECT_EQ(testing::difference(to_categorical(std::vector<std::uint64_t>{1, 0}), wanted, 0, 0),
            "");
}

TEST(ToCategorical, BadLabels) {
  try {
    to_categorical({0, 3}, {.num_classes = 3});
    FAIL();
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(), "[to_categorical] label 1 is outside [0, 3). Received: 3");
  }
  EXPECT_THROW(to_categorical({0, -1}, {.num_classes = 3}), std::out_of_range);
  EXPECT_THROW(to_categorical(std::vector<float>{0.5F}), std::invalid_argument);
  EXPECT_THROW(to_categorical(std::vector<double>{NAN}), std::invalid_argument);
  EXPECT_THROW(to_categorical(std::vector<double>{1e300}), std::invalid_argument);
  EXPECT_THROW(to_categorical(std::vector<std::uint64_t>{~0ULL}), std::out_of_range);
}

}  // namespace
}  // namespace keratin::utils
