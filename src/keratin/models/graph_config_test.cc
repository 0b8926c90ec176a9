// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/graph_config.h"

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/formats/json.h"
#include "keratin/models/models.h"

namespace keratin::models {
namespace {

Config json(const std::string& text) { return formats::parse_json(text); }

std::string entry(const std::string& name, const std::string& nodes,
                  const std::string& class_name = "Dense", const std::string& config = "{}") {
  return R"({"class_name": ")" + class_name + R"(", "name": ")" + name + R"(", "config": )" +
         config + R"(, "inbound_nodes": [)" + nodes + "]}";
}
std::string tensor(const std::string& name, int call = 0, int output = 0) {
  return R"({"class_name": "__keras_tensor__", "config": {"keras_history": [")" + name + "\", " +
         std::to_string(call) + ", " + std::to_string(output) + "]}}";
}
std::string node(const std::string& tensors, const std::string& kwargs = "{}") {
  return R"({"args": [)" + tensors + R"(], "kwargs": )" + kwargs + "}";
}
Config model(const std::vector<std::string>& entries, const std::string& inputs,
             const std::string& outputs) {
  std::string all;
  for (const std::string& one : entries) all += (all.empty() ? "" : ", ") + one;
  return json(R"({"layers": [)" + all + R"(], "input_layers": )" + inputs +
              R"(, "output_layers": )" + outputs + "}");
}
const std::string kInput = entry("x", "", "InputLayer");

std::vector<std::pair<std::size_t, std::size_t>> order(const Graph& graph) {
  std::vector<std::pair<std::size_t, std::size_t>> calls;
  for (const GraphCall& call : graph.calls) calls.emplace_back(call.layer, call.number);
  return calls;
}
using Order = std::vector<std::pair<std::size_t, std::size_t>>;

std::string message(const Config& config) {
  try {
    graph_from(config);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(GraphConfig, CallsStandBehindThoseThatTheyRead) {
  // a(b(a(x))), and the entry of b behind that of a.
  const Graph graph =
      graph_from(model({kInput, entry("a", node(tensor("x")) + "," + node(tensor("b"))),
                        entry("b", node(tensor("a", 0)))},
                       R"(["x", 0, 0])", R"([["a", 1, 0]])"));
  EXPECT_EQ(order(graph), (Order{{1, 0}, {2, 0}, {1, 1}}));
  EXPECT_EQ((*history_of(graph.inputs))[0].as_int(), 0);
  EXPECT_EQ((*history_of(graph.outputs.as_list()[0]))[1].as_int(), 1);
  EXPECT_EQ((*history_of(graph.calls[2].args.as_list()[0]))[0].as_int(), 2);
}

TEST(GraphConfig, ListsOfKeras2AreCallsToo) {
  const Graph graph =
      graph_from(model({kInput, entry("y", "", "InputLayer"),
                        entry("a", R"([["x", 0, 0, {"training": true}]], [["y", 0, 0]])"),
                        entry("b", R"(["a", 0, 0, {"mask": ["a", 1, 0]}])"),
                        entry("c", R"([["a", 0, 0, {}], ["b", 0, 0, {}]])", "Add")},
                       R"([["x", 0, 0], ["y", 0, 0]])", R"([["c", 0, 0]])"));
  EXPECT_EQ(order(graph), (Order{{2, 0}, {2, 1}, {3, 0}, {4, 0}}));
  EXPECT_TRUE(graph.calls[0].kwargs.at("training").as_bool());
  EXPECT_EQ((*history_of(graph.calls[2].kwargs.at("mask")))[1].as_int(), 1);
  EXPECT_EQ(graph.calls[3].args.as_list().size(), 1u);
  EXPECT_EQ(graph.calls[3].args.as_list()[0].as_list().size(), 2u);
}

// Keras 3 counts the calls of a functional model from 1 at the ends of a graph, Keras 2 everywhere.
TEST(GraphConfig, CallsOfAModelAreCountedAsTheFileDoes) {
  const std::string inner = R"({"layers": [], "input_layers": [], "output_layers": []})";
  const Graph now = graph_from(model(
      {kInput, entry("m", node(tensor("x")) + "," + node(tensor("m", 0)), "Functional", inner)},
      R"(["x", 0, 0])", R"(["m", 2, 0])"));
  EXPECT_EQ((*history_of(now.calls[1].args.as_list()[0]))[1].as_int(), 0);
  EXPECT_EQ((*history_of(now.outputs))[1].as_int(), 1);
  const Graph then = graph_from(
      model({kInput, entry("m", R"([["x", 0, 0, {}]], [["m", 1, 0, {}]])", "Functional", inner)},
            R"([["x", 0, 0]])", R"([["m", 2, 0]])"));
  EXPECT_EQ((*history_of(then.calls[1].args.as_list()[0]))[1].as_int(), 0);
  EXPECT_EQ((*history_of(then.outputs.as_list()[0]))[1].as_int(), 1);
}

TEST(GraphConfig, RefusesWithThePlace) {
  const std::string x = R"(["x", 0, 0])";
  const auto says = [&](const Config& config, const std::string& text) {
    EXPECT_NE(message(config).find(text), std::string::npos) << message(config);
    EXPECT_LE(message(config).size(), kLongestMessage);
  };
  says(
      model({kInput, entry("a", node(tensor("b")))}, x, x),
      R"([Functional] config["layers"][1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"]: there is no layer 'b'.)");
  says(model({kInput, entry("a", node(tensor("x", 1)))}, x, x),
       "layer 'x' has 1 call, counted from 0. Received: 1");
  says(model({kInput, entry("a", node(tensor("x", -1)))}, x, x), "Received: -1");
  says(model({kInput, entry("a", node(tensor("x", 0, -1)))}, x, x), "no output -1");
  says(model({kInput, entry("a", node(tensor("x")))}, x, R"(["a", 9, 0])"),
       R"(config["output_layers"]: layer 'a' has 1 call, counted from 0. Received: 9)");
  says(model({kInput, entry("a", node(tensor("x")))}, x, R"({"k": [["q", 0, 0]]})"),
       R"(config["output_layers"]["k"][0]: there is no layer 'q')");
  says(model({kInput, entry("a", node(tensor("b"))), entry("b", node(tensor("a")))}, x, x),
       R"(config["layers"][1]["inbound_nodes"][0]: the graph has a circle)");
  says(model({kInput, entry("a", node(tensor("a")))}, x, x), "circle");
  says(model({kInput, kInput}, x, x),
       R"(config["layers"][1]: there are two layers of the name 'x')");
  says(model({entry("x", node(tensor("x")), "InputLayer")}, x, x), "the input 'x' is called");
  says(model({kInput, entry("a", "3")}, x, x), "config[\"layers\"][1][\"inbound_nodes\"][0]");
  says(model({kInput, entry("a", "[3]")}, x, x), "a call must be a list of");
  says(model({kInput, entry("a", node("{\"class_name\": \"__keras_tensor__\"}"))}, x, x), "config");
  says(model({kInput}, "3", x), R"(config["input_layers"]: expected [name of a layer)");
  says(model({"{}"}, x, x), R"(config["layers"][0])");
  says(model({"[]"}, x, x), R"(config["layers"][0])");
  says(json(R"({"layers": {}})"), R"(config["layers"]: expected a list)");
  says(json("{}"), "'layers' is missing");
  says(json(R"({"layers": []})"), "'input_layers' is missing");
  says(model({kInput, entry(std::string(100000, 'n'), node(tensor(std::string(100000, 'm'))))}, x,
             x),
       "there is no layer 'mmm");
  std::string long_circle_name(5000, 'c');
  says(model({kInput, entry(long_circle_name, node(tensor(long_circle_name)))}, x, x), "circle");
}

/// A row of layers whose entries stand in the wrong order, each of which reads all that is before
/// it by a kept value: what is quadratic in a loop over what waits.
TEST(GraphConfig, TakesTimeInProportionToTheConfig) {
  std::vector<std::string> entries;
  constexpr int kLayers = 4000;
  for (int i = kLayers; i > 0; --i)
    entries.push_back(entry("d" + std::to_string(i),
                            node(tensor(i == 1 ? "x" : "d" + std::to_string(i - 1))), "Dropout",
                            R"({"rate": 0.5})"));
  entries.push_back(entry("x", "", "InputLayer", R"({"batch_shape": [null, 3]})"));
  const Config config = model(entries, R"(["x", 0, 0])", R"(["d4000", 0, 0])");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(graph_from(config).calls.size(), static_cast<std::size_t>(kLayers));
  const Functional made = Functional::from_config(config);
  made.get_config();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(made.layers().size(), static_cast<std::size_t>(kLayers) + 1);
  EXPECT_LT(took.count(),
            20);  // quadratic it is minutes under a sanitizer; 0.1 s where it is quiet
}

}  // namespace
}  // namespace keratin::models
