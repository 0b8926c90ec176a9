// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/array_config.h"

#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace keratin {
namespace {

TEST(ArrayConfig, GoesAndComes) {
  const Tensor array = Tensor::from(std::vector<std::int64_t>{1, 2, 3, 4, 5, 6}, {2, 3});
  const Config config = config_of_array(array);
  EXPECT_TRUE(is_array_config(config));
  EXPECT_EQ(config.at("config").at("dtype"), Config("int64"));
  const Tensor again = array_from_config(config);
  EXPECT_EQ(again.shape(), array.shape());
  EXPECT_EQ(config_of_array(again), config);
  EXPECT_EQ(config_of_array(Tensor::from(std::vector<float>{0.1f}, Shape{})), Config(0.1));
}

TEST(ArrayConfig, ListsOfSeveralLengths) {
  const Config one = Config(Config::List{1, 2});
  EXPECT_THROW(
      array_from_lists(Config(Config::List{one, Config(Config::List{3})}), DType::kFloat32),
      std::invalid_argument);
  EXPECT_THROW(array_from_lists(Config(Config::List{one, 3}), DType::kFloat32), std::exception);
  // The first alone would ask for 2^34 numbers: no memory is taken for them.
  Config::List lists(std::size_t{1} << 17, Config(Config::List{}));
  lists[0] = Config(Config::List(std::size_t{1} << 17, Config(0)));
  EXPECT_THROW(array_from_lists(Config(std::move(lists)), DType::kFloat32), std::invalid_argument);
}

}  // namespace
}  // namespace keratin
