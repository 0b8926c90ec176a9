// SPDX-License-Identifier: Apache-2.0
#include "keratin/constraints/constraints.h"

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/base/named_list.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::constraints {
namespace {

/// A JSON 2 and a JSON 2.0 are the same number.
bool same_config(const Config& a, const Config& b) {
  if (a.is_number() && b.is_number()) return a.as_double() == b.as_double();
  if (!a.is_dict() || !b.is_dict()) return a == b;
  if (a.as_dict().size() != b.as_dict().size()) return false;
  for (const auto& [key, value] : a.as_dict()) {
    const Config* other = b.find(key);
    if (!other || !same_config(value, *other)) return false;
  }
  return true;
}

// A float32 sum of up to 24 squares, a root, a division and a product: 1e-6 is 8 eps.
TEST(Constraints, ProjectionsOfKeras) {
  const Config golden = testing::golden("constraints");
  for (const Config& c : golden.at("cases").as_list()) {
    const auto constraint = Constraint::deserialize(c);
    const Tensor w = testing::golden_tensor(c.at("w"));
    EXPECT_EQ(
        testing::difference((*constraint)(w), testing::golden_tensor(c.at("projected")), 1e-6, 0),
        "")
        << constraint->class_name() << " " << to_string(w.shape());
    EXPECT_TRUE(same_config(constraint->get_config(), c.at("config"))) << constraint->class_name();
  }
}

TEST(Constraints, NamesAndConfigsOfKeras) {
  const Config golden = testing::golden("constraints");
  for (const auto& [name, serialized] : golden.at("by_name").as_dict()) {
    EXPECT_TRUE(same_config(Constraint::get(name)->serialize(), serialized)) << name;
  }
  EXPECT_TRUE(same_config(MaxNorm({.axis = {0, 1}}).serialize(), golden.at("with_list")));
  EXPECT_EQ(Constraint::deserialize(golden.at("with_tuple"))->get_config(),
            MaxNorm({.axis = {0, 1}}).get_config());
  EXPECT_TRUE(MaxNorm({.axis = nullptr}).get_config().at("axis").is_null());
  EXPECT_THROW(Constraint::get("unit_nrom"), std::invalid_argument);
  for (const auto& entry : entries()) {
    const auto made = entry.from_config(Config());
    EXPECT_EQ(made->class_name(), entry.class_name);
    EXPECT_EQ(Constraint::deserialize(made->serialize())->serialize(), made->serialize());
  }
}

TEST(Constraints, RowsAreIndependentWhereTheySaySo) {
  Tensor w = Tensor::zeros({6, 3});
  for (std::size_t i = 0; i < 18; ++i) w.data<float>()[i] = 3 * std::sin(static_cast<float>(i));
  const std::vector<Identifier<const Constraint>> all = {
      MaxNorm({.axis = 1}), UnitNorm({.axis = -1}),
      MinMaxNorm({.min_value = 1, .max_value = 2, .rate = 0.5, .axis = {1}}), NonNeg(),
      UnitNorm({.axis = std::vector<int>{}})};
  for (const auto& constraint : all) {
    EXPECT_FALSE(constraint->couples_rows());
    const Tensor whole = (*constraint)(w);
    Tensor parts =
        Tensor::from(std::vector<float>(w.data<float>().begin(), w.data<float>().end()), w.shape());
    constraint->apply(parts.data<float>().first(6), {2, 3});
    constraint->apply(parts.data<float>().subspan(6), {4, 3});
    EXPECT_EQ(testing::difference(parts, whole, 0, 0), "") << constraint->class_name();
    Tensor rows = copy_of(w);
    for (std::size_t row = 0; row < 6; ++row)
      constraint->apply(rows.data<float>().subspan(3 * row, 3), {1, 3});
    EXPECT_EQ(testing::difference(rows, whole, 0, 0), "") << constraint->class_name();
  }
  EXPECT_TRUE(MaxNorm().couples_rows());
  EXPECT_TRUE(UnitNorm({.axis = -2}).couples_rows());
  EXPECT_TRUE(MinMaxNorm({.axis = {1, 0}}).couples_rows());
  EXPECT_TRUE(UnitNorm({.axis = nullptr}).couples_rows());
}

TEST(Constraints, ThreadsDoNotChangeBits) {
  Tensor w = Tensor::zeros({20000, 7});
  for (std::size_t i = 0; i < 140000; ++i) w.data<float>()[i] = std::sin(static_cast<float>(i));
  for (const Axes& axis : {Axes(0), Axes(1), Axes(nullptr)}) {
    parallel::set_num_threads(1);
    const Tensor one = UnitNorm({.axis = axis})(w);
    parallel::set_num_threads(4);
    EXPECT_EQ(testing::difference(UnitNorm({.axis = axis})(w), one, 0, 0), "");
    parallel::set_num_threads(0);
  }
  const Tensor columns = UnitNorm()(w);
  double squares = 0;
  for (std::size_t i = 0; i < 140000; i += 7)
    squares += std::pow(static_cast<double>(columns.data<float>()[i]), 2);
  EXPECT_NEAR(squares, 1, 1e-6);
}

// Norms over every choice of the axes of a weight with four dimensions, against sums of squares
// that are looked for element by element.
TEST(Constraints, NormsOverAnyAxes) {
  const Shape shape{3, 5, 2, 19};
  Tensor w = Tensor::zeros(shape);
  const auto x = w.data<float>();
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::cos(static_cast<float>(3 * i));
  const auto indices = [&](std::int64_t element) {
    std::array<std::int64_t, 4> at{};
    for (std::size_t k = 4; k-- > 0; element /= shape[k]) at[k] = element % shape[k];
    return at;
  };
  for (unsigned mask = 0; mask < 16; ++mask) {
    std::vector<int> axes;
    for (int k = 0; k < 4; ++k) {
      if (mask >> k & 1U) axes.push_back(k);
    }
    std::map<std::array<std::int64_t, 4>, double> squares;
    const auto norm_of = [&](std::int64_t element) {
      auto at = indices(element);
      for (const int axis : axes) at[static_cast<std::size_t>(axis)] = 0;
      return at;
    };
    for (std::int64_t i = 0; i < w.size(); ++i)
      squares[norm_of(i)] += std::pow(static_cast<double>(x[static_cast<std::size_t>(i)]), 2);
    Tensor wanted = Tensor::zeros(shape);
    for (std::int64_t i = 0; i < w.size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      wanted.data<float>()[at] =
          static_cast<float>(static_cast<double>(x[at]) / (1e-7 + std::sqrt(squares[norm_of(i)])));
    }
    // The root, the sum with 1e-7 and the quotient are rounded once each: 3 halves of 2^-23.
    EXPECT_EQ(testing::difference(UnitNorm({.axis = axes})(w), wanted, 2e-7, 0), "") << mask;
  }
}

TEST(Constraints, BadAxesAreErrorsAndChangeNothing) {
  const Tensor w = Tensor::from<float>({1, 2, 3, 4}, {2, 2});
  EXPECT_THROW(MaxNorm({.axis = 2})(w), std::invalid_argument);
  EXPECT_THROW(UnitNorm({.axis = -3})(w), std::invalid_argument);
  EXPECT_THROW(UnitNorm({.axis = {0, -2}})(w), std::invalid_argument);
  EXPECT_EQ(UnitNorm()(Tensor::zeros({0, 3})).shape(), (Shape{0, 3}));
  EXPECT_EQ(UnitNorm()(Tensor::zeros({3, 0})).shape(), (Shape{3, 0}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(NonNeg()(Tensor::from<float>({nan})).data<float>()[0]));
}

}  // namespace
}  // namespace keratin::constraints
