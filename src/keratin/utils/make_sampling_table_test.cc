// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/make_sampling_table.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::utils {
namespace {

TEST(MakeSamplingTable, AsKeras) {
  const Config file = testing::golden("make_sampling_table");
  for (const Config& c : file.at("cases").as_list()) {
    SCOPED_TRACE(formats::dump_json(c));
    const Tensor got =
        make_sampling_table(c.at("size").as_int(), c.at("sampling_factor").as_double());
    const Tensor wanted = testing::golden_tensor(c.at("result"));
    ASSERT_EQ(got.shape(), wanted.shape());
    for (std::size_t i = 0; i < got.data<double>().size(); ++i) {
      // The logarithms of two libraries: an ulp of float64 each, and the roundings behind them.
      EXPECT_NEAR(got.data<double>()[i], wanted.data<double>()[i],
                  1e-14 * wanted.data<double>()[i]);
    }
  }
}

TEST(MakeSamplingTable, BadOptions) {
  EXPECT_THROW(make_sampling_table(0), std::invalid_argument);
  EXPECT_THROW(make_sampling_table(-1), std::invalid_argument);
  EXPECT_THROW(make_sampling_table(INT64_MAX), std::invalid_argument);
  EXPECT_THROW(make_sampling_table(std::int64_t{1} << 50), OutOfMemory);
  for (const double factor : {0.0, -1.0, static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    EXPECT_THROW(make_sampling_table(3, factor), std::invalid_argument);
  }
}

}  // namespace
}  // namespace keratin::utils
