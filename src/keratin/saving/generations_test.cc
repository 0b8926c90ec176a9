// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/generations.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/formats/json.h"
#include "keratin/models/models.h"
#include "keratin/saving/optimizer_state.h"
#include "keratin/saving/saving.h"

namespace keratin::saving {
namespace {

Config json(std::string_view text) { return formats::parse_json(text); }

/// Keras 2.1.2 wrote the layers alone, and the shape of the inputs in the first of them.
constexpr std::string_view kKeras212 = R"({"class_name": "Sequential", "config": [
  {"class_name": "Embedding", "config": {"name": "embedding_1", "trainable": true,
    "batch_input_shape": [null, 4], "dtype": "int32", "input_dim": 5, "output_dim": 2,
    "embeddings_initializer": {"class_name": "RandomUniform",
      "config": {"minval": -0.05, "maxval": 0.05, "seed": null}},
    "embeddings_regularizer": null, "activity_regularizer": null, "embeddings_constraint": null,
    "mask_zero": true, "input_length": 4}},
  {"class_name": "Flatten", "config": {"name": "f", "trainable": true}},
  {"class_name": "Dense", "config": {"name": "d", "trainable": true, "units": 1,
    "activation": "hard_sigmoid", "use_bias": true,
    "kernel_initializer": {"class_name": "VarianceScaling", "config": {"scale": 1.0,
      "mode": "fan_avg", "distribution": "uniform", "seed": null}},
    "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": null,
    "bias_regularizer": null, "activity_regularizer": null, "kernel_constraint": null,
    "bias_constraint": null}}],
  "keras_version": "2.1.2", "backend": "tensorflow"})";

TEST(Generations, Keras2ListOfLayers) {
  const Architecture found = architecture_from_json(kKeras212);
  EXPECT_EQ(found.mask_policy, MaskPolicy::kKeras2);
  EXPECT_EQ(found.keras_version, "2.1.2");
  EXPECT_EQ(found.config.find("backend"), nullptr);
  const Config::List& layers = found.config.at("config").at("layers").as_list();
  ASSERT_EQ(layers.size(), 4u);
  EXPECT_EQ(layers[0], json(R"({"class_name": "InputLayer", "config": {"batch_shape": [null, 4],
                                "name": "embedding_1_input"}})"));
  EXPECT_EQ(layers[1].at("config").find("batch_input_shape"), nullptr);
  EXPECT_EQ(layers[1].at("config").find("dtype"), nullptr);
  EXPECT_EQ(layers[3].at("config").at("activation"), Config("keras2_hard_sigmoid"));
}

/// clip(0.2 x + 0.5, 0, 1), and a mask that Flatten loses without a word.
TEST(Generations, Keras2Answers) {
  const auto model = model_from_json(kKeras212);
  EXPECT_EQ(model->mask_policy(), MaskPolicy::kKeras2);
  model->set_weights({Tensor::from(std::vector<float>{0, 0, 1, 0, 0, 0, 0, 0, 9, 0}, {5, 2}),
                      Tensor::from(std::vector<float>(8, 1.0f), {8, 1}),
                      Tensor::from(std::vector<float>{-2})});
  const Tensor ids =
      Tensor::from(std::vector<std::int32_t>{1, 1, 1, 0, 0, 0, 0, 0, 4, 4, 4, 4}, {3, 4});
  const Tensor out = model->predict(ids);
  EXPECT_FLOAT_EQ(std::as_const(out).data<float>()[0], 0.7f);
  EXPECT_FLOAT_EQ(std::as_const(out).data<float>()[1], 0.1f);
  EXPECT_FLOAT_EQ(std::as_const(out).data<float>()[2], 1.0f);
}

TEST(Generations, EncodedTwiceAndNoOftener) {
  std::string text(kKeras212);
  for (int times = 1; times <= 2; ++times) {
    text = formats::dump_json(Config(text));
    EXPECT_EQ(architecture_from_json(text).keras_version, "2.1.2") << times;
  }
  EXPECT_THROW(architecture_from_json(formats::dump_json(Config(text))), std::invalid_argument);
}

TEST(Generations, Keras1Names) {
  const Architecture found = architecture_from_json(R"({"class_name": "Sequential", "config": [
    {"class_name": "Embedding", "config": {"name": "e", "trainable": true,
      "batch_input_shape": [null, null], "input_dtype": "int32", "input_dim": 9, "output_dim": 3,
      "init": "uniform", "W_regularizer": null, "activity_regularizer": null,
      "W_constraint": {"name": "MaxNorm", "m": 2, "axis": 0}, "mask_zero": false,
      "input_length": null, "dropout": 0.0}},
    {"class_name": "Dropout", "config": {"name": "o", "trainable": true, "p": 0.25}},
    {"class_name": "GlobalAveragePooling1D", "config": {"name": "g", "trainable": true}},
    {"class_name": "Dense", "config": {"name": "d", "trainable": true, "output_dim": 2,
      "init": "glorot_uniform", "activation": "linear", "bias": true, "input_dim": 3,
      "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.5}, "b_regularizer": null,
      "activity_regularizer": null, "W_constraint": null, "b_constraint": null}}],
    "keras_version": "1.2.2"})");
  const Config::List& layers = found.config.at("config").at("layers").as_list();
  ASSERT_EQ(layers.size(), 5u);
  EXPECT_EQ(layers[0].at("config").at("dtype"), Config("int32"));
  EXPECT_EQ(layers[1].at("config").at("embeddings_initializer"), Config("uniform"));
  EXPECT_EQ(layers[1].at("config").at("embeddings_constraint"),
            json(R"({"class_name": "MaxNorm", "config": {"max_value": 2, "axis": 0}})"));
  EXPECT_EQ(layers[2].at("config").at("rate"), Config(0.25));
  EXPECT_EQ(layers[4].at("config").at("units"), Config(2));
  EXPECT_EQ(layers[4].at("config").at("kernel_regularizer"),
            json(R"({"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}})"));
  EXPECT_EQ(models::to_string(found.mask_policy), "keras2");
}

TEST(Generations, WrappersGatesAndModelsWithin) {
  const Architecture found = architecture_from_json(R"({"class_name": "Model", "config": {
    "name": "m", "layers": [
      {"name": "x", "class_name": "InputLayer", "inbound_nodes": [],
       "config": {"batch_input_shape": [null, 7], "dtype": "float32", "sparse": false, "name": "x"}},
      {"name": "b", "class_name": "Bidirectional", "inbound_nodes": [[["x", 0, 0, {}]]],
       "config": {"name": "b", "merge_mode": "concat", "layer": {"class_name": "CuDNNGRU",
         "config": {"name": "g", "units": 3}}}},
      {"name": "l", "class_name": "LSTM", "inbound_nodes": [[["b", 0, 0, {}]]],
       "config": {"name": "l", "recurrent_activation": "hard_sigmoid", "implementation": 1}},
      {"name": "s", "class_name": "Sequential", "inbound_nodes": [[["l", 0, 0, {}]]],
       "config": [{"class_name": "Custom>Mine", "config": {"name": "d",
                   "batch_input_shape": [null, 3]}}]}],
    "input_layers": [["x", 0, 0]], "output_layers": [["s", 1, 0]]}})");
  EXPECT_EQ(found.config.at("class_name"), Config("Functional"));
  const Config::List& layers = found.config.at("config").at("layers").as_list();
  EXPECT_EQ(layers[0].at("config").at("batch_shape"), json("[null, 7]"));
  EXPECT_EQ(layers[1].at("config").at("layer"),
            json(R"({"class_name": "GRU", "config": {"name": "g", "units": 3, "activation": "tanh",
                     "recurrent_activation": "sigmoid", "reset_after": true}})"));
  EXPECT_EQ(layers[2].at("config"),
            json(R"({"name": "l", "recurrent_activation": "keras2_hard_sigmoid"})"));
  const Config::List& inner = layers[3].at("config").at("layers").as_list();
  ASSERT_EQ(inner.size(), 2u);
  EXPECT_EQ(inner[0].at("class_name"), Config("InputLayer"));
  EXPECT_EQ(inner[1].at("class_name"), Config("Mine"));
  EXPECT_EQ(inner[1].at("registered_name"), Config("Custom>Mine"));
}

TEST(Generations, Keras3StaysAsItIs) {
  const std::string text =
      R"({"module":"keras","class_name":"Sequential","config":{"name":"s","layers":[{"module":)"
      R"("keras.layers","class_name":"InputLayer","config":{"batch_shape":[null,2],"name":"i"}},)"
      R"({"class_name":"Dense","config":{"units":1,"activation":"hard_sigmoid"}}]}})";
  const Architecture found = architecture_from_json(text);
  EXPECT_EQ(formats::dump_json(found.config), text);
  EXPECT_EQ(found.mask_policy, MaskPolicy::kKeras3);
  // What Keratin writes beside it.
  Config ours = json(text);
  ours["keratin"]["mask_policy"] = "strict";
  EXPECT_EQ(in_keras3_form(ours).mask_policy, MaskPolicy::kStrict);
  EXPECT_EQ(in_keras3_form(ours).config, found.config);
  EXPECT_EQ(model_from_json(text, {.mask_policy = MaskPolicy::kKeras2})->mask_policy(),
            MaskPolicy::kKeras2);
}

TEST(Generations, WhatIsMissingIsNamedWithItsPlace) {
  const auto said = [](std::string_view text) -> std::string {
    try {
      model_from_json(text);
    } catch (const std::invalid_argument& error) {
      return error.what();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "nothing";
  };
  EXPECT_NE(said(R"({"class_name": "Sequential", "config": [{"class_name": "Sponge",
                     "config": {}}]})")
                .find(R"(config["config"]["layers"][0])"),
            std::string::npos);
  for (const char* text :
       {"[]", "1", "\"1\"", "{}", R"({"class_name": 1})", R"({"class_name": "Sequential"})",
        R"({"class_name": "Sequential", "config": 3})",
        R"({"class_name": "Sequential", "config": [[]]})",
        R"({"class_name": "Sequential", "config": [{"class_name": "Dense", "config": []}]})",
        R"({"class_name": "Model", "config": {"layers": {"a": 1}}})",
        R"({"class_name": "Sequential", "keras_version": 2, "config": [{"class_name": 1}]})"})
    EXPECT_NE(said(text), "nothing") << text;
}

TEST(CompileConfig, OfKeras2) {
  EXPECT_EQ(compile_config_in_keras3_form(Config()), Config());
  EXPECT_EQ(compile_config_in_keras3_form(Config::dict()), Config());
  EXPECT_EQ(compile_config_in_keras3_form(json(R"({"loss": "categorical_crossentropy",
        "metrics": [[{"class_name": "MeanMetricWrapper", "config": {"name": "accuracy",
          "dtype": "float32", "fn": "categorical_accuracy"}}]],
        "weighted_metrics": null, "loss_weights": null, "sample_weight_mode": null,
        "optimizer_config": {"class_name": "Custom>Adam", "config": {"name": "Adam", "lr": 0.01,
          "decay": 0.0, "beta_1": 0.9, "epsilon": null, "jit_compile": true}}})")),
            json(R"({"optimizer": {"class_name": "Adam", "config": {"name": "Adam",
               "learning_rate": 0.01, "beta_1": 0.9}},
               "loss": "categorical_crossentropy", "loss_weights": null,
               "metrics": [{"class_name": "CategoricalAccuracy", "config": {"name": "accuracy",
                            "dtype": "float32"}}], "weighted_metrics": null})"));
}

/// lr / (1 + 0.5 steps).
TEST(CompileConfig, DecayIsASchedule) {
  const Config found = compile_config_in_keras3_form(
      json(R"({"optimizer_config": {"class_name": "SGD", "config": {"lr": 0.1, "decay": 0.5}},
               "loss": {"class_name": "BinaryCrossentropy", "config": {"reduction": "auto"}}})"));
  EXPECT_EQ(found.at("optimizer").at("config").at("learning_rate").at("config"),
            json(R"({"initial_learning_rate": 0.1, "decay_steps": 1, "decay_rate": 0.5})"));
  EXPECT_EQ(found.at("loss").at("config").at("reduction"), Config("sum_over_batch_size"));
}

/// The slots of two variables, of sizes 1 and 2, each filled with a number of its own.
std::vector<float> order_of_slots(const char* class_name, std::vector<int> sizes, StateForm form,
                                  std::vector<int> sizes_today) {
  const auto slots = [](const std::vector<int>& of, std::size_t numbers) {
    std::vector<Tensor> state(numbers, Tensor::from(std::vector<float>{3}, Shape{}));
    float next = 0;
    for (const int size : of)
      state.push_back(Tensor::from(std::vector<float>(static_cast<std::size_t>(size), ++next)));
    return state;
  };
  const OptimizerState now{class_name, slots(sizes_today, 2), 2, true};
  const auto found = state_for(now, slots(sizes, 1), form, [](std::string_view) {});
  std::vector<float> order;
  for (std::size_t i = 2; found && i < found->size(); ++i)
    order.push_back(std::as_const(found->at(i)).data<float>()[0]);
  return order;
}

/// legacy/adam.py of Keras 2.12: all m, all v, all vhat; today the maxima alone stand so. RMSprop's
/// kinds stand one behind another then and today; Adadelta's by variable.
TEST(Generations, SlotsOfOptimizerV2) {
  EXPECT_EQ(state_form("2.12.0", "Adam/iter:0"), StateForm::kOptimizerV2);
  EXPECT_EQ(state_form("2.12.0", "iteration:0"), StateForm::kToday);
  EXPECT_EQ(state_form("2.3.1", "m_0:0"), StateForm::kByKind);
  EXPECT_EQ(state_form("3.16.0", "adam/iteration"), StateForm::kToday);
  using Order = std::vector<float>;
  const auto form = StateForm::kOptimizerV2;
  EXPECT_EQ(order_of_slots("Adam", {1, 2, 1, 2}, form, {1, 1, 2, 2}), (Order{1, 3, 2, 4}));
  EXPECT_EQ(order_of_slots("Adam", {1, 2, 1, 2, 1, 2}, form, {1, 1, 2, 2, 1, 2}),
            (Order{1, 3, 2, 4, 5, 6}));
  EXPECT_EQ(order_of_slots("RMSprop", {1, 2, 1, 2}, form, {1, 2, 1, 2}), (Order{1, 2, 3, 4}));
  EXPECT_EQ(order_of_slots("Adadelta", {1, 1, 2, 2}, form, {1, 1, 2, 2}), (Order{1, 2, 3, 4}));
  EXPECT_EQ(order_of_slots("Adadelta", {1, 2, 1, 2}, StateForm::kByKind, {1, 1, 2, 2}),
            (Order{1, 3, 2, 4}));
  EXPECT_EQ(order_of_slots("SGD", {1, 2}, form, {}), (Order{}));
}

/// Keras 3.16 wrote this into an .h5 for ops.cast(ops.cast(a * 3, "int32"), "float32"): operations
/// have no module there, and an option that is no layer's `dtype`.
TEST(Generations, OperationsOfKeras3KeepTheirOptions) {
  const auto tensor = [](std::string_view name) {
    return str(R"({"class_name": "__keras_tensor__", "config": {"shape": [null, 4],
        "dtype": "float32", "keras_history": [")",
               name, R"(", 0, 0]}})");
  };
  const auto operation = [&](std::string_view class_name, std::string_view name,
                             std::string_view options, std::string_view args) {
    return str(R"(, {"class_name": ")", class_name, R"(", "config": {"name": ")", name, "\"",
               options, R"(}, "name": ")", name, R"(", "inbound_nodes": [{"args": [)", args,
               R"(], "kwargs": {}}]})");
  };
  const std::string text = str(
      R"({"class_name": "Functional", "keras_version": "3.16.0", "config": {"name": "functional",
      "trainable": true, "layers": [{"class_name": "InputLayer", "config": {"batch_shape":
      [null, 4], "dtype": "float32", "sparse": false, "ragged": false, "name": "a",
      "optional": false}, "name": "a", "inbound_nodes": []})",
      operation("Multiply", "multiply", "", tensor("a") + ", 3"),
      operation("Cast", "cast", R"(, "dtype": "int32")", tensor("multiply")),
      operation("Cast", "cast_1", R"(, "dtype": "float32")", tensor("cast")),
      R"(], "input_layers": ["a", 0, 0], "output_layers": ["cast_1", 0, 0]}})");
  const auto model = models::deserialize(architecture_from_json(text).config);
  const Tensor x = Tensor::from(std::vector<float>{0.2F, 0.5F, 0.9F, 1.4F}, Shape{1, 4});
  const auto expect_whole = [&](const models::Model& one) {
    const Tensor found = one.predict(x);
    const std::vector<float> expected = {0, 1, 2, 4};
    EXPECT_TRUE(std::ranges::equal(found.data<float>(), expected));
  };
  expect_whole(*model);
  const testing::TemporaryFolder folder;
  for (const char* name : {"m.keras", "m.h5"}) {
    save_model(*model, (folder / name).string());
    expect_whole(*load_model((folder / name).string()));
  }
}

}  // namespace
}  // namespace keratin::saving
