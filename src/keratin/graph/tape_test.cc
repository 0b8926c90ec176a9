// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/tape.h"

#include "support/small_operations.h"
#include <gtest/gtest.h>

namespace keratin {
namespace {

using graph_test::times;
using graph_test::total;

Tensor of(std::vector<float> values) { return Tensor::from(values); }
std::vector<float> values_of(const Tensor& tensor) {
  return {tensor.data<float>().begin(), tensor.data<float>().end()};
}

// d/da sum(a * b * a) = 2 a b, d/db = a^2.
TEST(Tape, SumsTheSlopesOfAValueThatIsReadTwice) {
  auto tape = std::make_shared<Tape>();
  const Value a = tape->watch(of({2, 3}));
  const Value b = tape->watch(of({5, 7}));
  const Value y = times(times(a, b), a);
  const auto slopes = tape->slopes(y, {}, std::vector{a, b});
  EXPECT_EQ(values_of(slopes[0]), (std::vector<float>{20, 42}));
  EXPECT_EQ(values_of(slopes[1]), (std::vector<float>{4, 9}));
}

TEST(Tape, GivesTheGradientsOfWeightsTimesTheSlope) {
  Variable w("w", of({2, 3}));
  Variable frozen("f", of({1, 1}), false);
  Pass pass(true, std::make_shared<Tape>());
  const Value y = times(times(pass.value(w), pass.value(w)), pass.value(frozen));
  Gradients gradients;
  pass.tape->gradients(total(y), 10, gradients);
  ASSERT_EQ(gradients.entries().size(), 1u);
  EXPECT_EQ(values_of(gradients.find(w)->dense), (std::vector<float>{40, 60}));
}

TEST(Tape, LeavesOutWhatNobodyAsksFor) {
  auto tape = std::make_shared<Tape>();
  const Value x = of({1, 2});
  EXPECT_FALSE(times(x, x).is_recorded());
  EXPECT_EQ(tape->size(), 0u);
  const Value a = tape->watch(of({1, 2}));
  EXPECT_TRUE(times(x, a).is_recorded());
  EXPECT_FALSE(times(x, a.constant()).is_recorded());
  EXPECT_EQ(tape->size(), 1u);
  const auto slopes = tape->slopes(times(x, x), {}, std::vector{a});  // has no part in it
  EXPECT_EQ(values_of(slopes[0]), (std::vector<float>{0, 0}));
}

TEST(Tape, KnowsWhatOtherTapesRecord) {
  auto one = std::make_shared<Tape>(), other = std::make_shared<Tape>();
  const Value a = one->watch(of({1, 2})), b = other->watch(of({3, 4}));
  const Value y = times(times(a, a), a);
  EXPECT_THROW(other->slopes(y, {}, std::vector{b}), std::logic_error);
  EXPECT_FALSE(other->has_ended());
  EXPECT_EQ(values_of(one->slopes(y, {}, std::vector{b})[0]), (std::vector<float>{0, 0}));
  EXPECT_EQ(values_of(other->slopes(y, {}, std::vector{b})[0]), (std::vector<float>{0, 0}));
}

TEST(Tape, ItsValuesAreConstantsOnceItHasEnded) {
  auto tape = std::make_shared<Tape>();
  const Value a = tape->watch(of({1, 2}));
  const Value y = times(a, a);
  Gradients none;
  tape->gradients(total(y), 1, none);
  EXPECT_FALSE(y.is_recorded());
  EXPECT_FALSE(times(y, a).is_recorded());
  EXPECT_THROW(tape->gradients(total(y), 1, none), std::logic_error);
  EXPECT_THROW(tape->record({of({1})}, Arguments(std::span<const Value>())), std::logic_error);
  tape->clear();
  EXPECT_TRUE(tape->watch(of({1})).is_recorded());
}

TEST(Tape, RefusesAnotherTapeAndALossOfManyNumbers) {
  auto tape = std::make_shared<Tape>();
  auto other = std::make_shared<Tape>();
  const Value a = tape->watch(of({1, 2}));
  EXPECT_THROW(times(a, other->watch(of({1, 2}))), std::logic_error);
  Gradients none;
  EXPECT_THROW(tape->gradients(times(a, a), 1, none), std::logic_error);
  EXPECT_FALSE(tape->has_ended());
}

// What one output's slope is taken over from must not change when another reader adds to it.
TEST(Tape, ASlopeThatTwoInputsShareIsNotAddedToInPlace) {
  struct Both final : Op {
    std::string_view class_name() const override { return "Both"; }
    std::vector<Spec> compute_output_spec(const Inputs& in) const override {
      return {{in[0].shape()}};
    }
    Result forward(const Arguments& x) const override {
      Result result{graph_test::Times::product(x[0], x[1])};
      result.pullback = [](Slopes& slopes) {
        slopes.add(0, slopes.of());
        slopes.add(1, slopes.of());
      };
      return result;
    }
  };
  auto tape = std::make_shared<Tape>();
  const Value a = tape->watch(of({1}));
  const Value b = tape->watch(of({1}));
  const Value squared = times(a, a);
  const Value y = apply_op(Both(), Values{a, b});
  const Value sum = apply_op(Both(), Values{y, squared});
  const auto slopes = tape->slopes(sum, {}, std::vector{a, b});
  EXPECT_EQ(values_of(slopes[0]), (std::vector<float>{3}));
  EXPECT_EQ(values_of(slopes[1]), (std::vector<float>{1}));
}

TEST(Tape, RefusesADerivativeOfAnotherShape) {
  auto tape = std::make_shared<Tape>();
  const Value a = tape->watch(of({1, 2}));
  const Value y = compute({&a}, [](const Arguments&) {
    return Result{of({1}), [](Slopes& s) { s.add(0, of({1, 2, 3})); }};
  });
  EXPECT_THROW(tape->slopes(y, {}, std::vector{a}), std::logic_error);
}

TEST(Tape, APersistentOneIsAskedAgain) {
  auto tape = std::make_shared<Tape>(true);
  const Value x = tape->watch(of({3}));
  const Value square = times(x, x);
  const Value cube = times(square, x);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(values_of(tape->slopes(cube, {}, std::vector{x})[0]), (std::vector<float>{27}));
    EXPECT_EQ(values_of(tape->slopes(cube, {}, std::vector{square})[0]), (std::vector<float>{3}));
  }
  // Only what came behind the first way back has part in it.
  const auto slopes = tape->slopes(cube, {}, std::vector{x, square}, nullptr, 1);
  EXPECT_EQ(values_of(slopes[0]), (std::vector<float>{9}));
  EXPECT_EQ(values_of(slopes[1]), (std::vector<float>{3}));
  const Value more = times(cube, x);  // it goes on
  EXPECT_EQ(values_of(tape->slopes(more, {}, std::vector{x})[0]), (std::vector<float>{108}));
}

TEST(Pass, DrawsAndUpdatesBecomeTrueWithCommit) {
  Variable mean("m", of({1}), false);
  const graph_test::Scale layer("s");
  Pass pass(true);
  EXPECT_EQ(pass.draw(layer), 0);
  EXPECT_EQ(pass.draw(layer), 1);
  pass.update(mean, of({5}));
  EXPECT_EQ(values_of(pass.value(mean).tensor())[0], 5);
  EXPECT_EQ(values_of(mean.value())[0], 1);
  EXPECT_EQ(layer.draws(), 0);
  pass.commit();
  EXPECT_EQ(values_of(mean.value())[0], 5);
  EXPECT_EQ(layer.draws(), 2);
}

}  // namespace
}  // namespace keratin
