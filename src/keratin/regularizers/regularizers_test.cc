// SPDX-License-Identifier: Apache-2.0
#include "keratin/regularizers/regularizers.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/base/named_list.h"
#include "keratin/parallel/parallel.h"

namespace keratin::regularizers {
namespace {

Tensor gradient_of(const Regularizer& r, const Tensor& x, float scale = 1) {
  Tensor gradient = Tensor::zeros(x.shape());
  r.add_gradient(x.data<float>(), x.shape(), scale, gradient.data<float>());
  return gradient;
}

// Keras sums up to 24 float32 terms and multiplies twice: 1e-6 is 8 eps. Gradients of the
// orthogonal one subtract projections of the size of the rest, hence the atol of 4 eps.
TEST(Regularizers, PenaltiesAndGradientsOfKeras) {
  const Config golden = testing::golden("regularizers");
  for (const Config& c : golden.at("cases").as_list()) {
    const auto r = Regularizer::deserialize(c.at("serialized"));
    const Tensor x = testing::golden_tensor(c.at("x"));
    const double wanted = c.at("penalty").as_double();
    EXPECT_NEAR(static_cast<double>((*r)(x)), wanted, 1e-6 * wanted) << r->class_name();
    EXPECT_EQ(testing::difference(gradient_of(*r, x), testing::golden_tensor(c.at("gradient")),
                                  2e-6, 5e-7),
              "")
        << r->class_name() << " " << to_string(x.shape());
    EXPECT_EQ(r->serialize(), c.at("serialized"));
  }
}

TEST(Regularizers, NamesOfKeras) {
  const Config golden = testing::golden("regularizers");
  for (const auto& [name, serialized] : golden.at("by_name").as_dict()) {
    EXPECT_EQ(Regularizer::get(name)->serialize(), serialized) << name;
  }
  EXPECT_EQ(Regularizer::get("l1_l2")->get_config(), L1L2({.l1 = 0.01, .l2 = 0.01}).get_config());
  EXPECT_EQ(Regularizer::get("orthogonal")->class_name(), "OrthogonalRegularizer");
  EXPECT_THROW(Regularizer::get("l3"), std::invalid_argument);
  for (const auto& entry : entries()) {
    const auto made = entry.from_config(Config());
    EXPECT_EQ(made->class_name(), entry.class_name);
    EXPECT_EQ(Regularizer::deserialize(made->serialize())->serialize(), made->serialize());
  }
}

TEST(Regularizers, RowsAreIndependentWhereTheySaySo) {
  Tensor x = Tensor::zeros({6, 3});
  for (std::size_t i = 0; i < 18; ++i) x.data<float>()[i] = std::sin(static_cast<float>(i));
  for (const auto& entry : entries()) {
    const auto r = entry.from_config(Config());
    if (r->couples_rows()) continue;
    const Tensor whole = gradient_of(*r, x, 0.5f);
    Tensor parts = Tensor::zeros(x.shape());
    r->add_gradient(x.data<float>().first(6), {2, 3}, 0.5f, parts.data<float>().first(6));
    r->add_gradient(x.data<float>().subspan(6), {4, 3}, 0.5f, parts.data<float>().subspan(6));
    EXPECT_EQ(testing::difference(parts, whole, 0, 0), "") << entry.class_name;
  }
  EXPECT_TRUE(OrthogonalRegularizer().couples_rows());
}

TEST(Regularizers, LongSumsKeepTheirDigitsAndDoNotDependOnThreads) {
  const std::vector<float> values(3'000'000, 0.1f);
  const Tensor x = Tensor::from(values, {1000, 3000});
  for (const char* name : {"l1", "l2"}) {
    const auto r = Regularizer::get(name);
    parallel::set_num_threads(1);
    const float one = (*r)(x);
    parallel::set_num_threads(3);
    EXPECT_EQ((*r)(x), one);
    parallel::set_num_threads(0);
  }
  EXPECT_FLOAT_EQ(L1({.l1 = 1})(x), 300000.0f);
  EXPECT_FLOAT_EQ(L2({.l2 = 1})(x), 30000.0f);
  Tensor m = Tensor::zeros({50, 7});
  for (std::size_t i = 0; i < 350; ++i) m.data<float>()[i] = std::sin(static_cast<float>(i));
  const OrthogonalRegularizer orthogonal;
  parallel::set_num_threads(1);
  const float one = orthogonal(m);
  const Tensor gradient = gradient_of(orthogonal, m);
  parallel::set_num_threads(3);
  EXPECT_EQ(orthogonal(m), one);
  EXPECT_EQ(testing::difference(gradient_of(orthogonal, m), gradient, 0, 0), "");
  parallel::set_num_threads(0);
}

TEST(Regularizers, ASingleRowHasNoPair) {
  const Tensor x = Tensor::from<float>({1, 2, 3}, {1, 3});
  EXPECT_EQ(OrthogonalRegularizer()(x), 0.0f);
  EXPECT_EQ(
      testing::difference(gradient_of(OrthogonalRegularizer(), x), Tensor::zeros({1, 3}), 0, 0),
      "");
  EXPECT_EQ(OrthogonalRegularizer()(Tensor::zeros({0, 3})), 0.0f);
  EXPECT_EQ(L2()(Tensor::zeros({0, 3})), 0.0f);
}

TEST(Regularizers, BadArguments) {
  EXPECT_THROW(L1({.l1 = -1}), std::invalid_argument);
  EXPECT_THROW(L2({.l2 = std::numeric_limits<double>::infinity()}), std::invalid_argument);
  EXPECT_THROW(L1L2({.l2 = std::numeric_limits<double>::quiet_NaN()}), std::invalid_argument);
  EXPECT_THROW(OrthogonalRegularizer({.factor = -1}), std::invalid_argument);
  EXPECT_THROW(OrthogonalRegularizer({.mode = "diagonal"}), std::invalid_argument);
  EXPECT_THROW(OrthogonalRegularizer()(Tensor::zeros({3})), std::invalid_argument);
  Config config = Config::dict();
  config["l2"] = "much";
  EXPECT_THROW(L2::options_from(config), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::regularizers
