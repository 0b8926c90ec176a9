// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <queue>
#include <stdexcept>
#include <vector>

#include "support/golden_calls.h"
#include "support/random_tensors.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/layers/outputs/huffman_tree.h"
#include "keratin/ops/nn/sampled.h"

namespace keratin::layers {
namespace {

using testing::golden_tensor;

Tensor labels_of(const std::vector<std::int64_t>& values) { return Tensor::from(values); }

Tensor waves(const Shape& shape, double step) {
  Tensor result = Tensor::zeros(shape);
  double at = 0;
  for (float& x : result.data<float>()) x = static_cast<float>(std::sin(at += step));
  return result;
}

TEST(Outputs, SampledLossesAndGradientsAreThoseOfTensorFlow) {
  const Config file = testing::golden("sampled");
  for (const Config& c : file.at("cases").as_list()) {
    const std::string& name = c.at("loss").as_string();
    SCOPED_TRACE(name + formats::dump_json(c.at("options")));
    const Config::List& given = c.at("sampled_values").as_list();
    const random::SampledCandidates drawn{golden_tensor(given[0]), golden_tensor(given[1]),
                                          golden_tensor(given[2])};
    const auto tape = std::make_shared<Tape>(true);
    const std::vector<Value> by{tape->watch(golden_tensor(c.at("weights"))),
                                tape->watch(golden_tensor(c.at("biases"))),
                                tape->watch(golden_tensor(c.at("inputs")))};
    const Config* const removes = c.at("options").find("remove_accidental_hits");
    ops::nn::SampledLossOptions options{.remove_accidental_hits = name != "nce_loss"};
    if (removes != nullptr) options.remove_accidental_hits = removes->as_bool();
    const auto loss = name == "nce_loss" ? &ops::nn::nce_loss : &ops::nn::sampled_softmax_loss;
    const Value biases = c.at("biased").as_bool() ? by[1] : Value();
    const Value y = loss(by[0], biases, golden_tensor(c.at("labels")), by[2], drawn, options);
    // Logits of magnitude 10 are sums of at most 8 products, each off by 6e-8 of their size; a
    // softmax has that error of its largest logit, and a logistic loss the sum of 40.
    EXPECT_EQ(testing::difference(y.tensor(), golden_tensor(c.at("y")), 5e-6, 5e-6), "");
    const auto slopes = tape->slopes(y, golden_tensor(c.at("slopes")), by);
    for (std::size_t i = 0; i < by.size(); ++i) {
      if (i == 1 && !biases) continue;
      EXPECT_EQ(
          testing::difference(slopes[i], golden_tensor(c.at("gradients").as_list()[i]), 2e-5, 1e-5),
          "");
    }
  }
}

TEST(Outputs, ALabelThatIsDrawnTwiceIsRemovedTwice) {
  const random::SampledCandidates drawn{labels_of({2, 1, 2}), Tensor::zeros({1, 1}),
                                        Tensor::zeros({3})};
  const ops::nn::SampledLossOptions options{.remove_accidental_hits = true,
                                            .subtract_log_q = false};
  const Tensor weights = Tensor::from(std::vector<float>{1, 2, 3, 4}, {4, 1});
  const Tensor x = Tensor::from(std::vector<float>{1}, {1, 1});
  const Value y = ops::nn::nce_loss(weights, {}, labels_of({2}), x, drawn, options);
  EXPECT_NEAR(y.tensor().data<float>()[0], std::log1p(std::exp(-3.0)) + std::log1p(std::exp(2.0)),
              1e-6);
}

TEST(Outputs, SampledLossesRefuseWhatDoesNotFit) {
  const Value weights(Tensor::zeros({5, 3})), inputs(Tensor::zeros({2, 3}));
  const random::SampledCandidates drawn{labels_of({0, 4}), Tensor::zeros({2, 1}),
                                        Tensor::zeros({2})};
  const auto refused = [&](const Value& w, const Value& b, const Tensor& labels, const Value& x,
                           const random::SampledCandidates& candidates) {
    EXPECT_THROW(ops::nn::nce_loss(w, b, labels, x, candidates), std::invalid_argument);
    EXPECT_THROW(ops::nn::sampled_softmax_loss(w, b, labels, x, candidates), std::invalid_argument);
  };
  refused(weights, {}, labels_of({1, 2, 3}), inputs, drawn);
  refused(weights, {}, Tensor::from(std::vector<float>{1, 1.5}), inputs, drawn);
  refused(weights, Tensor::zeros({4}), labels_of({1, 2}), inputs, drawn);
  refused(weights, {}, labels_of({1, 2}), Tensor::zeros({2, 4}), drawn);
  refused(Tensor::zeros({5}), {}, labels_of({1, 2}), inputs, drawn);
  refused(weights, {}, labels_of({1, 2}), inputs, {labels_of({0, 4}), Tensor::zeros({2, 1}), {}});
  refused(weights, {}, labels_of({1, 2}), inputs,
          {labels_of({0, 4}), Tensor::zeros({3}), Tensor::zeros({2})});
  EXPECT_THROW(ops::nn::nce_loss(weights, {}, labels_of({1, 5}), inputs, drawn), std::out_of_range);
  EXPECT_THROW(ops::nn::nce_loss(weights, {}, labels_of({1, 2}), inputs,
                                 {labels_of({0, 5}), Tensor::zeros({2}), Tensor::zeros({2})}),
               std::out_of_range);
}

struct Call {
  Tensor y;
  Gradients gradients;
  std::shared_ptr<Pass> pass;
};

Call called(const Layer& layer, const Values& inputs, bool training) {
  Call call;
  call.pass = std::make_shared<Pass>(training, std::make_shared<Tape>(true));
  const Value y = layer.run(Inputs(inputs), *call.pass);
  call.y = y.tensor();
  if (y.is_recorded()) call.pass->tape->slopes(y, {}, {}, &call.gradients);
  return call;
}

template <class L>
std::shared_ptr<L> built(L layer, std::int64_t width) {
  auto made = shared(std::move(layer));
  made->build({kNone, width});
  std::vector<Tensor> weights;
  for (const auto& weight : made->weights())
    weights.push_back(waves(weight->shape(), 0.7 + static_cast<double>(weights.size())));
  made->set_weights(weights);
  return made;
}

TEST(Outputs, AStepTouchesTheRowsOfLabelsAndOfDrawnClasses) {
  const auto layer =
      built(SampledSoftmax({.units = 1000, .num_sampled = 7, .seed = 5, .name = "large"}), 4);
  ASSERT_EQ(layer->weights().size(), 2u);
  EXPECT_EQ(layer->weights()[0]->path(), "large/kernel/embeddings");
  EXPECT_EQ(layer->weights()[1]->shape(), Shape({1000, 1}));
  const Tensor x = waves({3, 4}, 0.3), labels = labels_of({900, 901, 900});
  const Call call = called(*layer, {x, labels}, true);
  const auto drawn = random::candidate_sampler("log_uniform", {.range_max = 1000})
                         ->sample(labels, 7, true, random::key_from_seed(5));
  const std::vector<Tensor> weights = layer->get_weights();
  const auto tape = std::make_shared<Tape>(true);
  const std::vector<Value> by{tape->watch(weights[0]), tape->watch(weights[1].reshaped({1000}))};
  const Value y = ops::nn::sampled_softmax_loss(by[0], by[1], labels, x, drawn);
  EXPECT_EQ(testing::difference(call.y, y.tensor(), 0, 0), "");
  const auto wanted = tape->slopes(y, {}, by);
  std::vector<std::int64_t> ids{900, 901};
  for (const std::int64_t one : drawn.sampled_candidates.data<std::int64_t>()) ids.push_back(one);
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  for (std::size_t i = 0; i < 2; ++i) {
    const Gradients::Entry* const found = call.gradients.find(*layer->weights()[i]);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->rows.ids, ids);
    // A row that several read is summed in another order.
    EXPECT_EQ(testing::difference(testing::spread(found->rows, layer->weights()[i]->shape()),
                                  wanted[i].reshaped(layer->weights()[i]->shape()), 1e-6, 1e-6),
              "");
  }
}

TEST(Outputs, WithoutTrainingAllClassesCount) {
  for (const bool biased : {true, false}) {
    const auto softmax =
        built(SampledSoftmax({.units = 9, .num_sampled = 2, .use_bias = biased}), 3);
    const auto logistic = built(NCE({.units = 9, .num_sampled = 2, .use_bias = biased}), 3);
    const Tensor x = waves({2, 4, 3}, 0.3);
    const Tensor labels =
        labels_of({1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 1, 1, 8, 3, 2, 0}).reshaped({2, 4, 2});
    const Tensor logits = called(*softmax, {x}, false).y;
    ASSERT_EQ(logits.shape(), Shape({2, 4, 9}));
    EXPECT_EQ(testing::difference(called(*logistic, {x}, true).y, logits, 0, 0), "");
    const Tensor of_softmax = called(*softmax, {x, labels}, false).y;
    const Tensor of_logistic = called(*logistic, {x, labels}, false).y;
    ASSERT_EQ(of_softmax.shape(), Shape({2, 4}));
    for (std::size_t n = 0; n < 8; ++n) {
      double sum = 0, soft = 0, of_true = 0;
      for (std::size_t c = 0; c < 9; ++c) {
        double logit = biased ? softmax->weights()[1]->value().data<float>()[c] : 0.0F;
        for (std::size_t d = 0; d < 3; ++d)
          logit += static_cast<double>(x.data<float>()[n * 3 + d]) *
                   softmax->weights()[0]->value().data<float>()[c * 3 + d];
        EXPECT_NEAR(logits.data<float>()[n * 9 + c], logit, 2e-6);
        sum += std::exp(logit);
        soft += std::log1p(std::exp(logit));
        for (std::size_t t = 0; t < 2; ++t) {
          if (labels.data<std::int64_t>()[n * 2 + t] == static_cast<std::int64_t>(c))
            of_true += logit / 2;
        }
      }
      EXPECT_NEAR(of_softmax.data<float>()[n], std::log(sum) - of_true, 1e-5);
      EXPECT_NEAR(of_logistic.data<float>()[n], soft - of_true, 1e-5);
    }
  }
}

TEST(Outputs, ALossOfAllClassesDrawnIsNearThatOfAll) {
  // Every class is drawn and expected once: the sampled softmax is the softmax.
  const auto layer = built(
      SampledSoftmax({.units = 6, .num_sampled = 6, .sampler = "uniform", .subtract_log_q = false}),
      3);
  const Tensor x = waves({4, 3}, 0.3), labels = labels_of({0, 5, 2, 2});
  EXPECT_EQ(testing::difference(called(*layer, {x, labels}, true).y,
                                called(*layer, {x, labels}, false).y, 1e-6, 1e-6),
            "");
}

TEST(Outputs, OnlyStepsThatAreTakenDrawAndLearn) {
  const auto layer = built(
      SampledSoftmax({.units = 5, .num_sampled = 2, .sampler = "learned_unigram", .seed = 3}), 2);
  const Tensor x = waves({2, 2}, 0.3), labels = labels_of({4, 1});
  const auto chance = [&](std::int64_t draws, std::vector<std::int64_t> counts) {
    counts.insert(counts.begin(), {3, draws});
    return counts;
  };
  const Tensor first = called(*layer, {x, labels}, true).y;  // not committed
  EXPECT_EQ(layer->chance(), chance(0, {1, 1, 1, 1, 1}));
  const Call again = called(*layer, {x, labels}, true);
  EXPECT_EQ(testing::difference(again.y, first, 0, 0), "");
  again.pass->commit();
  EXPECT_EQ(layer->chance(), chance(1, {1, 2, 1, 1, 2}));
  Pass twice(true, std::make_shared<Tape>(true));
  layer->run(Inputs(Values{x, labels}), twice);
  layer->run(Inputs(Values{x, labels_of({0, 0})}), twice);
  twice.commit();
  EXPECT_EQ(layer->chance(), chance(3, {3, 3, 1, 1, 3}));
  const auto copy =
      built(SampledSoftmax({.units = 5, .num_sampled = 2, .sampler = "learned_unigram"}), 2);
  copy->set_chance(layer->chance());
  EXPECT_EQ(testing::difference(called(*copy, {x, labels}, true).y,
                                called(*layer, {x, labels}, true).y, 0, 0),
            "");
  EXPECT_THROW(copy->set_chance({1, 2}), std::invalid_argument);
}

TEST(Outputs, AMaskGoesOnAndFrozenLayersHaveNoGradient) {
  const auto layer = built(NCE({.units = 5, .num_sampled = 2}), 2);
  layer->set_trainable(false);
  const Value x =
      Value(waves({1, 2, 2}, 0.3)).with_mask(Tensor::from(std::vector<bool>{true, false}, {1, 2}));
  Pass pass(true, std::make_shared<Tape>(true));
  const Value y = layer->run(Inputs(Values{x, labels_of({4, 1}).reshaped({1, 2})}), pass);
  EXPECT_TRUE(y.has_mask());
  EXPECT_FALSE(y.is_recorded());
  EXPECT_EQ(called(*layer, {Tensor::zeros({0, 2}), labels_of({})}, true).y.shape(), Shape({0}));
}

TEST(Outputs, AdaptiveSoftmaxIsThatOfTorch) {
  // Logits are sums of 16 products of magnitude 3 and of those, within: 1e-5 of 10.
  testing::expect_golden_calls("adaptive_softmax", 2e-5, 2e-5);
  const Config file = testing::golden("adaptive_softmax");
  for (const Config& c : file.at("cases").as_list()) {
    const auto layer = testing::golden_layer(c);
    const Tensor y = testing::golden_call(*layer, c).outputs[0];
    if (const Config* const loss = c.find("loss")) {
      double sum = 0;
      for (const float one : y.data<float>()) sum += one;
      EXPECT_NEAR(sum / static_cast<double>(y.shape().size()), loss->as_double(), 1e-5);
      continue;
    }
    const Tensor wanted = golden_tensor(c.at("predict"));
    const auto& adaptive = dynamic_cast<const AdaptiveLogSoftmaxWithLoss&>(*layer);
    EXPECT_EQ(testing::difference(cast(adaptive.predict(golden_tensor(c.at("inputs").as_list()[0])),
                                       DType::kFloat32),
                                  cast(wanted, DType::kFloat32), 0, 0),
              "");
    EXPECT_THROW(adaptive.predict(Tensor::zeros({2, 1})), std::invalid_argument);
    const auto width = static_cast<std::size_t>(y.shape()[1]);
    for (std::size_t n = 0; n < wanted.data<std::int64_t>().size(); ++n) {
      const auto row = y.data<float>().subspan(n * width, width);
      EXPECT_EQ(std::ranges::max_element(row) - row.begin(), wanted.data<std::int64_t>()[n]);
    }
  }
}

/// What the best code costs: the counts of all inner nodes together, made of a heap.
std::int64_t best_cost(const std::vector<std::int64_t>& counts) {
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> heap(counts.begin(),
                                                                                    counts.end());
  std::int64_t cost = 0;
  while (heap.size() > 1) {
    std::int64_t sum = heap.top();
    heap.pop();
    sum += heap.top();
    heap.pop();
    heap.push(sum);
    cost += sum;
  }
  return cost;
}

TEST(Outputs, HuffmanTreesAreTheCheapest) {
  for (const std::vector<std::int64_t>& counts : {std::vector<std::int64_t>{5, 1},
                                                  {1, 1, 1, 1, 1, 1, 1, 1},
                                                  {3, 9, 1, 7, 7, 2},
                                                  {1, 2, 4, 8, 16, 32, 64},
                                                  {10, 10, 9, 1, 1, 1, 1, 30, 2}}) {
    const HuffmanTree tree(counts);
    std::int64_t cost = 0;
    std::vector<std::vector<std::pair<std::int64_t, bool>>> ways;
    for (std::int64_t leaf = 0; leaf < tree.leaves(); ++leaf) {
      ways.emplace_back();
      tree.for_path(leaf, [&](std::int64_t inner, bool right) {
        EXPECT_GE(inner, 0);
        EXPECT_LT(inner, tree.leaves() - 1);
        ways.back().emplace_back(inner, right);
        cost += counts[static_cast<std::size_t>(leaf)];
      });
      EXPECT_EQ(tree.child(ways.back()[0].first, ways.back()[0].second), leaf);
    }
    EXPECT_EQ(cost, best_cost(counts));
    std::ranges::sort(ways);
    EXPECT_EQ(std::ranges::unique(ways).begin(), ways.end());
  }
}

TEST(Outputs, HierarchicalSoftmaxSharesOneOut) {
  for (const std::vector<std::int64_t>& counts :
       {std::vector<std::int64_t>{}, {50, 1, 3, 3, 20, 7, 1, 1, 2, 11}}) {
    const auto layer = built(HierarchicalSoftmax({.units = 10, .counts = counts}), 3);
    const Tensor x = waves({4, 3}, 0.9), labels = labels_of({9, 0, 0, 5});
    const Call all = called(*layer, {x}, false), some = called(*layer, {x, labels}, true);
    ASSERT_EQ(all.y.shape(), Shape({4, 10}));
    for (std::size_t n = 0; n < 4; ++n) {
      double sum = 0;
      for (std::size_t c = 0; c < 10; ++c) {
        const double log = all.y.data<float>()[n * 10 + c];
        sum += std::exp(log);
        if (labels.data<std::int64_t>()[n] == static_cast<std::int64_t>(c)) {
          EXPECT_NEAR(some.y.data<float>()[n], -log, 2e-6);
        }
      }
      EXPECT_NEAR(sum, 1, 2e-6);
    }
    // The way back of the rows, and that of the whole kernel for the same losses.
    Pass pass(false, std::make_shared<Tape>(true));
    const Value logs = layer->run(Inputs(x), pass);
    Tensor slopes = Tensor::zeros({4, 10});
    for (std::size_t n = 0; n < 4; ++n)
      slopes.data<float>()[n * 10 + static_cast<std::size_t>(labels.data<std::int64_t>()[n])] = -1;
    Gradients dense;
    pass.tape->slopes(logs, slopes, {}, &dense);
    const Variable& kernel = *layer->weights()[0];
    EXPECT_EQ(testing::difference(testing::spread(some.gradients.find(kernel)->rows, {9, 3}),
                                  dense.find(kernel)->dense, 1e-5, 2e-6),
              "");
  }
}

TEST(Outputs, FilesHaveThem) {
  const std::vector<std::shared_ptr<Layer>> all{
      shared(SampledSoftmax({.units = 5,
                             .num_sampled = 2,
                             .sampler = "fixed_unigram",
                             .unigrams = {3, 1, 0.5, 0, 1},
                             .distortion = 0.75,
                             .unique = false,
                             .kernel_regularizer = "l2",
                             .seed = 3})),
      shared(NCE({.units = 5, .num_sampled = 2, .use_bias = false})),
      shared(HierarchicalSoftmax({.units = 3, .counts = {5, 1, 2}}))};
  for (const auto& layer : all) {
    const Config written = layer->serialize();
    EXPECT_EQ(written.at("registered_name").as_string(), str("keratin>", layer->class_name()));
    EXPECT_EQ(formats::dump_json(Layer::deserialize(written)->serialize()),
              formats::dump_json(written));
  }
}

TEST(Outputs, RefuseWhatTheyCannotBe) {
  EXPECT_THROW(SampledSoftmax({.units = 0, .num_sampled = 1}), std::invalid_argument);
  EXPECT_THROW(SampledSoftmax({.units = 3, .num_sampled = 0}), std::invalid_argument);
  EXPECT_THROW(SampledSoftmax({.units = 3, .num_sampled = 4}), std::invalid_argument);
  EXPECT_NO_THROW(SampledSoftmax({.units = 3, .num_sampled = 4, .unique = false}));
  EXPECT_THROW(NCE({.units = 3, .num_sampled = 2, .sampler = "zipf"}), std::invalid_argument);
  EXPECT_THROW(NCE({.units = 3, .num_sampled = 2, .sampler = "fixed_unigram"}),
               std::invalid_argument);
  EXPECT_THROW(HierarchicalSoftmax({.units = 1}), std::invalid_argument);
  EXPECT_THROW(HierarchicalSoftmax({.units = 3, .counts = {1, 2}}), std::invalid_argument);
  EXPECT_THROW(HierarchicalSoftmax({.units = 2, .counts = {1, 0}}), std::invalid_argument);
  const std::int64_t most = std::int64_t{1} << 62;
  EXPECT_THROW(HierarchicalSoftmax({.units = 2, .counts = {most, 1}}), std::invalid_argument);
  for (const std::vector<std::int64_t>& cutoffs :
       {std::vector<std::int64_t>{}, {0}, {2, 2}, {3, 2}, {5}, {-1, 2}})
    EXPECT_THROW(AdaptiveLogSoftmaxWithLoss({.n_classes = 5, .cutoffs = cutoffs}),
                 std::invalid_argument);
  EXPECT_THROW(AdaptiveLogSoftmaxWithLoss(
                   {.n_classes = std::numeric_limits<std::int64_t>::min(), .cutoffs = {2}}),
               std::invalid_argument);
  EXPECT_THROW(AdaptiveLogSoftmaxWithLoss({.n_classes = 5, .cutoffs = {2}, .div_value = 0}),
               std::invalid_argument);
  EXPECT_THROW(AdaptiveLogSoftmaxWithLoss({.n_classes = 5, .cutoffs = {2}}).build({kNone, 3}),
               std::invalid_argument);  // 3 / 4 numbers
  const auto layer = built(HierarchicalSoftmax({.units = 4}), 2);
  Pass pass;
  const auto refused = [&](const Values& inputs) {
    EXPECT_THROW(layer->run(Inputs(inputs), pass), std::invalid_argument);
  };
  const Tensor x = Tensor::zeros({2, 2});
  refused({Tensor::zeros({2, 3})});
  refused({Tensor::zeros({2})});
  refused({x, labels_of({1, 2, 3})});
  refused({x, labels_of({1, 2, 3, 1}).reshaped({2, 2})});
  refused({x, labels_of({1, 2}), labels_of({1, 2})});
  refused({x, Tensor::from(std::vector<float>{1, 0.5})});
  EXPECT_THROW(layer->run(Inputs(Values{x, labels_of({1, 4})}), pass), std::out_of_range);
  EXPECT_NO_THROW(layer->run(Inputs(Values{x, labels_of({1, 3}).reshaped({2, 1})}), pass));
}

}  // namespace
}  // namespace keratin::layers
