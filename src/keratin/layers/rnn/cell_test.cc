// SPDX-License-Identifier: Apache-2.0
// RNN of our cells and of a user's. The numbers of cells are in rnn_test.cc.
#include "keratin/layers/rnn/cell.h"

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/ops/operators.h"

namespace keratin::layers {
namespace {

/// Adds up what it is given, and counts steps; shows both.
class Sum final : public Cell {
 public:
  explicit Sum(std::int64_t width) : Cell({.class_name = "Sum"}), width_(width) {}
  std::vector<std::int64_t> state_sizes() const override { return {width_, 1}; }
  Config get_config() const override { return base_config(); }
  Values call(const Inputs& inputs, Pass& pass) const override {
    const Values states = states_of(inputs, pass);
    const Value sum = states[0] + inputs[0], count = states[1] + 1.0;
    Values all = sum * count;
    all.push_back(sum);
    all.push_back(count);
    return all;
  }

 private:
  std::int64_t width_;
};

/// Gives one state too few.
class Short final : public Cell {
 public:
  Short() : Cell({.class_name = "Short"}) {}
  std::vector<std::int64_t> state_sizes() const override { return {2, 2}; }
  Config get_config() const override { return base_config(); }
  Values call(const Inputs& inputs, Pass&) const override {
    Values all = inputs[0];
    all.push_back(inputs[0]);
    return all;
  }
};

Tensor steps() {
  return Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {2, 3, 2});
}

Values run(const Layer& layer, const Value& x) {
  Pass pass;
  Values outputs = layer.run(Inputs(x), pass);
  pass.commit();
  return outputs;
}

void expect_same(const Tensor& got, const Tensor& wanted) {
  EXPECT_EQ(testing::difference(got, wanted, 0, 0), "");
}

TEST(RNN, OfACellOfOnesOwn) {
  const auto cell = std::make_shared<Sum>(2);
  const RNN layer({.cell = cell, .return_sequences = true, .return_state = true});
  const Values found = run(layer, steps());
  ASSERT_EQ(found.size(), 3U);
  expect_same(
      found[0].tensor(),
      Tensor::from(std::vector<float>{1, 2, 8, 12, 27, 36, 7, 8, 32, 36, 81, 90}, {2, 3, 2}));
  expect_same(found[1].tensor(), Tensor::from(std::vector<float>{9, 12, 27, 30}, {2, 2}));
  expect_same(found[2].tensor(), Tensor::from(std::vector<float>{3, 3}, {2, 1}));
  const RNN last({.cell = cell, .go_backwards = true});
  expect_same(run(last, steps())[0].tensor(),
              Tensor::from(std::vector<float>{27, 36, 81, 90}, {2, 2}));
  EXPECT_EQ(last.compute_output_shape({kNone, kNone, 2}), Shape({kNone, 2}));
}

TEST(RNN, WhatIsMaskedReachesNothing) {
  Tensor x = steps();
  x.data<float>()[2] = std::numeric_limits<float>::quiet_NaN();
  const Tensor mask = Tensor::from(std::vector<bool>{true, false, true, true, true, true}, {2, 3});
  for (const bool zero : {false, true}) {
    const RNN layer(
        {.cell = std::make_shared<Sum>(2), .return_sequences = true, .zero_output_for_mask = zero});
    const Value found = run(layer, Value(x).with_mask(mask));
    const float one = zero ? 0 : 1, two = zero ? 0 : 2;
    expect_same(
        found.tensor(),
        Tensor::from(std::vector<float>{1, 2, one, two, 12, 16, 7, 8, 32, 36, 81, 90}, {2, 3, 2}));
    EXPECT_TRUE(found.has_mask());
  }
}

TEST(RNN, KeepsStatesFromBatchToBatch) {
  RNN layer({.cell = std::make_shared<Sum>(2), .return_state = true, .stateful = true});
  EXPECT_TRUE(keeps_state(layer));
  run(layer, steps());
  expect_same(run(layer, steps())[1].tensor(),
              Tensor::from(std::vector<float>{18, 24, 54, 60}, {2, 2}));
  layer.reset_state();
  expect_same(run(layer, steps())[1].tensor(),
              Tensor::from(std::vector<float>{9, 12, 27, 30}, {2, 2}));
}

TEST(RNN, OfOurCellsHasTheBitsOfTheLayers) {
  const auto check = [](Layer& layer, Layer& rnn) {
    layer.build(Shape{2, 3, 2});
    rnn.build(Shape{2, 3, 2});
    rnn.set_weights(layer.get_weights());
    for (const bool training : {false, true}) {
      Pass one(training), other(training);
      const Values wanted = layer.run(Inputs(steps()), one),
                   found = rnn.run(Inputs(steps()), other);
      ASSERT_EQ(found.size(), wanted.size());
      for (std::size_t i = 0; i < found.size(); ++i)
        expect_same(found[i].tensor(), wanted[i].tensor());
    }
  };
  LSTM lstm(
      {.units = 3, .dropout = 0.3, .seed = 2, .return_sequences = true, .return_state = true});
  RNN of_lstm({.cell = LSTMCell({.units = 3, .dropout = 0.3, .seed = 2}),
               .return_sequences = true,
               .return_state = true});
  check(lstm, of_lstm);
  GRU gru({.units = 3, .go_backwards = true, .reset_after = false});
  RNN of_gru({.cell = GRUCell({.units = 3, .reset_after = false}), .go_backwards = true});
  check(gru, of_gru);
}

TEST(StackedRNNCells, OfACellOfOnesOwnAndOurs) {
  const auto own = std::make_shared<Sum>(2);
  const auto ours = std::make_shared<GRUCell>(GRUCellOptions{.units = 3});
  const RNN stack({.cell = StackedRNNCells({.cells = {own, ours}}), .return_state = true});
  const RNN first({.cell = own, .return_sequences = true}), second({.cell = ours});
  const Values found = run(stack, steps());
  ASSERT_EQ(found.size(), 4U);
  expect_same(found[0].tensor(), run(second, run(first, steps()))[0].tensor());
  // Step by step.
  const auto& cell = *stack.cell();
  Value x = steps();
  Pass pass;
  Values states = cell.get_initial_state(2, pass), last;
  for (std::int64_t step = 0; step < 3; ++step) {
    std::vector<float> of_step;
    for (const std::int64_t at : {step * 2, step * 2 + 1, 6 + step * 2, 6 + step * 2 + 1})
      of_step.push_back(x.tensor().data<float>()[static_cast<std::size_t>(at)]);
    Inputs call{Value(Tensor::from(of_step, {2, 2}))};
    call.named.emplace_back("states", states);
    last = cell.run(call, pass);
    for (std::size_t i = 0; i < states.size(); ++i) states[i] = last[i + 1];
  }
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(testing::difference(found[i].tensor(), last[i].tensor(), 1e-6, 1e-6), "");
}

// tests/golden/cell_choices.json: the same tolerance as in rnn_test.cc, of one step.
TEST(FusedCell, KeepsItsChoiceUntilItIsReset) {
  const Config golden = testing::golden("cell_choices");
  for (const Config& c : golden.at("cases").as_list()) {
    const auto tensors = [&](std::string_view of) {
      std::vector<Tensor> all;
      for (const Config& one : c.at(of).as_list()) all.push_back(testing::golden_tensor(one));
      return all;
    };
    const auto layer = Layer::deserialize(c.at("layer"));
    auto& cell = dynamic_cast<FusedCell&>(*layer);
    const Tensor x = testing::golden_tensor(c.at("x"));
    layer->build(x.shape());
    layer->set_weights(tensors("weights"));
    Inputs call{Value(x)};
    Values states;
    for (const Tensor& state : tensors("states")) states.push_back(state);
    call.named.emplace_back("states", states);
    const std::vector<Tensor> wanted = tensors("outputs");
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      for (const Config& what : c.at("resets").as_list()[i].as_list()) {
        if (what.as_string() == "dropout") cell.reset_dropout_mask();
        if (what.as_string() == "recurrent_dropout") cell.reset_recurrent_dropout_mask();
      }
      Pass pass(true);
      EXPECT_EQ(testing::difference(cell.run(call, pass)[0].tensor(), wanted[i], 5e-6, 5e-6), "")
          << layer->name() << " call " << i;
      pass.commit();
    }
  }
}

TEST(RNN, Refuses) {
  EXPECT_THROW(RNN({}), std::invalid_argument);
  EXPECT_THROW(RNN({.cell = Dense({.units = 2})}), std::invalid_argument);
  EXPECT_THROW(RNN({.cell = std::make_shared<Sum>(0)}), std::invalid_argument);
  EXPECT_THROW(StackedRNNCells({}), std::invalid_argument);
  EXPECT_THROW(StackedRNNCells({.cells = {Identifier<Layer>()}}), std::invalid_argument);
  EXPECT_THROW(LSTMCell({.units = 0}), std::invalid_argument);
  const RNN of_short({.cell = std::make_shared<Short>()});
  EXPECT_THROW(run(of_short, steps()), std::invalid_argument);
  const RNN layer({.cell = GRUCell({.units = 2})});
  EXPECT_THROW(run(layer, Tensor::zeros({2, 3})), std::invalid_argument);
  const GRUCell cell({.units = 2});
  cell.build(Shape{2, 2});
  Pass pass;
  const Value x = steps();
  EXPECT_THROW(cell.run_sequence(x, Tensor::zeros({2, 2}, DType::kBool), {}, {}, pass),
               std::invalid_argument);
  EXPECT_THROW(cell.run_sequence(x, {}, Tensor::zeros({2, 3}), {}, pass), std::invalid_argument);
  EXPECT_THROW(cell.run_sequence(Tensor::zeros({2, 3, 4}), {}, {}, {}, pass),
               std::invalid_argument);
  Inputs call{Value(Tensor::zeros({2, 2}))};
  call.named.emplace_back("states", Tensor::zeros({3, 2}));
  EXPECT_THROW(cell.run(call, pass), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::layers
