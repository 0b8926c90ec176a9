// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/tf_functions.h"

#include <set>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "keratin/formats/bytes.h"
#include "keratin/formats/json.h"
#include "keratin/formats/zip.h"
#include "keratin/models/models.h"
#include "keratin/saving/generations.h"

namespace keratin::saving {
namespace {

/// A model of tf.keras: inputs "a" (4) and "e" (4, 3), and a function on them.
Config::List layers_of(std::string_view function, std::string_view node,
                       std::string_view class_name = "TFOpLambda") {
  const std::string text = str(
      R"({"class_name": "Functional", "config": {"name": "m", "layers": [
  {"class_name": "InputLayer", "name": "a", "inbound_nodes": [],
   "config": {"batch_input_shape": [null, 4], "dtype": "float32", "name": "a"}},
  {"class_name": "InputLayer", "name": "e", "inbound_nodes": [],
   "config": {"batch_input_shape": [null, 4, 3], "dtype": "float32", "name": "e"}},
  {"class_name": ")",
      class_name, R"(", "name": "tf.it", "config": {"name": "tf.it", "trainable": true,
    "dtype": "float32", "function": ")",
      function, R"("}, "inbound_nodes": [)", node, R"(]}],
  "input_layers": [["a", 0, 0], ["e", 0, 0]], "output_layers": [["tf.it", 0, 0]]},
  "keras_version": "2.12.0"})");
  const Architecture found = architecture_from_json(text);
  models::deserialize(found.config);  // and it can be made
  return found.config.at("config").at("layers").as_list();
}

std::string refusal(std::string_view function, std::string_view node,
                    std::string_view class_name = "TFOpLambda") {
  try {
    layers_of(function, node, class_name);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(TfFunctions, EachIsInTheModelThatIsComparedWithTfKeras) {
  const auto archive = formats::ZipArchive::open(
      formats::Bytes::open(KERATIN_GOLDEN_DIR "/saving/tf_keras_functions.keras"));
  const formats::Bytes text = archive.read(*archive.find("config.json"));
  const Config config = formats::parse_json(text.text());
  std::set<std::string> seen;
  for (const Config& layer : config.at("config").at("layers").as_list()) {
    if (!stands_for_tf_function(layer.at("class_name").as_string())) continue;
    const std::string& name = layer.at("config").at("function").as_string();
    seen.insert(name.starts_with("compat.v1.") ? name.substr(10) : name);
  }
  for (const std::string_view name : tf_function_names())
    EXPECT_TRUE(seen.contains(std::string(name))) << name;
}

TEST(TfFunctions, ConstantsStandBeforeAndBehind) {
  const Config before =
      layers_of("math.subtract", R"(["_CONSTANT_VALUE", -1, 1.0, {"y": ["a", 0, 0]}])")[2];
  EXPECT_EQ(before.at("class_name"), Config("Subtract"));
  const Config::List& args = before.at("inbound_nodes").as_list()[0].at("args").as_list();
  EXPECT_EQ(args[0], Config(1.0));
  EXPECT_EQ(args[1].at("config").at("keras_history").as_list()[0], Config("a"));
}

TEST(TfFunctions, AFunctionOfSeveralOperationsEndsWithItsName) {
  const Config::List layers =
      layers_of("linalg.matmul", R"(["e", 0, 0, {"b": ["e", 0, 0], "transpose_b": true}])");
  ASSERT_EQ(layers.size(), 4U);
  EXPECT_EQ(layers[2].at("class_name"), Config("Swapaxes"));
  EXPECT_EQ(layers[3].at("class_name"), Config("Matmul"));
  EXPECT_EQ(layers[3].at("name"), Config("tf.it"));
}

TEST(TfFunctions, SlicesHaveNumbersEllipsesAndNewAxes) {
  const Config::List layers =
      layers_of("__operators__.getitem",
                R"(["e", 0, 0, {"slice_spec": [{"class_name": "__ellipsis__"}, null,
          {"start": 1, "stop": null, "step": null}]}])",
                "SlicingOpLambda");
  const Config::List& key =
      layers[2].at("inbound_nodes").as_list()[0].at("args").as_list()[1].as_list();
  EXPECT_EQ(key[0].at("class_name"), Config("__ellipsis__"));
  EXPECT_TRUE(key[1].is_null());
  EXPECT_EQ(key[2].at("config").at("start"), Config(1));
}

TEST(TfFunctions, WhatCannotBeSaysWhich) {
  const auto expect = [](const std::string& message, std::string_view part) {
    SCOPED_TRACE(part);
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect(refusal("math.sqare", R"(["a", 0, 0, {}])"), "Did you mean 'math.square'?");
  expect(refusal("math.sqare", R"(["a", 0, 0, {}])"), R"(["layers"][2]["config"])");
  expect(refusal("compat.v1.shape", R"(["a", 0, 0, {}])"), "'tf.compat.v1.shape'");
  expect(refusal("io.read_file", R"(["a", 0, 0, {}])"), "'tf.io.read_file'");
  expect(refusal("einsum", R"(["_CONSTANT_VALUE", -1, "ij->i", {}])"), "leaves out of its files");
  expect(refusal("math.add", R"(["a", 0, 0, {}])"), "has no 'y'");
  expect(refusal("math.add", R"(["a", 0, 0, {"y": "b"}])"), "numbers and values of the model");
  expect(refusal("math.add", R"(["a", 0, 0, {"y": 1, "z": 2}])"), "the argument 'z'");
  expect(refusal("math.cumsum", R"(["a", 0, 0, {"exclusive": true}])"),
         "'exclusive' only as false here. Received: true");
  expect(refusal("reshape", R"(["a", 0, 0, {"shape": [["e", 0, 0], 4]}])"),
         "a value of the model as 'shape'");
  expect(refusal("split", R"(["a", 0, 0, {"num_or_size_splits": [-1, 2], "axis": 1}])"), "sizes");
  expect(refusal("math.add", R"(["nobody", 0, 0, {"y": 1}])"), "there is no layer 'nobody'");
  expect(refusal("math.abs", R"(["a", 0, 0, {}], ["a", 0, 0, {}])"), "called once");
  expect(refusal("math.abs", "3"), "inbound_nodes");
  expect(refusal("__operators__.getitem", R"(["a", 0, 0, {"slice_spec": [{"class_name": "x"}]}])",
                 "SlicingOpLambda"),
         "an ellipsis");
}

}  // namespace
}  // namespace keratin::saving
