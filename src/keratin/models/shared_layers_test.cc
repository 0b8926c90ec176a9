// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/shared_layers.h"

#include <string>

#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/models/models.h"

namespace keratin::models {
namespace {

using layers::Dense;

/// A model, and one cut out of it that it calls too: both have the layer `kept`.
std::shared_ptr<Functional> cut_and_called() {
  const Value x = layers::Input({.shape = Shape{3}});
  const auto kept = layers::shared(Dense({.units = 3, .name = "kept"}));
  const Value y = (*kept)(x);
  const auto part = std::make_shared<Functional>(x, y, FunctionalOptions{.name = "part"});
  const Value z = Dense({.units = 1, .name = "last"})((*part)(y));
  return std::make_shared<Functional>(x, z, FunctionalOptions{.name = "whole"});
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(SharedLayers, StandOnceInWhatIsReadAgain) {
  const auto model = cut_and_called();
  EXPECT_EQ(model->weights().size(), 4u);
  const Config config = model->architecture();
  EXPECT_EQ(count_of(model->to_json(), "\"shared_object_id\""), 2u + 2u);  // and the input layer
  const auto again = deserialize(config, {.mask_policy = model->mask_policy()});
  EXPECT_EQ(again->weights().size(), 4u);
  again->set_weights(model->get_weights());
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3}, {1, 3});
  EXPECT_EQ(again->predict(x).data<float>()[0], model->predict(x).data<float>()[0]);
  EXPECT_EQ(again->architecture(), config);
}

TEST(SharedLayers, WhatStandsFirstInAModelWithinHasANumberOfOurs) {
  const Value x = layers::Input({.shape = Shape{3}});
  const auto kept = layers::shared(Dense({.units = 3, .name = "kept"}));
  const auto part = std::make_shared<Functional>(x, (*kept)(x), FunctionalOptions{.name = "part"});
  const Value y = layers::Input({.shape = Shape{3}});
  const Functional model(y, (*kept)((*part)(y)));  // Keras reads two layers `kept`
  const Config config = model.architecture();
  const std::string text = model.to_json();
  EXPECT_EQ(count_of(text, R"("keratin":{"shared_object_id":1})"), 2u) << text;
  EXPECT_EQ(count_of(text, "shared_object_id"), 2u);
  const auto again = deserialize(config, {.mask_policy = model.mask_policy()});
  EXPECT_EQ(again->weights().size(), 2u);
  EXPECT_EQ(again->architecture(), config);
}

TEST(SharedLayers, ANumberOfAnotherLayerIsNoReason) {
  Config config = cut_and_called()->architecture();
  for (Config& entry : config["config"]["layers"].as_list()) {
    if (entry.find("shared_object_id") == nullptr) entry["shared_object_id"] = 1;
  }
  EXPECT_EQ(deserialize(config)->weights().size(), 4u);
}

}  // namespace
}  // namespace keratin::models
