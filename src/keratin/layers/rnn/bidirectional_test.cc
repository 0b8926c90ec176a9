// SPDX-License-Identifier: Apache-2.0
// What Bidirectional and TimeDistributed give is tested in rnn_test.cc, beside Keras's numbers.
#include "keratin/layers/rnn/bidirectional.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/random/random.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

std::vector<std::string> paths_of(const Layer& layer) {
  std::vector<std::string> paths;
  for (const auto& weight : layer.weights()) paths.push_back(weight->path());
  return paths;
}

TEST(Bidirectional, IsMadeOfTwoLayersOfItsOwn) {
  const auto lstm = shared(LSTM({.units = 2, .name = "forward_a"}));
  Bidirectional both({.layer = lstm, .name = "both"});
  both(Tensor::zeros({2, 3, 4}));
  EXPECT_FALSE(lstm->built());
  EXPECT_EQ(paths_of(both),
            (std::vector<std::string>{
                "both/forward_a/lstm_cell/kernel", "both/forward_a/lstm_cell/recurrent_kernel",
                "both/forward_a/lstm_cell/bias", "both/backward_forward_a/lstm_cell/kernel",
                "both/backward_forward_a/lstm_cell/recurrent_kernel",
                "both/backward_forward_a/lstm_cell/bias"}));
  const auto values = both.get_weights();
  EXPECT_FALSE(std::ranges::equal(values[0].data<float>(), values[3].data<float>()));
  both.set_trainable(false);
  EXPECT_TRUE(both.trainable_weights().empty());
  const Bidirectional fixed({.layer = GRU({.units = 2}), .trainable = false});
  EXPECT_FALSE(fixed.forward_layer()->trainable());
}

TEST(Bidirectional, MasksGoOnWithTheSteps) {
  const Tensor mask = Tensor::from(std::vector<bool>{true, false, true}, {1, 3});
  const Value x = Value(Tensor::zeros({1, 3, 2})).with_mask(mask);
  for (const bool sequences : {false, true}) {
    for (const bool one : {false, true}) {
      const Bidirectional layer(
          {.layer = GRU({.units = 2, .return_sequences = sequences}),
           .merge_mode = one ? std::optional<std::string>("sum") : std::nullopt});
      Pass pass;
      const Values outputs = layer.run(x, pass);
      ASSERT_EQ(outputs.size(), one ? 1U : 2U);
      for (const Value& output : outputs) {
        ASSERT_EQ(output.has_mask(), sequences);
        if (!sequences) continue;
        EXPECT_TRUE(std::ranges::equal(output.mask().tensor().data<bool>(), mask.data<bool>()));
      }
    }
  }
}

TEST(Bidirectional, RefusesWhatDoesNotGoTogether) {
  EXPECT_THROW(Bidirectional({}), std::invalid_argument);
  EXPECT_THROW(Bidirectional({.layer = Dense({.units = 2})}), std::invalid_argument);
  EXPECT_THROW(Bidirectional({.layer = GRU({.units = 2}), .merge_mode = "max"}),
               std::invalid_argument);
  EXPECT_THROW(Bidirectional({.layer = GRU({.units = 2}), .backward_layer = GRU({.units = 2})}),
               std::invalid_argument);
  EXPECT_THROW(Bidirectional({.layer = GRU({.units = 2}),
                              .backward_layer =
                                  GRU({.units = 2, .return_state = true, .go_backwards = true})}),
               std::invalid_argument);
  Bidirectional uneven({.layer = GRU({.units = 2}),
                        .merge_mode = "sum",
                        .backward_layer = GRU({.units = 3, .go_backwards = true})});
  EXPECT_THROW(uneven(Tensor::zeros({2, 3, 4})), std::invalid_argument);
  EXPECT_FALSE(uneven.built());
  Bidirectional layer({.layer = GRU({.units = 2})});
  layer(Tensor::zeros({2, 3, 4}));
  EXPECT_THROW(layer(Tensor::zeros({2, 3, 5})), std::invalid_argument);
  Pass pass;
  Inputs inputs{Value(Tensor::zeros({2, 3, 4}))};
  inputs.named.emplace_back("initial_state", Values(Tensor::zeros({2, 2})));
  EXPECT_THROW(layer.run(inputs, pass), std::invalid_argument);
}

TEST(Recurrent, AStatefulLayerBeginsWhereTheBatchBeforeEnded) {
  const Tensor x = random::normal({2, 6, 4}, {.seed = 1});
  for (const bool both : {false, true}) {
    const LSTMOptions options = {.units = 3, .return_state = true, .stateful = true};
    const auto layer = both
                           ? std::shared_ptr<Layer>(shared(Bidirectional({.layer = LSTM(options)})))
                           : shared(LSTM(options));
    EXPECT_TRUE(keeps_state(*layer));
    EXPECT_THROW(layer->build({kNone, kNone, 4}), std::invalid_argument);
    EXPECT_FALSE(layer->built());
    Pass first;
    const Values one = layer->run(Value(x), first);
    Pass again;  // the first is not committed yet
    EXPECT_TRUE(std::ranges::equal(Value(layer->run(Value(x), again)[0]).tensor().data<float>(),
                                   one[0].tensor().data<float>()));
    first.commit();
    Inputs given{Value(x)};
    Values states;
    for (std::size_t i = 1; i < one.size(); ++i) states.push_back(one[i]);
    given.named.emplace_back("initial_state", states);
    Pass second, by_hand;
    EXPECT_TRUE(std::ranges::equal(layer->run(Value(x), second)[0].tensor().data<float>(),
                                   layer->run(given, by_hand)[0].tensor().data<float>()));
    EXPECT_THROW(layer->run(Value(Tensor::zeros({3, 6, 4})), second), std::invalid_argument);
    EXPECT_EQ(layer->weights().size(), both ? 6U : 3U);
  }
}

TEST(TimeDistributed, MasksOfStepsAndWithinThem) {
  Tensor mask = Tensor::zeros({2, 3, 4}, DType::kBool);
  for (const std::size_t place : {0U, 1U, 8U, 12U}) mask.data<bool>()[place] = true;
  const Value x = Value(Tensor::zeros({2, 3, 4, 2})).with_mask(mask);
  Pass pass;
  const Value last = TimeDistributed({.layer = LSTM({.units = 3})}).run(x, pass);
  const std::vector<bool> some = {true, false, true, true, false, false};
  EXPECT_TRUE(std::ranges::equal(last.mask().tensor().data<bool>(), some));
  const Value all =
      TimeDistributed({.layer = LSTM({.units = 3, .return_sequences = true})}).run(x, pass);
  EXPECT_EQ(all.mask().shape(), mask.shape());
  EXPECT_TRUE(
      std::ranges::equal(all.mask().tensor().data<bool>(), std::as_const(mask).data<bool>()));
  // What is made within the layer: ids that are 0.
  const Value ids = Tensor::from(std::vector<std::int32_t>{1, 0, 2, 2, 0, 0}, {1, 2, 3});
  const TimeDistributed table(
      {.layer = Embedding({.input_dim = 3, .output_dim = 2, .mask_zero = true})});
  const std::vector<bool> words = {true, false, true, true, false, false};
  EXPECT_TRUE(std::ranges::equal(Value(table.run(ids, pass)).mask().tensor().data<bool>(), words));
}

TEST(TimeDistributed, NoSteps) {
  for (const bool training : {false, true}) {
    Pass pass(training);
    const TimeDistributed dropout({.layer = Dropout({.rate = 0.5})}),
        dense({.layer = Dense({.units = 3})});
    const Tensor x = Tensor::zeros({2, 0, 4});
    EXPECT_EQ(Value(dropout.run(Value(x), pass)).shape(), (Shape{2, 0, 4}));
    EXPECT_EQ(Value(dense.run(Value(x), pass)).shape(), (Shape{2, 0, 3}));
  }
}

TEST(TimeDistributed, RefusesWhatItCannotTake) {
  EXPECT_THROW(TimeDistributed({}), std::invalid_argument);
  EXPECT_THROW(TimeDistributed({.layer = Dense({.units = 2})})(Tensor::zeros({2, 3})),
               std::invalid_argument);
  EXPECT_THROW(TimeDistributed({.layer = GRU({.units = 2})})(Tensor::zeros({2, 3, 4})),
               std::invalid_argument);
}

}  // namespace
}  // namespace keratin::layers
