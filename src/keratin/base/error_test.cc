// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/error.h"

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "keratin/base/auto_name.h"

namespace keratin {
namespace {

TEST(Error, TextNamesWhoAndWhat) {
  try {
    invalid_argument("Embedding", "input_dim must be positive. Received: ", -3);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "[Embedding] input_dim must be positive. Received: -3");
  }
}

TEST(Error, TextOfEveryKindOfArgument) {
  EXPECT_EQ(str("a", 'x', true, -1, 2.5F, std::int8_t{7}, std::uint64_t{8}, std::string("b")),
            "axtrue-12.578b");
}

TEST(Error, SuggestsTheNearestName) {
  constexpr std::array<std::string_view, 3> known = {"adam", "rmsprop", "sgd"};
  EXPECT_EQ(did_you_mean("adm", known), " Did you mean 'adam'?");
  EXPECT_EQ(did_you_mean("RMSProp", known), " Did you mean 'rmsprop'?");
  EXPECT_EQ(did_you_mean("something else", known), "");
}

TEST(AutoName, SnakeCaseAsKeras) {  // values from keras.src.utils.naming.to_snake_case
  EXPECT_EQ(to_snake_case("GlobalAveragePooling1D"), "global_average_pooling1d");
  EXPECT_EQ(to_snake_case("SpatialDropout1D"), "spatial_dropout1d");
  EXPECT_EQ(to_snake_case("RMSprop"), "rm_sprop");
  EXPECT_EQ(to_snake_case("AdamW"), "adam_w");
  EXPECT_EQ(to_snake_case("LSTM"), "lstm");
  EXPECT_EQ(to_snake_case("L1L2"), "l1l2");
  EXPECT_EQ(to_snake_case("KLDivergence"), "kl_divergence");
}

TEST(AutoName, Counts) {
  reset_auto_names();
  EXPECT_EQ(auto_name("Embedding"), "embedding");
  EXPECT_EQ(auto_name("Embedding"), "embedding_1");
  reset_auto_names();
  EXPECT_EQ(auto_name("Embedding"), "embedding");
}

}  // namespace
}  // namespace keratin
