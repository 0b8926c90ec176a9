// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/functional_config.h"

#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/error_message.h"
#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/models/models.h"
#include "keratin/ops/ops.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::models {
namespace {

using layers::Dense;
using layers::Dropout;
using layers::Input;
using layers::shared;
using testing::message;

/// What stands in a graph beside the options of its layers: what must be as Keras writes it.
Config graph_of(const Config& model) {
  Config graph = Config::dict();
  for (const char* key : {"input_layers", "output_layers"}) graph[key] = model.at(key);
  Config::List entries;
  for (const Config& entry : model.at("layers").as_list()) {
    Config kept = Config::dict();
    for (const char* key : {"module", "class_name", "registered_name", "name", "inbound_nodes"})
      kept[key] = entry.at(key);
    if (entry.at("config").find("layers") != nullptr &&
        entry.at("config").find("input_layers") != nullptr)
      kept["config"] = graph_of(entry.at("config"));
    entries.push_back(std::move(kept));
  }
  graph["layers"] = std::move(entries);
  return graph;
}

Config cases(bool of_ops) {
  const Config golden = testing::golden("functional");
  Config::List found;
  for (const Config& c : golden.at("cases").as_list()) {
    if ((c.find("specs") != nullptr) == of_ops) found.push_back(c);
  }
  return found;
}

TEST(FunctionalConfig, ModelsOfKerasGiveItsNumbersAndItsGraphs) {
  const Config all = cases(false);
  for (const Config& c : all.as_list()) {
    SCOPED_TRACE(c.at("what").as_string());
    const auto loaded = deserialize(c.at("json"), {.mask_policy = MaskPolicy::kKeras3});
    auto& model = dynamic_cast<Functional&>(*loaded);
    std::vector<Tensor> weights;
    for (const Config& weight : c.at("weights").as_list())
      weights.push_back(testing::golden_tensor(weight));
    model.set_weights(weights);
    Values inputs;
    for (const Config& x : c.at("inputs").as_list()) inputs.push_back(testing::golden_tensor(x));
    Pass pass;
    const Values outputs = model.run(inputs, pass);
    const Config::List& wanted = c.at("outputs").as_list();
    ASSERT_EQ(outputs.size(), wanted.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      // Sums of at most 12 products of numbers below 4, some four of them one behind another.
      const Tensor keras = testing::golden_tensor(wanted[i]);
      ASSERT_EQ(outputs[i].dtype(), keras.dtype());
      EXPECT_EQ(testing::difference(cast(outputs[i].tensor(), DType::kFloat32),
                                    cast(keras, DType::kFloat32), 1e-5, 1e-5),
                "")
          << i;
    }
    const Config config = model.get_config();
    std::string wanted_graph = formats::dump_json(graph_of(c.at("json").at("config")));
    // A tensor of a backend, which we have none of, is written as one of NumPy's.
    for (std::size_t at; (at = wanted_graph.find("__tensor__")) != std::string::npos;)
      wanted_graph.replace(at, 10, "__numpy__");
    EXPECT_TRUE(testing::same_config(graph_of(config), formats::parse_json(wanted_graph)))
        << formats::dump_json(graph_of(config)) << "\n"
        << wanted_graph;
    EXPECT_EQ(Functional::from_config(config, {.mask_policy = MaskPolicy::kKeras3}).get_config(),
              config);
  }
}

TEST(FunctionalConfig, EveryOpIsReadAndWrittenAsKerasDoes) {
  const Config all = cases(true);
  std::set<std::string> seen;
  for (const Config& c : all.as_list()) {
    SCOPED_TRACE(formats::dump_json(c.at("json").at("config").at("layers")));
    const auto loaded = deserialize(c.at("json"));
    const auto& model = dynamic_cast<Functional&>(*loaded);
    const Config::List& specs = c.at("specs").as_list();
    ASSERT_EQ(model.outputs().size(), specs.size());
    for (std::size_t i = 0; i < specs.size(); ++i) {
      EXPECT_EQ(to_config(model.outputs()[i].shape()), specs[i].at("shape"));
      EXPECT_EQ(to_string(model.outputs()[i].dtype()), specs[i].at("dtype").as_string());
    }
    const Config config = model.get_config(), &keras = c.at("json").at("config");
    EXPECT_TRUE(testing::same_config(graph_of(config), graph_of(keras)))
        << formats::dump_json(graph_of(config));
    const Config& ours = config.at("layers").as_list().back().at("config");
    const Config& theirs = keras.at("layers").as_list().back().at("config");
    for (const auto& [key, value] : theirs.as_dict()) {
      ASSERT_NE(ours.find(key), nullptr) << key;
      EXPECT_TRUE(testing::same_config(*ours.find(key), value))
          << key << " " << formats::dump_json(ours);
    }
    for (const auto& [key, value] : ours.as_dict())
      EXPECT_NE(theirs.find(key), nullptr) << key << ": Keras would refuse it";
    seen.insert(c.at("what").as_string());
  }
  for (const auto& entry : ops::entries()) {
    if (entry.class_name == "Gather" || entry.class_name == "Keras2HardSigmoid")
      continue;  // ours alone
    EXPECT_TRUE(seen.contains(std::string(entry.class_name))) << entry.class_name;
  }
}

TEST(FunctionalConfig, AnArrayThatStandsAsAListIsWrittenAsOne) {
  const Value x = Input({.shape = Shape{2}, .name = "x"});
  const Value first = ops::take(x, Tensor::from<std::int32_t>({1, 0}), 1);
  Config config = Functional(x, ops::add(first, Tensor::from<float>({1, 2}))).get_config();
  const auto argument = [](Config& model, std::size_t layer) -> Config& {
    Config& call = model["layers"].as_list()[layer]["inbound_nodes"].as_list()[0];
    return call["args"].as_list()[1];
  };
  EXPECT_EQ(argument(config, 1).at("class_name").as_string(), "__numpy__");
  argument(config, 1) = Config(Config::List{1, 0});  // as keras.ops.take(x, [1, 0]) has it
  const Functional again = Functional::from_config(config);
  EXPECT_EQ(again.get_config(), config);
  EXPECT_EQ(argument(config, 2).at("class_name").as_string(), "__numpy__");
  const Tensor y = again.predict(Tensor::from(std::vector<float>{3, 5}, {1, 2}));
  EXPECT_EQ(y.data<float>()[0], 6);
  EXPECT_EQ(y.data<float>()[1], 5);
}

TEST(FunctionalConfig, JsonGoesThereAndBack) {
  const Value x = Input({.shape = Shape{3}, .name = "x"});
  const Functional model(x, Dense({.units = 2})(x), {.name = "m"});
  const auto again = deserialize(formats::parse_json(model.to_json()));
  again->set_weights(model.get_weights());
  const Tensor one = Tensor::from(std::vector<float>{1, 2, 3}, {1, 3});
  EXPECT_EQ(testing::difference(again->predict(one), model.predict(one), 0, 0), "");
  EXPECT_EQ(again->to_json(), model.to_json());
  EXPECT_NE(model.to_json().find(R"("keratin":{"mask_policy":"strict"})"), std::string::npos);
  const Sequential row({Input({3}), Dense({.units = 2})});
  EXPECT_EQ(deserialize(formats::parse_json(row.to_json()))->class_name(), "Sequential");
  EXPECT_NE(message([] {
              deserialize(formats::parse_json(R"({"class_name": "Functionl", "config": {}})"));
            }).find("Did you mean 'Functional'?"),
            std::string::npos);
}

TEST(FunctionalConfig, ACutOutModelHasAnInputLayerOfItsOwn) {
  const Value x = Input({.shape = Shape{3}, .name = "x"});
  const Value inner = Dense({.units = 2, .name = "first"})(x);
  const Functional rest(inner, Dense({.units = 1, .name = "second"})(inner));
  const Functional again = Functional::from_config(rest.get_config());
  again.outputs();
  EXPECT_EQ(again.layers().size(), 2u);
  EXPECT_EQ(again.input_names(), std::vector<std::string>{"first_input"});
  EXPECT_EQ(again.input_shape(), (Shape{kNone, 2}));
}

TEST(FunctionalConfig, NamesOfOpsGiveWayInAFile) {
  const Value x = Input({.shape = Shape{3}, .name = "relu"});
  const auto relu = ops::deserialize("Relu");
  const Value a = leave_node(*relu, Inputs(x), "same"), b = leave_node(*relu, Inputs(a), "same");
  const Value c = leave_node(*relu, Inputs(b), "relu");
  const Functional model(x, c);
  EXPECT_EQ(Functional::from_config(model.get_config()).nodes().size(), 4u);
}

// MC dropout: the call says it, whatever the model does.
TEST(FunctionalConfig, TrainingOfOneCall) {
  const Value x = Input({.shape = Shape{64}, .name = "x"});
  Config config = Functional(x, Dropout({.rate = 0.5, .seed = 1, .name = "d"})(x)).get_config();
  Config& call = config["layers"].as_list()[1]["inbound_nodes"].as_list()[0];
  const Tensor ones = Tensor::from(std::vector<float>(64, 1), {1, 64});
  EXPECT_EQ(testing::difference(Functional::from_config(config).predict(ones), ones, 0, 0), "");
  call["kwargs"]["training"] = true;
  const Functional dropping = Functional::from_config(config);
  EXPECT_NE(testing::difference(dropping.predict(ones), ones, 0, 0), "");
  EXPECT_EQ(dropping.get_config(), config);
  call["kwargs"]["training"] = false;
  const Functional in_fit = Functional::from_config(config);
  EXPECT_EQ(testing::difference(in_fit.predict(ones), ones, 0, 0), "");
  Pass pass(true);
  EXPECT_NE(testing::difference(in_fit.run(Value(ones), pass)[0].tensor(), ones, 0, 0), "");
  call["kwargs"] = Config::dict();
  call["kwargs"]["trainin"] = true;
  EXPECT_NE(
      message([&] { Functional::from_config(config); })
          .find(R"(config["layers"][1]["inbound_nodes"][0]["kwargs"]: layer 'd' has no keyword )"
                "argument 'trainin'"),
      std::string::npos)
      << message([&] { Functional::from_config(config); });
}

class Twice final : public layers::LayerOf<Twice> {
 public:
  explicit Twice(std::string name) : LayerOf({.class_name = "Twice", .name = std::move(name)}) {
    build_at_init();
  }
  Shape compute_output_shape(const Shape& shape) const override { return shape; }
  Values call(const Inputs& in, Pass&) const override { return ops::add(in[0], in[0]); }
  Config get_config() const override { return base_config(); }
};

TEST(FunctionalConfig, LayersOfOnesOwn) {
  const Value x = Input({.shape = Shape{2}, .name = "x"});
  const Functional model(x, Sequential({Twice("t"), Twice("u")}, {.name = "s"})(x));
  const LoadOptions known{.custom_objects = {{"Twice", [](const Config& config) {
                                                return shared(Twice(config.at("name").as_string()));
                                              }}}};
  const auto again = deserialize(formats::parse_json(model.to_json()), known);
  const Tensor one = Tensor::from(std::vector<float>{1, 2}, {1, 2});
  EXPECT_EQ(testing::difference(again->predict(one), Tensor::from(std::vector<float>{4, 8}, {1, 2}),
                                0, 0),
            "");
  EXPECT_NE(message([&] {
              deserialize(formats::parse_json(model.to_json()));
            }).find("unknown layer: 'Twice'"),
            std::string::npos);
}

/// Each model calls the one within it twice: 2^30 layers in a few thousand bytes.
TEST(FunctionalConfig, ModelsWithinModelsDoNotMultiplyWithoutEnd) {
  const Value x = Input({.shape = Shape{2}, .name = "x"});
  Config config = Functional(x, layers::Flatten({.name = "f"})(x), {.name = "m"}).serialize();
  const Config outer =
      Functional(x, layers::Flatten({.name = "m"})(layers::Flatten({.name = "n"})(x))).get_config();
  for (int i = 0; i < 30; ++i) {
    Config next = outer;
    Config::List& entries = next["layers"].as_list();
    Config second = entries[2]["inbound_nodes"].as_list()[0];
    second["args"].as_list()[0]["config"]["keras_history"] = Config(Config::List{"m", 0, 0});
    Config entry = config;
    entry["name"] = "m";
    entry["inbound_nodes"] = entries[1]["inbound_nodes"];
    entry["inbound_nodes"].as_list().push_back(second);
    next["layers"] = Config(Config::List{entries[0], entry});
    next["output_layers"] = Config(Config::List{"m", 2, 0});
    next["name"] = "m";
    config["config"] = std::move(next);
  }
  const std::string said = message([&] { deserialize(config); });
  EXPECT_NE(said.find("would be more than 262144 operations"), std::string::npos) << said;
}

TEST(FunctionalConfig, RefusesWhatCannotBeCalledNamingThePlace) {
  const Value x = Input({.shape = Shape{3}, .name = "x"});
  const Config good = Functional(x, Dense({.units = 2, .name = "d"})(x)).get_config();
  const auto says = [](const Config& config, std::string_view text) {
    const std::string said = message([&] { Functional::from_config(config); });
    EXPECT_NE(said.find(text), std::string::npos) << said;
  };
  Config config = good;
  config["layers"].as_list()[1]["config"]["units"] = -1;
  says(config, R"([Dense] config["layers"][1]: units must be positive)");
  config = good;
  config["output_layers"] = Config(Config::List{"d", 0, 1});
  says(config, R"(config["output_layers"]: call 0 of layer 'd' has 1 outputs. Received: output 1)");
  config = good;
  Config& args = config["layers"].as_list()[1]["inbound_nodes"].as_list()[0]["args"];
  args.as_list().push_back(args.as_list()[0]);
  says(config, R"([Dense] config["layers"][1]["inbound_nodes"][0]: layer 'd' takes one input)");
  args = Config(Config::List{"word"});
  says(config, R"(config["layers"][1]["inbound_nodes"][0]["args"][0]: expected a tensor)");
  args = Config::list();
  says(config, "takes one input. Received: 0");
  config = good;
  config["layers"].as_list()[1]["module"] = "keras.src.ops.numpy";
  says(config, "unknown operation: 'Dense'");
  config = good;
  config["input_layers"] = Config::list();
  says(config, "'d' (Dense) reads from input 'x' (InputLayer), which is not among them");
  config = good;
  config["trainable"] = "yes";
  says(config, R"(config["trainable"])");
}

}  // namespace
}  // namespace keratin::models
