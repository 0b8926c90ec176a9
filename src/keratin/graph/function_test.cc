// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/function.h"

#include "support/small_operations.h"
#include <gtest/gtest.h>

namespace keratin {
namespace {

using graph_test::entry;
using graph_test::Scale;
using graph_test::times;

Tensor pair(std::vector<float> values) { return Tensor::from(values, Shape{1, 2}); }
std::vector<float> values_of(const Value& value) {
  const Tensor& tensor = value.tensor();
  return {tensor.data<float>().begin(), tensor.data<float>().end()};
}
Value call(const std::shared_ptr<Operation>& operation, const Value& x) {
  Pass pass;
  return (*operation)(Inputs(x), pass);
}
const Shape kShape{kNone, 2};

TEST(Function, RunsAGraphOfTwoInputsAndOutputsAndASharedLayer) {
  const Value a = entry("a", kShape), b = entry("b", kShape);
  const auto layer = std::make_shared<Scale>("twice", 2.0f);
  const Value x = call(layer, a), y = call(layer, b);
  const Function f(Values{a, b}, Values{times(x, y), x});
  Pass pass;
  const Values out = f(Values{pair({1, 2}), pair({3, 4})}, pass);
  EXPECT_EQ(values_of(out[0]), (std::vector<float>{12, 32}));
  EXPECT_EQ(values_of(out[1]), (std::vector<float>{2, 4}));
}

TEST(Function, IsCutOutOfAnother) {
  const Value a = entry("a", kShape);
  const Value x = call(std::make_shared<Scale>("x", 2.0f), a);
  const Value y = call(std::make_shared<Scale>("y", 5.0f), x);
  Pass pass;
  EXPECT_EQ(values_of(Value(Function(a, x)(pair({1, 2}), pass))), (std::vector<float>{2, 4}));
  EXPECT_EQ(values_of(Value(Function(x, y)(pair({1, 2}), pass))), (std::vector<float>{5, 10}));
  EXPECT_EQ(values_of(Value(Function(a, a)(pair({1, 2}), pass))), (std::vector<float>{1, 2}));
}

TEST(Function, RunsOnSymbolicValuesToo) {
  const Value a = entry("a", kShape);
  const Function f(a, call(std::make_shared<Scale>("x", 2.0f), a));
  const Value b = entry("b", Shape{kNone, 7});
  Pass pass;
  const Value y = f(b, pass);
  EXPECT_TRUE(y.is_symbolic());
  EXPECT_EQ(y.shape(), (Shape{kNone, 7}));
}

TEST(Function, DifferentiatesThroughALayerThatIsUsedTwice) {
  const Value a = entry("a", kShape);
  const Function f(a, times(call(std::make_shared<Scale>("x", 3.0f), a), a));
  Pass pass(true, std::make_shared<Tape>());
  const Value x = pass.tape->watch(pair({1, 2}));
  const auto slopes = pass.tape->slopes(f(x, pass), {}, std::vector{x});
  EXPECT_EQ(values_of(slopes[0]), (std::vector<float>{6, 12}));  // of 3 x^2
}

TEST(Function, NodesRunAndAreListedInTheOrdersOfKeras) {
  // Keras 3.16 lists these layers as a, d, e, t, u, and calls u, then t on e, on d, on a.
  const Value a = entry("a", kShape);
  const auto t = std::make_shared<Scale>("t");
  const Value d = call(std::make_shared<Scale>("d"), a), e = call(std::make_shared<Scale>("e"), a);
  const Values outputs{call(t, a), call(t, d), call(t, e), call(std::make_shared<Scale>("u"), a)};
  const Function f(a, outputs);
  const auto text = [](const auto& nodes) {
    std::string names;
    for (const auto& node : nodes) names += node->name;
    return names;
  };
  EXPECT_EQ(text(f.listed()), "adetttu");
  EXPECT_EQ(text(f.nodes()), "aeduttt");
  const auto calls = f.nodes().last(3);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(calls[i], outputs[2 - i].node());
}

TEST(Function, NamesWhatItCannotReach) {
  const Value a = entry("a", kShape), b = entry("b", kShape);
  const Value y = times(call(std::make_shared<Scale>("x"), a), b);
  try {
    Function(a, y);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("'b'"), std::string::npos) << error.what();
  }
  EXPECT_THROW(Function(a, b), std::invalid_argument);
  EXPECT_THROW(Function(Values{a, a}, y), std::invalid_argument);
  EXPECT_THROW(Function(pair({1, 2}), y), std::invalid_argument);
  EXPECT_THROW(Function(a, pair({1, 2})), std::invalid_argument);
}

TEST(Function, RefusesToLoseAMaskUnderTheStrictPolicyAlone) {
  const Value a = entry("a", kShape);
  const Value masked = call(std::make_shared<Scale>("maker", 1.0f, true, true), a);
  const Value carried = call(std::make_shared<Scale>("carrier"), masked);
  EXPECT_TRUE(carried.has_mask());
  const Value lost = call(std::make_shared<Scale>("loser", 1.0f, false), carried);
  EXPECT_FALSE(lost.has_mask());
  try {
    Function(a, lost);
    FAIL();
  } catch (const std::invalid_argument& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("'maker'"), std::string::npos) << text;
    EXPECT_NE(text.find("'loser'"), std::string::npos) << text;
  }
  Pass pass;
  EXPECT_NO_THROW(Function(a, lost, MaskPolicy::kKeras3)(pair({1, 2}), pass));
  const Value out = Function(a, carried)(pair({1, 2}), pass);
  EXPECT_EQ(values_of(out.mask()), (std::vector<float>{1, 2}));
}

TEST(Function, AChainOfManyLayersNeedsNoStack) {
  Value x = entry("a", kShape);
  const Value a = x;
  const auto layer = std::make_shared<Scale>("x");
  for (int i = 0; i < 20000; ++i) x = call(layer, x);
  Pass pass;
  EXPECT_EQ(values_of(Value(Function(a, x)(pair({1, 2}), pass))), (std::vector<float>{1, 2}));
}

TEST(Function, FusesWhatHasOneReader) {
  struct Maker final : Scale {
    using Scale::Scale;
    std::shared_ptr<const Operation> fused_with(const Operation& next, bool) const override {
      return next.name() == "second" ? std::make_shared<Scale>("both", 100.0f) : nullptr;
    }
  };
  const Value a = entry("a", kShape);
  const Value x = call(std::make_shared<Maker>("first", 1.0f), a);
  const Value y = call(std::make_shared<Scale>("second", 1.0f), x);
  Pass pass;
  EXPECT_EQ(values_of(Value(Function(a, y)(pair({1, 2}), pass))), (std::vector<float>{100, 200}));
  EXPECT_EQ(values_of(Function(a, Values{y, x})(pair({1, 2}), pass)[0]),
            (std::vector<float>{1, 2}));
  EXPECT_EQ(values_of(Value(Function(a, times(y, x))(pair({1, 2}), pass))),
            (std::vector<float>{1, 4}));
  EXPECT_EQ(Function(a, y).nodes().size(), 3u);
}

TEST(Function, AnOperationThatNobodySharesCannotBecomeANode) {
  const Scale layer("x");
  Pass pass;
  EXPECT_THROW(layer(entry("a", kShape), pass), std::logic_error);
}

/// A stack of 8 MB holds some 50,000 frames of what drops a value, its node and the next value.
TEST(Function, AGraphMayBeDeeperThanTheStack) {
  const Value a = entry("a", kShape);
  const auto layer = std::make_shared<Scale>("x", 1.0f);
  Value x = call(layer, a);
  for (int i = 0; i < 200000; ++i) x = call(layer, x);
  {
    const Function f(a, x);
    EXPECT_EQ(f.nodes().size(), 200002u);
    x = Value();
  }
  // Masks make chains too: each is a value of the one before it.
  for (int i = 0; i < 200000; ++i) x = a.with_mask(call(layer, x ? x.mask() : a));
}

}  // namespace
}  // namespace keratin
