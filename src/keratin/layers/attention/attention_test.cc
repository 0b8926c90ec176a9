// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/attention/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/ops/attention.h"
#include "keratin/parallel/parallel.h"
#include "keratin/random/random.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

// tests/golden/attention.json has Keras's outputs and gradients. Sums of at most 300 products of
// magnitude 3, through three products and a softmax, whose errors are those of its scores, 30 times
// 6e-8: 1e-5, of sums over all steps ten times that beside what cancels.
constexpr double kRelative = 1e-5;
constexpr double kAbsolute = 2e-5;

const Config::List& cases() {
  static const Config file = testing::golden("attention");
  return file.at("cases").as_list();
}

std::vector<Tensor> tensors(const Config& list) {
  std::vector<Tensor> result;
  for (const Config& item : list.as_list()) result.push_back(testing::golden_tensor(item));
  return result;
}

struct Called {
  Values outputs;
  std::vector<Tensor> slopes, weight_slopes;
};

Called called(const Layer& layer, const std::vector<Tensor>& inputs, const Config& named,
              const Config& options, const std::vector<Tensor>& output_slopes, bool training,
              MaskPolicy policy) {
  Pass pass(training, std::make_shared<Tape>(true), policy);
  Inputs call;
  std::vector<Value> by;
  for (const Tensor& input : inputs)
    call.values.push_back(by.emplace_back(pass.tape->watch(input)));
  for (const auto& [name, values] : named.as_dict()) {
    Values given;
    for (const Tensor& tensor : tensors(values)) given.push_back(tensor ? Value(tensor) : Value());
    call.named.emplace_back(name, given);
  }
  if (!options.as_dict().empty()) call.options = options;
  Called result{layer.run(call, pass), {}, {}};
  Gradients found;
  for (const Value& value : by) result.slopes.push_back(Tensor::zeros(value.shape()));
  for (std::size_t i = 0; i < output_slopes.size(); ++i) {
    const std::vector<Tensor> slopes =
        pass.tape->slopes(result.outputs[i], output_slopes[i], by, &found);
    for (std::size_t k = 0; k < slopes.size(); ++k) {
      const auto from = slopes[k].data<float>();
      const auto to = result.slopes[k].data<float>();
      for (std::size_t at = 0; at < from.size(); ++at) to[at] += from[at];
    }
  }
  for (const auto& weight : layer.weights()) {
    const Gradients::Entry* const entry = found.find(*weight);
    result.weight_slopes.push_back(entry == nullptr ? Tensor::zeros(weight->shape())
                                                    : copy_of(entry->dense));
  }
  return result;
}

std::shared_ptr<Layer> make(const Config& c) {
  auto layer = Layer::deserialize(c.at("layer"));
  std::vector<Spec> specs;
  for (const Tensor& input : tensors(c.at("inputs"))) specs.push_back({input.shape()});
  layer->build(specs);
  layer->set_weights(tensors(c.at("weights")));
  return layer;
}

Called called(const Layer& layer, const Config& c) {
  return called(layer, tensors(c.at("inputs")), c.at("named"), c.at("options"),
                tensors(c.at("y_slopes")), c.at("training").as_bool(),
                c.find("mask_policy") == nullptr ? MaskPolicy::kStrict : MaskPolicy::kKeras3);
}

void expect(const std::vector<Tensor>& got, const std::vector<Tensor>& wanted, double relative,
            double absolute) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_EQ(testing::difference(got[i], wanted[i], relative, absolute), "") << i;
}

std::vector<Tensor> elements_of(const Values& values) {
  std::vector<Tensor> result;
  for (const Value& value : values) result.push_back(value.tensor());
  return result;
}

std::string said_of(const Config& c) {
  return formats::dump_json(c.at("layer").at("config")) + formats::dump_json(c.at("options"));
}

TEST(Attention, OutputsAndGradientsAreKeras) {
  for (const Config& c : cases()) {
    SCOPED_TRACE(said_of(c));
    const auto layer = make(c);
    const Called call = called(*layer, c);
    expect(elements_of(call.outputs), tensors(c.at("y")), kRelative, kAbsolute);
    expect(call.slopes, tensors(c.at("gradients")), kRelative, kAbsolute);
    // Sums of all samples and steps.
    expect(call.weight_slopes, tensors(c.at("weight_gradients")), 1e-4, 1e-4);
    const Config::List& paths = c.at("paths").as_list();
    for (std::size_t i = 0; i < paths.size(); ++i)
      EXPECT_EQ(layer->weights()[i]->path(), paths[i].as_string());
  }
}

TEST(Attention, OneThreadGivesTheBitsOfMany) {
  for (const Config& c : cases()) {
    SCOPED_TRACE(said_of(c));
    parallel::set_num_threads(1);
    const Called one = called(*make(c), c);
    parallel::set_num_threads(4);
    const Called many = called(*make(c), c);
    expect(elements_of(one.outputs), elements_of(many.outputs), 0, 0);
    expect(one.slopes, many.slopes, 0, 0);
    expect(one.weight_slopes, many.weight_slopes, 0, 0);
  }
  parallel::set_num_threads(0);
}

Tensor drawn(const Shape& shape, std::int64_t seed) {
  return random::normal(shape, {.mean = 0, .stddev = 1, .seed = seed});
}

TEST(Attention, AQueryThatSeesNothingGetsNothing) {
  // Keras on JAX gives the mean of all values, padding among them, where it makes no scores.
  const Tensor q = drawn({2, 70, 2, 3}, 1), k = drawn({2, 9, 2, 3}, 2);
  std::vector<bool> sees(2 * 70, true);
  sees[3] = sees[75] = false;
  const Tensor mask = Tensor::from(sees, {2, 1, 70, 1});
  const Values y = ops::attention({q, k, k, {}, {}, {mask}}, {.return_scores = true});
  for (std::int64_t row = 0; row < 140; ++row) {
    const float* const at = elements(y[0].tensor()) + row * 6;
    EXPECT_EQ(std::all_of(at, at + 6, [](float x) { return x == 0; }),
              !sees[static_cast<std::size_t>(row)])
        << row;
  }
}

TEST(Attention, WhatIsMaskedBehindChangesNoBit) {
  const Tensor q = drawn({1, 70, 2, 8}, 1), whole = drawn({1, 500, 2, 8}, 2);
  const Tensor some =
      Tensor::from(std::vector<float>(elements(whole), elements(whole) + 300 * 16), {1, 300, 2, 8});
  std::vector<bool> seen(500, false);
  std::fill_n(seen.begin(), 300, true);
  const Tensor mask = Tensor::from(seen, {1, 1, 1, 500});
  const Values padded = ops::attention({q, whole, whole, {}, {}, {mask}}, {.scale = 0.3F});
  const Values plain = ops::attention({q, some, some, {}, {}, {}}, {.scale = 0.3F});
  EXPECT_EQ(testing::difference(padded[0].tensor(), plain[0].tensor(), 0, 0), "");
}

TEST(Attention, NaNOfAQueryIsThatOfItsOutput) {
  Tensor q = drawn({1, 3, 1, 4}, 1);
  const Tensor k = drawn({1, 5, 1, 4}, 2);
  q.data<float>()[5] = std::numeric_limits<float>::quiet_NaN();
  const Values y = ops::attention({q, k, k, {}, {}, {}}, {});
  for (std::int64_t i = 0; i < 12; ++i)
    EXPECT_EQ(std::isnan(elements(y[0].tensor())[i]), i / 4 == 1) << i;
}

TEST(Attention, ShapesAndMasksThatDoNotFitAreRefused) {
  const auto made = shared(MultiHeadAttention({.num_heads = 2, .key_dim = 3}));
  Pass pass;
  const Tensor q = drawn({2, 5, 6}, 1), v = drawn({2, 7, 6}, 2);
  const auto refuses = [&](Inputs inputs) {
    EXPECT_THROW(made->run(inputs, pass), std::invalid_argument);
  };
  refuses(Inputs(q));
  refuses(Inputs({q, drawn({3, 7, 6}, 1)}));
  refuses(Inputs({q, v, drawn({2, 6, 6}, 1)}));
  refuses(Inputs({q, drawn({2, 7}, 1)}));
  refuses(Inputs({q, v}, {{"attention_mask", Tensor::zeros({2, 5, 6}, DType::kBool)}}));
  refuses(Inputs({q, v}, {{"value_mask", Tensor::zeros({2, 5}, DType::kBool)}}));
  EXPECT_EQ(Value(made->run(Inputs({q, v}), pass)).shape(), (Shape{2, 5, 6}));
  refuses(Inputs({q, drawn({2, 7, 5}, 1)}));
  EXPECT_THROW(MultiHeadAttention({.num_heads = 0, .key_dim = 3}), std::invalid_argument);
  EXPECT_THROW(MultiHeadAttention({.num_heads = 1, .key_dim = 3, .dropout = 2}),
               std::invalid_argument);
  EXPECT_THROW(
      GroupedQueryAttention({.head_dim = 2, .num_query_heads = 3, .num_key_value_heads = 2}),
      std::invalid_argument);
  EXPECT_THROW(EinsumDense({.equation = "ab->b", .output_shape = {3}}), std::invalid_argument);
}

TEST(Attention, MasksGoAlongWithTheQuery) {
  const auto made = shared(MultiHeadAttention({.num_heads = 2, .key_dim = 3}));
  Pass pass;
  const Value mask(Tensor::from(std::vector<bool>{true, true, false}, {1, 3}));
  const Value q = Value(drawn({1, 3, 6}, 1)).with_mask(mask);
  const Values with = made->run(Inputs({q, q}), pass);
  EXPECT_TRUE(with[0].has_mask());
  const Values given = made->run(
      Inputs({q.with_mask({}), q.with_mask({})}, {{"query_mask", mask}, {"value_mask", mask}}),
      pass);
  EXPECT_EQ(testing::difference(with[0].tensor(), given[0].tensor(), 0, 0), "");
}

}  // namespace
}  // namespace keratin::layers
