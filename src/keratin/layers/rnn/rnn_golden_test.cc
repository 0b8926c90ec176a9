// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <vector>

#include "support/golden.h"
#include "support/recurrent_call.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/parallel/parallel.h"

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

}  // namespace
}  // namespace keratin::layers
