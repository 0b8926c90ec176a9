// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/recurrent_call.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/parallel/parallel.h"
#include "keratin/random/random.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

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

TEST(Recurrent, AMaskBesideStatesIsLostWhereKeras3LosesIt) {
  const Tensor mask = Tensor::from(std::vector<bool>{true, false, false}, {1, 3});
  const Value x = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {1, 3, 2}),
              states = Tensor::from(std::vector<float>{0.5F, -0.5F}, {1, 2});
  const GRU layer({.units = 2});
  const auto given = [&](const Value& sequences, MaskPolicy policy, bool as_argument) {
    Inputs inputs(sequences);
    inputs.named.emplace_back("initial_state", Values(states));
    if (as_argument) inputs.named.emplace_back("mask", Values(Value(mask)));
    Pass pass(false, nullptr, policy);
    const Tensor y = Value(layer.run(inputs, pass)[0]).tensor();
    return std::vector<float>(y.data<float>().begin(), y.data<float>().end());
  };
  const auto without = given(x, MaskPolicy::kStrict, false),
             with = given(x, MaskPolicy::kStrict, true);
  EXPECT_NE(with, without);
  const Value masked = x.with_mask(mask);
  EXPECT_EQ(given(masked, MaskPolicy::kStrict, false), with);
  EXPECT_EQ(given(masked, MaskPolicy::kKeras2, false), with);
  EXPECT_EQ(given(masked, MaskPolicy::kKeras3, false), without);
  EXPECT_EQ(given(masked, MaskPolicy::kKeras3, true), with);
}

TEST(Recurrent, RefuseWhatTheyCannotTake) {
  EXPECT_THROW(LSTM({.units = 0}), std::invalid_argument);
  EXPECT_THROW(GRU({.units = -1}), std::invalid_argument);
  EXPECT_THROW(LSTM({.units = 2, .activation = "glu"}), std::invalid_argument);
  EXPECT_THROW(LSTM({.units = 2, .dropout = std::nan("")}), std::invalid_argument);
  LSTM layer({.units = 2, .unroll = true});
  EXPECT_EQ(layer.compute_output_shape({kNone, kNone, 3}), (Shape{kNone, 2}));
  EXPECT_THROW(layer(Input({.shape = Shape{kNone, 3}})), std::invalid_argument);
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
