// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/golden.h"
#include "support/layer_call.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/parallel/parallel.h"

namespace keratin::layers {
namespace {

// The harness that every layer goes through: tests/golden/layers*.json have Keras's config,
// outputs, masks and gradients. Sums of n float32 products differ by their order: n * 2^-24
// relative to the largest term, with n <= 72 and terms below 30 here; functions like tanh by an ulp
// or two.
constexpr double kRelative = 2e-6;
constexpr double kAbsolute = 4e-6;

std::vector<Tensor> tensors(const Config& list) {
  std::vector<Tensor> result;
  for (const Config& item : list.as_list()) result.push_back(testing::golden_tensor(item));
  return result;
}

class LayersGolden : public ::testing::Test {
 protected:
  static const Config::List& cases() {
    static const Config::List all = [] {
      Config::List found;
      for (const char* name : {"layers", "layers_windows", "layers_normalization", "layers_plain",
                               "layers_windows2"}) {
        const Config file = testing::golden(name);
        for (const Config& c : file.at("cases").as_list()) found.push_back(c);
      }
      return found;
    }();
    return all;
  }

  static std::shared_ptr<Layer> make(const Config& c) {
    auto layer = Layer::deserialize(c.at("layer"));
    layer->build(testing::golden_tensor(c.at("x")).shape().with_batch(kNone));
    layer->set_weights(tensors(c.at("weights")));
    return layer;
  }

  /// What no optimizer trains changes with the step, and not before.
  static void expect_moved(const Layer& layer, const Config& c, Pass& pass) {
    std::vector<std::shared_ptr<Variable>> others = layer.weights();
    std::erase_if(others, [](const auto& weight) { return weight->trainable(); });
    ASSERT_EQ(others.empty(), c.find("moved") == nullptr);
    if (others.empty()) return;
    const std::vector<Tensor> given = tensors(c.at("weights"));
    const std::vector<Tensor> before(given.end() - static_cast<std::ptrdiff_t>(others.size()),
                                     given.end());
    const std::vector<Tensor> after = tensors(c.at("moved"));
    ASSERT_EQ(after.size(), others.size());
    for (std::size_t i = 0; i < others.size(); ++i)
      EXPECT_EQ(testing::difference(others[i]->value(), before[i], 0, 0), "");
    pass.commit();
    for (std::size_t i = 0; i < others.size(); ++i) {
      EXPECT_EQ(testing::difference(others[i]->value(), after[i], kRelative, kAbsolute), "")
          << others[i]->path();
    }
  }

  static std::string what(const Config& c) {
    return formats::dump_json(c.at("layer")) + (c.at("training").as_bool() ? " training" : "");
  }
};

TEST_F(LayersGolden, OutputsAndMasks) {
  for (const Config& c : cases()) {
    SCOPED_TRACE(what(c));
    const auto layer = make(c);
    const Tensor x = testing::golden_tensor(c.at("x"));
    const Tensor given = testing::golden_tensor(c.at("mask"));
    Pass pass(c.at("training").as_bool());
    const Value output = layer->run(Value(x).with_mask(given ? Value(given) : Value()), pass);
    const Tensor y = output.tensor();
    EXPECT_EQ(testing::difference(y, testing::golden_tensor(c.at("y")), kRelative, kAbsolute), "");
    Shape output_shape;
    from_config(c.at("output_shape"), output_shape);
    EXPECT_EQ(layer->compute_output_shape(x.shape().with_batch(kNone)), output_shape);
    EXPECT_EQ(layer->supports_masking(), c.at("supports_masking").as_bool());

    const Tensor mask = layer->compute_mask(x, given);
    const Tensor wanted = testing::golden_tensor(c.at("y_mask"));
    ASSERT_EQ(static_cast<bool>(mask), static_cast<bool>(wanted));
    EXPECT_EQ(output.has_mask(), static_cast<bool>(mask));
    expect_moved(*layer, c, pass);
    if (mask) {
      ASSERT_EQ(mask.shape(), wanted.shape());
      for (std::size_t i = 0; i < mask.data<bool>().size(); ++i) {
        EXPECT_EQ(mask.data<bool>()[i], wanted.data<bool>()[i]);
      }
    }
  }
}

TEST_F(LayersGolden, Gradients) {
  for (const Config& c : cases()) {
    SCOPED_TRACE(what(c));
    for (const int threads : {1, 2}) {
      parallel::set_num_threads(threads);
      const auto layer = make(c);
      const testing::LayerCall call = testing::differentiate(
          *layer, testing::golden_tensor(c.at("x")), testing::golden_tensor(c.at("mask")),
          testing::golden_tensor(c.at("y_gradient")), nullptr, c.at("training").as_bool());
      if (const Tensor wanted = testing::golden_tensor(c.at("x_gradient"))) {
        EXPECT_EQ(testing::difference(call.input_slope, wanted, kRelative, kAbsolute), "");
      }
      const std::vector<Tensor> wanted = tensors(c.at("weight_gradients"));
      std::size_t next = 0;
      for (std::size_t i = 0; i < call.weights.size(); ++i) {
        if (!layer->weights()[i]->trainable()) continue;
        ASSERT_LT(next, wanted.size());
        EXPECT_EQ(testing::difference(call.weights[i], wanted[next++], kRelative, kAbsolute), "")
            << layer->weights()[i]->path();
      }
      EXPECT_EQ(next, wanted.size());
    }
  }
  parallel::set_num_threads(0);
}

TEST_F(LayersGolden, ConfigsAreKeras) {
  // Keras writes a DTypePolicy where we write its name, and options that are not ours as null.
  const std::set<std::string> not_ours = {"dtype", "quantization_config"};
  for (const Config& c : cases()) {
    SCOPED_TRACE(what(c));
    const Config ours = Layer::deserialize(c.at("layer"))->get_config();
    for (const auto& [key, value] : c.at("layer").at("config").as_dict()) {
      if (not_ours.contains(key)) continue;
      const Config* got = ours.find(key);
      if (got == nullptr) {
        EXPECT_TRUE(value.is_null()) << key;
      } else if (key.find("initializer") == std::string::npos) {  // seeds: absent there, drawn here
        EXPECT_TRUE(testing::same_config(*got, value))
            << key << ": " << formats::dump_json(*got) << ", wanted " << formats::dump_json(value);
      }
    }
  }
}

TEST_F(LayersGolden, SerializeAndBackIsTheSameLayer) {
  std::set<std::string> seen;
  for (const Config& c : cases()) {
    SCOPED_TRACE(what(c));
    const auto layer = make(c);
    seen.emplace(layer->class_name());
    const auto again = Layer::deserialize(layer->serialize());
    EXPECT_EQ(formats::dump_json(again->serialize()), formats::dump_json(layer->serialize()));
  }
  for (const char* file :
       {"merging", "recurrent", "recurrent_cells", "preprocessing", "attention", "embeddings",
        "positions", "bags", "distributed", "adaptive_softmax", "retrieval"}) {  // in their tests
    const Config golden = testing::golden(file);
    for (const Config& c : golden.at("cases").as_list())
      seen.emplace(c.at("layer").at("class_name").as_string());
  }
  for (const auto& entry : all_layers()) {  // a layer without a golden case is not tested
    const std::string name(entry.class_name);
    const bool ours = name == "GlobalSumPooling1D" ||  // below, in outputs/ and in retrieval/
                      name == "DynamicEmbedding" || name == "SampledSoftmax" || name == "NCE" ||
                      name == "HierarchicalSoftmax" || name == "RemoveAccidentalHits" ||
                      name == "BruteForceRetrieval";
    EXPECT_TRUE(name == "InputLayer" || ours || seen.contains(name)) << name;
  }
}

/// Expected values from algebra: a mean times the steps that count, and its gradient.

}  // namespace
}  // namespace keratin::layers
