// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/merging/merging.h"

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/graph/function.h"
#include "keratin/layers/layers.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

// tests/golden/merging.json has Keras's outputs, masks and gradients. Sums and products of at most
// six float32 terms below 30, and rsqrt by an ulp or two.
constexpr double kRelative = 2e-6;
constexpr double kAbsolute = 2e-6;

const Config& file() {
  static const Config golden = testing::golden("merging");
  return golden;
}

/// The inputs of a case, watched by the tape where they are floats, with their masks.
Values inputs_of(const Config& c, Tape& tape) {
  Values inputs;
  const Config::List& masks = c.at("masks").as_list();
  for (std::size_t i = 0; i < masks.size(); ++i) {
    const Tensor x = testing::golden_tensor(c.at("x").as_list()[i]);
    const Tensor mask = testing::golden_tensor(masks[i]);
    const Value value = x.dtype() == DType::kFloat32 ? tape.watch(x) : Value(x);
    inputs.push_back(mask ? value.with_mask(mask) : value);
  }
  return inputs;
}

void expect_mask(const Value& output, const Tensor& wanted) {
  ASSERT_EQ(output.has_mask(), static_cast<bool>(wanted));
  if (!wanted) return;
  const Tensor mask = output.mask().tensor();
  ASSERT_EQ(mask.dtype(), DType::kBool);
  EXPECT_EQ(testing::difference(cast(mask, DType::kFloat32), cast(wanted, DType::kFloat32), 0, 0),
            "");
}

TEST(Merging, OutputsMasksAndGradientsAreKeras) {
  for (const Config& c : file().at("cases").as_list()) {
    SCOPED_TRACE(formats::dump_json(c.at("layer")) + " " + formats::dump_json(c.at("masks")));
    const auto layer = Layer::deserialize(c.at("layer"));
    Pass pass(true, std::make_shared<Tape>());
    const Values inputs = inputs_of(c, *pass.tape);
    const Value output = layer->run(inputs, pass);
    const Tensor wanted = testing::golden_tensor(c.at("y"));
    EXPECT_EQ(output.dtype(), wanted.dtype());
    EXPECT_EQ(output.shape(), wanted.shape());
    EXPECT_EQ(testing::difference(cast(output.tensor(), DType::kFloat32),
                                  cast(wanted, DType::kFloat32), kRelative, kAbsolute),
              "");
    expect_mask(output, testing::golden_tensor(c.at("y_mask")));
    const Spec spec = layer->compute_output_spec(inputs)[0];
    EXPECT_EQ(spec.shape, output.shape());
    EXPECT_EQ(spec.dtype, output.dtype());
    if (inputs[0].dtype() != DType::kFloat32) continue;
    const std::vector<Tensor> slopes = pass.tape->slopes(
        output, testing::golden_tensor(c.at("y_gradient")), {inputs.data(), inputs.size()});
    for (std::size_t i = 0; i < slopes.size(); ++i) {
      const Tensor gradient = testing::golden_tensor(c.at("x_gradients").as_list()[i]);
      EXPECT_EQ(testing::difference(slopes[i], gradient, kRelative, kAbsolute), "") << i;
    }
  }
}

/// The same with values of a graph: masks are part of it.
TEST(Merging, AGraphGivesWhatTheLayerGives) {
  for (const Config& c : file().at("cases").as_list()) {
    SCOPED_TRACE(formats::dump_json(c.at("layer")) + " " + formats::dump_json(c.at("masks")));
    const auto tape = std::make_shared<Tape>();
    const Values given = inputs_of(c, *tape);
    Values inputs;
    Values masked;
    Values elements;
    for (const Value& value : given) {
      inputs.push_back(Input({.dtype = value.dtype(), .batch_shape = value.shape()}));
      elements.push_back(value.constant());  // with its mask
      masked.push_back(inputs[inputs.size() - 1]);
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (!given[i].has_mask()) continue;
      const Tensor mask = given[i].mask().tensor();
      inputs.push_back(Input({.dtype = DType::kBool, .batch_shape = mask.shape()}));
      elements.push_back(mask);
      masked[i] = masked[i].with_mask(inputs[inputs.size() - 1]);
    }
    const auto layer = Layer::deserialize(c.at("layer"));
    const Value output = (*layer)(masked);
    const Tensor wanted = testing::golden_tensor(c.at("y"));
    EXPECT_EQ(output.shape(), wanted.shape());
    EXPECT_EQ(output.has_mask(), !c.at("y_mask").is_null());
    const Function function(inputs,
                            output.has_mask() ? Values{output, output.mask()} : Values(output));
    Pass pass;
    const Values results = function(elements, pass);
    EXPECT_EQ(testing::difference(cast(results[0].tensor(), DType::kFloat32),
                                  cast(wanted, DType::kFloat32), kRelative, kAbsolute),
              "");
    if (output.has_mask()) {
      expect_mask(results[0].with_mask(results[1]), testing::golden_tensor(c.at("y_mask")));
    }
  }
}

TEST(Merging, ShapesThatAreNotKnown) {
  for (const Config& c : file().at("shapes").as_list()) {
    SCOPED_TRACE(formats::dump_json(c));
    const auto layer = Layer::deserialize(c.at("layer"));
    Values inputs;
    for (const Config& list : c.at("shapes").as_list()) {
      Shape shape;
      from_config(list, shape);
      inputs.push_back(Input({.batch_shape = shape}));
    }
    if (c.at("output_shape").is_null()) {
      EXPECT_THROW((*layer)(inputs), std::invalid_argument);
      EXPECT_FALSE(layer->built());
      continue;
    }
    Shape wanted;
    from_config(c.at("output_shape"), wanted);
    EXPECT_EQ(Value((*layer)(inputs)).shape(), wanted);
  }
}

TEST(Merging, ConfigsAreKeras) {
  for (const Config& c : file().at("cases").as_list()) {
    const Config ours = Layer::deserialize(c.at("layer"))->get_config();
    for (const auto& [key, value] : c.at("layer").at("config").as_dict()) {
      if (key == "dtype") continue;  // Keras writes a DTypePolicy where we write its name
      const Config* got = ours.find(key);
      ASSERT_NE(got, nullptr) << key;
      EXPECT_TRUE(testing::same_config(*got, value)) << key << ": " << formats::dump_json(*got);
    }
  }
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Merging, WhatIsRefusedBuildsNothing) {
  const Value a = Tensor::zeros({2, 3});
  const Value b = Tensor::zeros({2, 4});
  const Value other_batch = Tensor::zeros({1, 3});
  const auto expect = [](const Layer& layer, const Values& inputs, const std::string& text) {
    const std::string message = refusal([&] { layer(inputs); });
    EXPECT_NE(message.find(text), std::string::npos) << message;
    EXPECT_NE(message.find(layer.name()), std::string::npos) << message;
    EXPECT_FALSE(layer.built());
  };
  expect(Add(), {a, b}, "Inputs have incompatible shapes. Received shapes [(2, 3), (2, 4)]");
  expect(Multiply(), {a, other_batch}, "Cannot merge tensors with different batch sizes");
  expect(Average(), {}, "received 0 inputs");
  expect(Maximum(), {a, Value()}, "was called without inputs");
  expect(Minimum(), {a, Tensor::zeros({})}, "at least 1 dimension");
  expect(Subtract(), {a, a, a}, "A `Subtract` layer should be called on exactly 2 inputs");
  expect(Concatenate({.axis = 1}), {a, Tensor::zeros({2, 3, 1})},
         "requires inputs with matching shapes except for the concatenation axis");
  expect(Concatenate({.axis = 0}), {a, b}, "except for the concatenation axis");
  expect(Concatenate({.axis = 2}), {a, b}, "axis 2 is not there");
  expect(Concatenate({.axis = -3}), {a, b}, "axis -3 is not there");
  expect(Dot({.axes = 1}), {a}, "exactly 2 inputs");
  expect(Dot({.axes = 1}), {a, b}, "axis values 3 (at axis 1) != 4 (at axis 1)");
  expect(Dot({.axes = 0}), {a, a}, "Cannot perform batch_dot over axis 0");
  expect(Dot({.axes = {1, -2}}), {a, a}, "Cannot perform batch_dot over axis 0");
  expect(Dot({.axes = {1, 2}}), {a, a}, "axis 2 is not there");
  expect(Dot({.axes = 1}), {a, other_batch}, "different batch sizes");
  expect(Dot({.axes = 1}), {a, Tensor::zeros({2})}, "at least 2 dimensions");
}

TEST(Merging, MasksHaveTheLeadingAxesOfTheirInputs) {
  const Value x = Tensor::zeros({2, 3, 4});
  for (const auto& layer : std::vector<std::shared_ptr<Layer>>{
           std::make_shared<Add>(), std::make_shared<Multiply>(), std::make_shared<Maximum>(),
           std::make_shared<Concatenate>()}) {
    for (const Tensor& mask :
         {Tensor::zeros({2, 2}, DType::kBool), Tensor::zeros({2, 3, 4, 1}, DType::kBool),
          Tensor::zeros({}, DType::kBool), Tensor::zeros({2, 3})}) {
      const std::string message = refusal([&] { (*layer)({x, x.with_mask(mask)}); });
      EXPECT_NE(message.find("was given a mask of shape"), std::string::npos) << message;
    }
  }
}

TEST(Merging, ABuiltLayerLooksAtShapesToo) {
  const Add add;
  const Value a = Tensor::zeros({2, 3});
  add({a, a});
  EXPECT_THROW(add({a, Tensor::zeros({2, 4})}), std::invalid_argument);
  EXPECT_THROW(add({a, Tensor::zeros({3, 3})}), std::invalid_argument);
  EXPECT_EQ(Value(add({a, Tensor::zeros({2, 5, 3})})).shape(), (Shape{2, 5, 3}));
}

TEST(Merging, DotAxesOfAConfig) {
  EXPECT_EQ(formats::dump_json(Dot({.axes = 1}).get_config().at("axes")), "1");
  EXPECT_EQ(formats::dump_json(Dot({.axes = {1, -2}}).get_config().at("axes")), "[1,-2]");
  Config config = Config::dict();
  config["class_name"] = "Dot";
  const auto expect = [&](const std::string& text) {
    const std::string message = refusal([&] { Layer::deserialize(config); });
    EXPECT_NE(message.find(text), std::string::npos) << message;
  };
  expect("axes must be given");
  config["config"] = Config::dict();
  expect("axes must be given");
  config["config"]["axes"] = Config(Config::List{1, 2, 3});
  expect("it should contain two elements");
  config["config"]["axes"] = "last";
  expect("axes");
}

/// float64 comes in as float32, as everywhere; a value whose steps a mask leaves out may be NaN.
TEST(Merging, Float64AndNaN) {
  const Value wide = Tensor::from(std::vector<double>{1, 2}, {1, 2});
  const Value narrow = Tensor::from(std::vector<float>{10, 20}, {1, 2});
  for (const Value& sum : {Value(Add()({wide, wide})), Value(Concatenate()({wide, narrow})),
                           Value(Add()({wide})), Value(Dot({.axes = 1})({wide, wide}))}) {
    EXPECT_EQ(sum.dtype(), DType::kFloat32);
  }
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor mask = Tensor::from(std::vector<bool>{false, true}, {1, 2});
  const Value x = Value(Tensor::from(std::vector<float>{nan, 2}, {1, 2, 1})).with_mask(mask);
  const Value y = Tensor::from(std::vector<float>{3, 5}, {1, 2, 1});
  const auto expect = [](const Value& value, float first, float second) {
    EXPECT_EQ(value.tensor().data<float>()[0], first);
    EXPECT_EQ(value.tensor().data<float>()[1], second);
  };
  expect(Multiply()({x, y}), 3, 10);
  expect(Maximum()({x, y}), 3, 5);
  expect(Minimum()({y, x}), 3, 2);
  expect(Multiply()({x, x}), 0, 4);
}

TEST(Merging, EqualBitsForOneAndTwoThreads) {
  Tensor x = Tensor::zeros({600, 70});
  float next = 0;
  for (float& v : x.data<float>()) v = std::sin(next += 1.7F);
  Tensor y = Tensor::zeros({600, 70});
  for (float& v : y.data<float>()) v = std::cos(next += 0.3F);
  for (const auto& layer : std::vector<std::shared_ptr<Layer>>{
           std::make_shared<Add>(), std::make_shared<Multiply>(), std::make_shared<Concatenate>(),
           std::make_shared<Dot>(DotOptions{.axes = 1, .normalize = true})}) {
    SCOPED_TRACE(layer->class_name());
    std::vector<std::vector<Tensor>> all;
    for (const int threads : {1, 2}) {
      parallel::set_num_threads(threads);
      Pass pass(true, std::make_shared<Tape>());
      const Values inputs = {pass.tape->watch(x), pass.tape->watch(y)};
      const Value output = layer->run(inputs, pass);
      all.push_back(pass.tape->slopes(output, {}, {inputs.data(), inputs.size()}));
      all.back().push_back(output.tensor());
    }
    for (std::size_t i = 0; i < all[0].size(); ++i) {
      EXPECT_EQ(testing::difference(all[1][i], all[0][i], 0, 0), "") << i;
    }
  }
  parallel::set_num_threads(0);
}

}  // namespace
}  // namespace keratin::layers
