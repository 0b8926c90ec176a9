// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/parallel/parallel.h"
#include "keratin/random/random.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

// tests/golden/recurrent.json has Keras's outputs, states and gradients. A sum of at most 20
// products of magnitude 3, through at most five steps that multiply an error by less than 2 each:
// 5e-6.
constexpr double kRelative = 5e-6;
constexpr double kAbsolute = 5e-6;

std::vector<Tensor> tensors(const Config& list) {
  std::vector<Tensor> result;
  for (const Config& item : list.as_list()) result.push_back(testing::golden_tensor(item));
  return result;
}

/// Those of layers, and those of cells and of RNN of them.
const Config::List& cases() {
  static const Config::List all = [] {
    Config::List found = testing::golden("recurrent").at("cases").as_list();
    const Config cells = testing::golden("recurrent_cells");
    for (const Config& one : cells.at("cases").as_list()) found.push_back(one);
    return found;
  }();
  return all;
}

std::shared_ptr<Layer> make(const Config& c) {
  auto layer = Layer::deserialize(c.at("layer"));
  layer->build(testing::golden_tensor(c.at("x")).shape());
  layer->set_weights(tensors(c.at("weights")));
  return layer;
}

/// By which name a layer, or a cell, is given states.
std::string states_name(const Layer& layer) {
  return layer.takes_keyword("states") ? "states" : "initial_state";
}

/// One call with its derivatives.
struct Called {
  Values outputs;
  Tensor x_slope;
  std::vector<Tensor> state_slopes, weight_slopes;

  std::vector<Tensor> all() const {
    std::vector<Tensor> tensors = weight_slopes;
    for (const Value& output : outputs) tensors.push_back(output.tensor());
    tensors.insert(tensors.end(), state_slopes.begin(), state_slopes.end());
    return tensors;
  }
};

/// `slopes`: of the outputs, the first or all.
Called called(const Layer& layer, const Tensor& x, const Tensor& mask,
              const std::vector<Tensor>& states, const std::vector<Tensor>& slopes,
              bool training = true) {
  Pass pass(training, std::make_shared<Tape>(true));
  Value input = pass.tape->watch(x);
  std::vector<Value> by = {input};
  Inputs inputs(mask ? input.with_mask(mask) : input);
  Values initial;
  for (const Tensor& state : states) initial.push_back(by.emplace_back(pass.tape->watch(state)));
  if (!states.empty()) inputs.named.emplace_back(states_name(layer), initial);
  Called result{layer.run(inputs, pass), {}, {}, {}};
  Gradients found;
  const auto add = [&](std::vector<Tensor> from) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      Tensor& sum = i == 0 ? result.x_slope : result.state_slopes.at(i - 1);
      for (std::size_t k = 0; sum && k < from[i].data<float>().size(); ++k)
        from[i].data<float>()[k] += sum.data<float>()[k];
      sum = from[i];
    }
  };
  result.state_slopes.resize(states.size());
  for (std::size_t i = 0; i < slopes.size(); ++i)
    add(pass.tape->slopes(result.outputs[i], slopes[i], by, &found));
  for (const auto& weight : layer.weights()) {
    if (!weight->trainable()) continue;
    const Gradients::Entry* entry = found.find(*weight);
    result.weight_slopes.push_back(entry == nullptr ? Tensor::zeros(weight->shape())
                                                    : entry->dense);
  }
  return result;
}

TEST(Recurrent, OutputsAndGradientsAreKeras) {
  for (const Config& c : cases()) {
    SCOPED_TRACE(formats::dump_json(c.at("layer").at("config")));
    for (const int threads : {1, 2}) {
      parallel::set_num_threads(threads);
      const auto layer = make(c);
      const std::vector<Tensor> wanted = tensors(c.at("y"));
      const Called call =
          called(*layer, testing::golden_tensor(c.at("x")), testing::golden_tensor(c.at("mask")),
                 tensors(c.at("states")), tensors(c.at("y_slopes")), c.at("training").as_bool());
      ASSERT_EQ(call.outputs.size(), wanted.size());
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_EQ(testing::difference(call.outputs[i].tensor(), wanted[i], kRelative, kAbsolute),
                  "");
      }
      EXPECT_EQ(testing::difference(call.x_slope, testing::golden_tensor(c.at("x_gradient")),
                                    kRelative, kAbsolute),
                "");
      const auto expect = [](const std::vector<Tensor>& got, const std::vector<Tensor>& all) {
        ASSERT_EQ(got.size(), all.size());
        for (std::size_t i = 0; i < all.size(); ++i)
          EXPECT_EQ(testing::difference(got[i], all[i], kRelative, kAbsolute), "") << i;
      };
      expect(call.state_slopes, tensors(c.at("state_gradients")));
      expect(call.weight_slopes, tensors(c.at("weight_gradients")));
    }
  }
  parallel::set_num_threads(0);
}

TEST(Recurrent, WithoutATapeTheOutputsAreTheSame) {
  for (const Config& c : cases()) {
    SCOPED_TRACE(formats::dump_json(c.at("layer").at("config")));
    const auto recording = make(c), plain = make(c);
    const Tensor x = testing::golden_tensor(c.at("x")), mask = testing::golden_tensor(c.at("mask"));
    const bool training = c.at("training").as_bool();
    const std::vector<Tensor> states = tensors(c.at("states"));
    const Called call = called(*recording, x, mask, states, {}, training);
    Pass pass(training);
    Inputs inputs(mask ? Value(x).with_mask(mask) : Value(x));
    Values initial;
    for (const Tensor& state : states) initial.push_back(state);
    if (!states.empty()) inputs.named.emplace_back(states_name(*plain), initial);
    const Values outputs = plain->run(inputs, pass);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      EXPECT_EQ(testing::difference(outputs[i].tensor(), call.outputs[i].tensor(), 0, 0), "");
  }
}

void expect_config(const Config& ours, const Config& theirs) {
  for (const auto& [key, value] : theirs.as_dict()) {
    const Config* got = ours.find(key);
    if (key == "quantization_config") continue;
    ASSERT_NE(got, nullptr) << key;
    if (key == "dtype" || key.find("initializer") != std::string::npos) continue;
    if (value.find("config") != nullptr && (key.ends_with("layer") || key == "cell")) {
      expect_config(got->at("config"), value.at("config"));
    } else if (key == "cells") {
      ASSERT_EQ(got->as_list().size(), value.as_list().size());
      for (std::size_t i = 0; i < value.as_list().size(); ++i)
        expect_config(got->as_list()[i].at("config"), value.as_list()[i].at("config"));
    } else {
      EXPECT_TRUE(testing::same_config(*got, value)) << key;
    }
  }
}

TEST(Recurrent, ConfigsAndPathsAreKeras) {
  for (const Config& c : cases()) {
    SCOPED_TRACE(formats::dump_json(c.at("layer").at("config")));
    const auto layer = make(c);
    expect_config(layer->get_config(), c.at("layer").at("config"));
    const auto again = Layer::deserialize(layer->serialize());
    EXPECT_EQ(formats::dump_json(again->serialize()), formats::dump_json(layer->serialize()));
    const Config::List& paths = c.at("paths").as_list();
    ASSERT_EQ(layer->weights().size(), paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i)
      EXPECT_EQ(layer->weights()[i]->path(), paths[i].as_string());
  }
}

// -- padding --------------------------------------------------------------------------------------

Config config_of(const std::string& class_name, const Config& options) {
  Config config = Config::dict();
  config["class_name"] = class_name;
  config["config"] = options;
  config["config"]["name"] = "layer";
  return config;
}

/// The layers that padding must mean nothing to.
std::vector<Config> padded_layers(std::int64_t units) {
  std::vector<Config> all;
  for (const std::string name : {"LSTM", "GRU", "SimpleRNN"}) {
    for (const bool sequences : {false, true}) {
      Config options = Config::dict();
      options["units"] = units;
      options["return_sequences"] = sequences;
      options["return_state"] = true;
      all.push_back(config_of(name, options));
      options["activation"] = "relu";
      if (name == "GRU") options["reset_after"] = false;
      all.push_back(config_of(name, options));
    }
  }
  return all;
}

/// The same in both directions.
std::vector<Config> both_directions(const std::vector<Config>& layers) {
  std::vector<Config> all;
  for (const Config& layer : layers) {
    for (const char* const mode : {"concat", "mul"}) {
      Config options = Config::dict();
      options["layer"] = layer;
      options["merge_mode"] = mode;
      all.push_back(config_of("Bidirectional", options));
    }
  }
  return all;
}

bool gives_sequences(const Config& layer) {
  const Config& options = layer.at("config");
  const Config* const inner = options.find("layer");
  return inner != nullptr ? gives_sequences(*inner) : options.at("return_sequences").as_bool();
}

/// Where the steps of a sample lie among `steps` of them.
enum class Side { kBehind, kInFront, kBoth, kBetween };

std::vector<std::int64_t> places(std::int64_t length, std::int64_t steps, Side side) {
  std::vector<std::int64_t> at(static_cast<std::size_t>(length));
  std::iota(at.begin(), at.end(), std::int64_t{0});
  const std::int64_t free = steps - length;
  for (std::int64_t i = 0; i < length; ++i) {
    std::int64_t& place = at[static_cast<std::size_t>(i)];
    if (side == Side::kInFront) place += free;
    if (side == Side::kBoth) place += free / 2;
    if (side == Side::kBetween) place += length < 2 ? free : free * i / (length - 1);
  }
  return at;
}

/// Rows of `from` (B, S, D) at their places in (B, T, D), `fill` elsewhere.
Tensor spread(const Tensor& from, const std::vector<std::vector<std::int64_t>>& at,
              std::int64_t steps, float fill) {
  const std::int64_t width = from.shape()[2];
  Tensor to = uninitialized({from.shape()[0], steps, width});
  std::ranges::fill(to.data<float>(), fill);
  for (std::size_t b = 0; b < at.size(); ++b) {
    for (std::size_t s = 0; s < at[b].size(); ++s) {
      const auto row = static_cast<std::int64_t>(b);
      std::copy_n(std::as_const(from).data<float>().data() +
                      (row * from.shape()[1] + static_cast<std::int64_t>(s)) * width,
                  width, to.data<float>().data() + (row * steps + at[b][s]) * width);
    }
  }
  return to;
}

void expect_same_bits(const Tensor& got, const Tensor& wanted) {
  ASSERT_EQ(got.shape(), wanted.shape());
  const auto a = got.data<float>(), b = wanted.data<float>();
  EXPECT_TRUE(a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

/// The rows of `from` (B, T, D) at their places, as (B, S, D), zeros behind.
Tensor gathered(const Tensor& from, const std::vector<std::vector<std::int64_t>>& at,
                std::int64_t longest) {
  const std::int64_t width = from.shape()[2];
  Tensor to = Tensor::zeros({from.shape()[0], longest, width});
  for (std::size_t b = 0; b < at.size(); ++b) {
    for (std::size_t s = 0; s < at[b].size(); ++s) {
      const auto row = static_cast<std::int64_t>(b);
      std::copy_n(
          std::as_const(from).data<float>().data() + (row * from.shape()[1] + at[b][s]) * width,
          width, to.data<float>().data() + (row * longest + static_cast<std::int64_t>(s)) * width);
    }
  }
  return to;
}

TEST(Recurrent, PaddedIsUnpaddedToTheBit) {
  // Samples of every length, so that steps have every number of rows; beside themselves in a batch,
  // however it is padded, and alone without any padding. Masked steps hold NaN.
  constexpr std::int64_t kLongest = 7, kBatch = 2 * kLongest, kWidth = 5;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = random::normal({kBatch, kLongest, kWidth}, {.seed = 1});
  for (const std::int64_t units : {1, 3, 16, 37}) {
    std::vector<Config> layers = padded_layers(units);
    for (Config& both : both_directions(layers)) layers.push_back(std::move(both));
    for (const Config& config : layers) {
      SCOPED_TRACE(formats::dump_json(config));
      const auto layer = Layer::deserialize(config);
      layer->build({kNone, kNone, kWidth});
      const bool sequences = gives_sequences(config);
      const std::int64_t width = layer->compute_output_shape({kNone, kNone, kWidth}).back();
      std::vector<Tensor> first;
      for (const Side side : {Side::kBehind, Side::kInFront, Side::kBoth, Side::kBetween}) {
        for (const std::int64_t steps : {kLongest, kLongest + 1, kLongest + 9}) {
          std::vector<std::vector<std::int64_t>> at;
          Tensor mask = Tensor::zeros({kBatch, steps}, DType::kBool);
          for (std::int64_t b = 0; b < kBatch; ++b) {
            at.push_back(places(b % (kLongest + 1), steps, side));
            for (const std::int64_t place : at.back())
              mask.data<bool>()[static_cast<std::size_t>(b * steps + place)] = true;
          }
          std::vector<Tensor> slopes = {random::normal({kBatch, width}, {.seed = 2})};
          if (sequences) {
            slopes[0] =
                spread(random::normal({kBatch, kLongest, width}, {.seed = 2}), at, steps, 0);
          }
          Called call = called(*layer, spread(x, at, steps, nan), mask, {}, slopes, false);
          std::vector<Tensor> all = call.weight_slopes;
          all.push_back(gathered(call.x_slope, at, kLongest));
          for (std::size_t i = 0; i < call.outputs.size(); ++i) {
            const Tensor output = call.outputs[i].tensor();
            all.push_back(i == 0 && sequences ? gathered(output, at, kLongest) : output);
          }
          if (first.empty()) first = all;
          for (std::size_t i = 0; i < all.size(); ++i) expect_same_bits(all[i], first[i]);
        }
      }
      // Each alone, without a mask: outputs and the slopes of inputs are those of the batch.
      for (std::int64_t b = 0; b < kBatch; ++b) {
        const std::int64_t length = b % (kLongest + 1);
        Tensor alone = uninitialized({1, length, kWidth});
        std::copy_n(x.data<float>().data() + b * kLongest * kWidth, length * kWidth,
                    alone.data<float>().data());
        Pass pass;
        const Values outputs = layer->run(Value(alone), pass);
        for (std::size_t i = sequences ? 1 : 0; i < outputs.size(); ++i) {
          const Tensor& of_batch = first[layer->weights().size() + 1 + i];
          expect_same_bits(outputs[i].tensor(), copy_of(slice_rows(of_batch, b, 1)));
        }
      }
    }
  }
}

TEST(Recurrent, EqualBitsForOneAndTwoThreads) {
  const Tensor x = random::normal({32, 20, 24}, {.seed = 1});
  Tensor mask = Tensor::zeros({32, 20}, DType::kBool);
  for (std::size_t i = 0; i < 640; ++i) mask.data<bool>()[i] = i * i % 7 < 5;
  for (const Config& config : padded_layers(48)) {
    SCOPED_TRACE(formats::dump_json(config));
    const auto layer = Layer::deserialize(config);
    layer->build({kNone, kNone, 24});
    std::vector<Tensor> first;
    for (const int threads : {1, 2, 5}) {
      parallel::set_num_threads(threads);
      const Called call = called(*layer, x, mask, {}, {}, false);
      std::vector<Tensor> slopes;
      for (const Value& output : call.outputs) slopes.push_back(output.tensor());
      Called again = called(*layer, x, mask, {}, slopes, false);
      std::vector<Tensor> all = again.all();
      all.push_back(again.x_slope);
      if (first.empty()) first = all;
      for (std::size_t i = 0; i < all.size(); ++i) expect_same_bits(all[i], first[i]);
    }
  }
  parallel::set_num_threads(0);
}

// -- what there is nothing of, and what is no number ----------------------------------------------

TEST(Recurrent, NoStepsNoSamplesAndAllMasked) {
  for (const Config& config : padded_layers(3)) {
    SCOPED_TRACE(formats::dump_json(config));
    const auto layer = Layer::deserialize(config);
    layer->build({kNone, kNone, 4});
    const bool sequences = config.at("config").at("return_sequences").as_bool();
    const std::size_t states = layer->class_name() == "LSTM" ? 2 : 1;
    const std::vector<Tensor> initial(states, random::normal({2, 3}, {.seed = 5}));
    // No steps, or none that counts: the states are those it began with, and so are all outputs.
    for (const std::int64_t steps : {0, 1, 4}) {
      const Tensor mask = Tensor::zeros({2, steps}, DType::kBool);
      const Called call = called(*layer, Tensor::zeros({2, steps, 4}), mask, initial,
                                 {Tensor(), Tensor::zeros({2, 3})});
      EXPECT_EQ(call.outputs[0].shape(), (sequences ? Shape{2, steps, 3} : Shape{2, 3}));
      for (std::size_t i = 0; i < states; ++i)
        expect_same_bits(call.outputs[i + 1].tensor(), initial[i]);
      if (!sequences) expect_same_bits(call.outputs[0].tensor(), initial[0]);
      for (const Tensor& slope : call.weight_slopes) {
        for (const float v : slope.data<float>()) EXPECT_EQ(v, 0);
      }
      // dL/dh0 of the sum of the first output: 1 for each place that shows it.
      const float wanted = sequences ? static_cast<float>(steps) : 1;
      for (const float v : call.state_slopes[0].data<float>()) EXPECT_EQ(v, wanted);
    }
    const Called none = called(*layer, Tensor::zeros({0, 5, 4}), Tensor(), {}, {Tensor()});
    EXPECT_EQ(none.outputs[0].shape(), (sequences ? Shape{0, 5, 3} : Shape{0, 3}));
    EXPECT_EQ(none.x_slope.shape(), (Shape{0, 5, 4}));
  }
}

TEST(Recurrent, NaNStaysInItsSample) {
  for (const Config& config : padded_layers(19)) {
    SCOPED_TRACE(formats::dump_json(config));
    const auto layer = Layer::deserialize(config);
    layer->build({kNone, kNone, 4});
    Tensor x = random::normal({3, 5, 4}, {.seed = 5});
    Pass pass;
    const Tensor before = layer->run(Value(copy_of(x)), pass)[0].tensor();
    x.data<float>()[static_cast<std::size_t>((1 * 5 + 2) * 4)] =
        std::numeric_limits<float>::quiet_NaN();
    const Tensor after = layer->run(Value(x), pass)[0].tensor();
    const auto a = before.data<float>(), b = after.data<float>();
    const std::size_t of_sample = a.size() / 3, of_step = 19;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const bool reached =
          i / of_sample == 1 && (of_sample == of_step || i % of_sample / of_step >= 2);
      if (reached) {
        EXPECT_TRUE(std::isnan(b[i])) << i;
      } else {
        EXPECT_EQ(a[i], b[i]) << i;
      }
    }
  }
}

TEST(Recurrent, LargeSumsStayNumbers) {
  LSTM layer({.units = 2, .kernel_initializer = "ones", .name = "layer"});
  for (const float size : {1e3F, 1e30F, std::numeric_limits<float>::infinity()}) {
    for (const float sign : {1.0F, -1.0F}) {
      const Tensor y = layer(Tensor::from(std::vector<float>{sign * size}, {1, 1, 1}));
      const float wanted = sign > 0 ? std::tanh(1.0F) : 0.0F;
      for (const float v : y.data<float>()) EXPECT_NEAR(v, wanted, 1e-7) << sign * size;
    }
  }
}

// -- masks and states on their way ----------------------------------------------------------------

TEST(Recurrent, AMaskGoesOnInTheOrderOfTheOutputs) {
  const Tensor mask = Tensor::from(std::vector<bool>{true, true, false}, {1, 3});
  const Value x = Value(Tensor::zeros({1, 3, 2})).with_mask(mask);
  const auto mask_behind = [&](const LSTMOptions& options, MaskPolicy policy) {
    Pass pass(false, nullptr, policy);
    return LSTM(options).run(x, pass)[0].mask();
  };
  EXPECT_FALSE(mask_behind({.units = 2}, MaskPolicy::kStrict));
  EXPECT_FALSE(mask_behind({.units = 2, .return_sequences = true}, MaskPolicy::kKeras3));
  for (const MaskPolicy policy : {MaskPolicy::kStrict, MaskPolicy::kKeras2}) {
    const Value same = mask_behind({.units = 2, .return_sequences = true}, policy);
    const Value flipped =
        mask_behind({.units = 2, .return_sequences = true, .go_backwards = true}, policy);
    ASSERT_TRUE(same && flipped);
    const std::vector<bool> wanted = {true, true, false}, turned = {false, true, true};
    EXPECT_TRUE(std::ranges::equal(same.tensor().data<bool>(), wanted));
    EXPECT_TRUE(std::ranges::equal(flipped.tensor().data<bool>(), turned));
  }
}

TEST(Recurrent, RefuseWhatTheyCannotTake) {
  EXPECT_THROW(LSTM({.units = 0}), std::invalid_argument);
  EXPECT_THROW(GRU({.units = -1}), std::invalid_argument);
  EXPECT_THROW(LSTM({.units = 2, .activation = "glu"}), std::invalid_argument);
  EXPECT_THROW(LSTM({.units = 2, .dropout = std::nan("")}), std::invalid_argument);
  LSTM layer({.units = 2, .unroll = true});
  EXPECT_THROW(layer.compute_output_shape({kNone, kNone, 3}), std::invalid_argument);
  EXPECT_THROW(layer(Tensor::zeros({2, 3})), std::invalid_argument);
  EXPECT_FALSE(layer.built());
  layer(Tensor::zeros({2, 3, 4}));
  EXPECT_THROW(layer(Tensor::zeros({2, 3, 5})), std::invalid_argument);
  Pass pass;
  const auto with_states = [&](const Values& states) {
    Inputs inputs{Value(Tensor::zeros({2, 3, 4}))};
    inputs.named.emplace_back("initial_state", states);
    return layer.run(inputs, pass);
  };
  EXPECT_THROW(with_states({}), std::invalid_argument);
  EXPECT_THROW(with_states({Tensor::zeros({2, 2})}), std::invalid_argument);
  EXPECT_THROW(with_states({Tensor::zeros({2, 2}), Tensor::zeros({2, 3})}), std::invalid_argument);
  EXPECT_THROW(with_states({Tensor::zeros({2, 2}), Value()}), std::invalid_argument);
  const Value masked =
      Value(Tensor::zeros({2, 3, 4})).with_mask(Tensor::zeros({2, 4}, DType::kBool));
  EXPECT_THROW(layer.run(masked, pass), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::layers
