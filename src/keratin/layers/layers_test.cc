// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/layers.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/layer_call.h"
#include <gtest/gtest.h>

#include "keratin/parallel/parallel.h"

namespace keratin::layers {
namespace {

TEST(Layers, GlobalSumPooling1DIsTheMeanTimesTheSteps) {
  const Tensor x =
      Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {2, 3, 2});
  const Tensor g = Tensor::from(std::vector<float>{1, 10, 100, 1000}, {2, 1, 2});
  const Tensor mask = Tensor::from(std::vector<bool>{true, true, true, true, false, true}, {2, 3});
  const auto check = [&](const Tensor& with, const std::vector<float>& sums,
                         const std::vector<float>& gradient) {
    GlobalSumPooling1D layer({.keepdims = true});
    const testing::LayerCall call = testing::differentiate(layer, x, with, g);
    EXPECT_EQ(testing::difference(call.output, Tensor::from(sums, {2, 1, 2}), 0, 0), "");
    EXPECT_EQ(testing::difference(call.input_slope, Tensor::from(gradient, {2, 3, 2}), 0, 0), "");
  };
  check({}, {9, 12, 27, 30}, {1, 10, 1, 10, 1, 10, 100, 1000, 100, 1000, 100, 1000});
  check(mask, {9, 12, 18, 20}, {1, 10, 1, 10, 1, 10, 100, 1000, 0, 0, 100, 1000});
  const GlobalSumPooling1D layer({.keepdims = true, .name = "s"});
  EXPECT_EQ(formats::dump_json(Layer::deserialize(layer.serialize())->serialize()),
            formats::dump_json(layer.serialize()));
}

TEST(Layers, DenseOfNoFeaturesIsItsBias) {
  Dense dense({.units = 2, .bias_initializer = "ones"});
  dense.build({kNone, 0});
  const Tensor ones = Tensor::from(std::vector<float>(8, 1.0F), {4, 2});
  const testing::LayerCall call = testing::differentiate(dense, Tensor::zeros({4, 0}), {}, ones);
  EXPECT_EQ(testing::difference(call.output, ones, 0, 0), "");
  EXPECT_EQ(call.input_slope.shape(), (Shape{4, 0}));
  EXPECT_EQ(std::as_const(call.weights[1]).data<float>()[0], 4.0F);
}

TEST(Convolution, WindowsThatReachFarBeyondTheStepsNeedNoMemory) {
  // Only the last tap lies on steps: expected values from algebra.
  for (const char* padding : {"causal", "same"}) {
    Conv1D far({.filters = 1,
                .kernel_size = 3,
                .padding = padding,
                .dilation_rate = 1'000'000'000,
                .kernel_initializer = "ones"});
    const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4}, {1, 4, 1});
    const testing::LayerCall call = testing::differentiate(far, x, {}, {});
    EXPECT_EQ(testing::difference(call.output, x, 0, 0), "");
    EXPECT_EQ(testing::difference(call.input_slope, x, 0, 0), "");
  }
}

TEST(LayerNormalization, NothingIsLeftOfEqualNumbers) {
  for (const float value : {0.1F, -3.3F, 1e6F}) {
    const Tensor x = Tensor::from(std::vector<float>(9, value), {3, 3});
    EXPECT_EQ(testing::difference(LayerNormalization()(x), Tensor::zeros({3, 3}), 0, 0), "");
  }
}

TEST(Convolution, OfNothingIsNothing) {
  for (const Shape& shape : {Shape{0, 9, 4}, Shape{2, 0, 4}, Shape{0, 0, 4}}) {
    for (const auto& layer : std::vector<std::shared_ptr<Layer>>{
             std::make_shared<Conv1D>(
                 ConvOptions{.filters = 3, .kernel_size = 3, .padding = "same"}),
             std::make_shared<MaxPooling1D>(PoolingOptions{.padding = "same"}),
             std::make_shared<AveragePooling1D>(PoolingOptions{.padding = "same"}),
             std::make_shared<BatchNormalization>(), std::make_shared<LayerNormalization>()}) {
      layer->build({kNone, 9, 4});
      const auto before = layer->get_weights();
      const testing::LayerCall call = testing::differentiate(*layer, Tensor::zeros(shape), {}, {});
      EXPECT_EQ(call.output.size(), 0);
      EXPECT_EQ(call.input_slope.shape(), shape);
      (*layer)(Tensor::zeros(shape), {.training = true});
      for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(testing::difference(layer->weights()[i]->value(), before[i], 0, 0), "");
        EXPECT_EQ(testing::difference(call.weights[i], Tensor::zeros(before[i].shape()), 0, 0), "");
      }
    }
  }
}

// Above the chunks of parallel::for_chunks: here threads really meet.
TEST(Layers, EqualBitsForOneAndTwoThreads) {
  Tensor x = Tensor::zeros({600, 40, 32});
  float next = 0;
  for (float& v : x.data<float>()) v = std::sin(next += 1.7F);
  Tensor ids = Tensor::zeros({600, 40}, DType::kInt32);
  for (std::size_t i = 0; i < 24000; ++i) {
    ids.data<std::int32_t>()[i] = static_cast<std::int32_t>(i * i % 1999);
  }
  const auto run = [](Layer& layer, const Tensor& inputs, int threads) {
    parallel::set_num_threads(threads);
    const testing::LayerCall call = testing::differentiate(layer, inputs, {}, {});
    std::vector<Tensor> all = {call.output, call.input_slope};
    all.insert(all.end(), call.weights.begin(), call.weights.end());
    parallel::set_num_threads(0);
    return all;
  };
  std::vector<std::pair<std::shared_ptr<Layer>, Tensor>> cases = {
      {std::make_shared<Embedding>(EmbeddingOptions{.input_dim = 2000, .output_dim = 16}), ids},
      {std::make_shared<Dense>(DenseOptions{.units = 24, .activation = "tanh"}), x},
      {std::make_shared<GlobalAveragePooling1D>(), x},
      {std::make_shared<GlobalMaxPooling1D>(), x},
      {std::make_shared<Conv1D>(ConvOptions{.filters = 24, .kernel_size = 5, .padding = "same"}),
       x},
      {std::make_shared<Conv1D>(ConvOptions{
           .filters = 64, .kernel_size = 3, .padding = "causal", .dilation_rate = 2, .groups = 32}),
       x},
      {std::make_shared<MaxPooling1D>(PoolingOptions{.pool_size = 3, .strides = 2}), x},
      {std::make_shared<AveragePooling1D>(PoolingOptions{.padding = "same"}), x},
      {std::make_shared<BatchNormalization>(), x},
      {std::make_shared<LayerNormalization>(), x},
      {std::make_shared<Dropout>(0.4), x}};
  for (auto& [layer, inputs] : cases) {
    SCOPED_TRACE(layer->class_name());
    layer->build(inputs.shape());
    const auto one = run(*layer, inputs, 1);
    const auto two = run(*layer, inputs, 2);
    for (std::size_t i = 0; i < one.size(); ++i) {
      if (one[i]) {
        EXPECT_EQ(testing::difference(two[i], one[i], 0, 0), "") << i;
      }
    }
  }
}

TEST(Layers, UnknownClassNamesTheNearest) {
  Config config = Config::dict();
  config["class_name"] = "Embeding";
  try {
    Layer::deserialize(config);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("Did you mean 'embedding'?"), std::string::npos)
        << error.what();
  }
}

TEST(Layers, RefuseWhatTheyCannotTake) {
  EXPECT_THROW(Dense({.units = 0}), std::invalid_argument);
  EXPECT_THROW(Dropout({.rate = 1.5}), std::invalid_argument);
  EXPECT_THROW(Dropout(DropoutOptions{}), std::invalid_argument);
  Config open = Config::dict();  // an open dimension is null; -1 is a mistake
  open["rate"] = 0.5;
  open["noise_shape"] = Config(Config::List{Config(), 1});
  EXPECT_EQ(Dropout::options_from(open).noise_shape, (Shape{kNone, 1}));
  open["noise_shape"] = Config(Config::List{-1, 1});
  EXPECT_THROW(Dropout::options_from(open), std::invalid_argument);
  EXPECT_THROW(Reshape({.target_shape = {-1, -1}}), std::invalid_argument);
  EXPECT_THROW(Flatten({.data_format = "channels_middle"}), std::invalid_argument);
  EXPECT_THROW(InputLayer({}), std::invalid_argument);
  EXPECT_THROW(Dense({.units = 3, .name = "a/b"}), std::invalid_argument);
  EXPECT_THROW(Dense({.units = 3})(Tensor::zeros({3})), std::invalid_argument);
  EXPECT_THROW(GlobalAveragePooling1D()(Tensor::zeros({3, 2})), std::invalid_argument);
  EXPECT_THROW(GlobalMaxPooling1D()(Tensor::zeros({3, 0, 2})), std::invalid_argument);
  EXPECT_THROW(Reshape({.target_shape = {5}})(Tensor::zeros({3, 4})), std::invalid_argument);
  EXPECT_THROW(SpatialDropout1D(0.5)(Tensor::zeros({3, 4})), std::invalid_argument);
  EXPECT_THROW(Dropout({}), std::invalid_argument);
  EXPECT_THROW(SpatialDropout1D({}), std::invalid_argument);
  EXPECT_THROW(Conv1D({}), std::invalid_argument);
  EXPECT_THROW(Conv1D({.filters = 4}), std::invalid_argument);
  EXPECT_THROW(Conv1D({.filters = 4, .kernel_size = {3, 3}}), std::invalid_argument);
  EXPECT_THROW(Conv1D({.filters = 4, .kernel_size = 0}), std::invalid_argument);
  EXPECT_THROW(Conv1D({.filters = 4, .kernel_size = INT64_MAX}), std::invalid_argument);
  EXPECT_THROW(Conv1D({.filters = 4, .kernel_size = 3, .strides = 2, .dilation_rate = 2}),
               std::invalid_argument);
  EXPECT_THROW(Conv1D({.filters = 4, .kernel_size = 3, .groups = 3}), std::invalid_argument);
  EXPECT_THROW(Conv1D({.filters = 4, .kernel_size = 3, .padding = "full"}), std::invalid_argument);
  const Conv1D conv({.filters = 4, .kernel_size = 3});
  EXPECT_THROW(conv(Tensor::zeros({1, 2, 4})), std::invalid_argument);
  EXPECT_THROW(conv.compute_output_shape({kNone, 5, kNone}), std::invalid_argument);
  EXPECT_EQ(conv.compute_output_shape({kNone, kNone, 2}), (Shape{kNone, kNone, 4}));
  EXPECT_THROW(Conv1D({.filters = 4, .kernel_size = 3, .groups = 2})(Tensor::zeros({1, 9, 3})),
               std::invalid_argument);
  EXPECT_THROW(MaxPooling1D({.padding = "causal"}), std::invalid_argument);
  EXPECT_THROW(MaxPooling1D({.pool_size = 4})(Tensor::zeros({1, 3, 2})), std::invalid_argument);
  EXPECT_THROW(AveragePooling1D({.strides = -1}), std::invalid_argument);
  EXPECT_THROW(BatchNormalization({.momentum = 1.5}), std::invalid_argument);
  EXPECT_THROW(BatchNormalization({.synchronized = true}), std::invalid_argument);
  EXPECT_THROW(BatchNormalization({.axis = 3})(Tensor::zeros({2, 3, 4})), std::invalid_argument);
  EXPECT_THROW(BatchNormalization({.renorm = true, .renorm_clipping = RenormClipping{.dmax = -1}}),
               std::invalid_argument);
  EXPECT_THROW(LayerNormalization({.axis = {1, -2}})(Tensor::zeros({2, 3, 4})),
               std::invalid_argument);
  EXPECT_THROW(Conv2D({.filters = 2, .kernel_size = 2, .padding = "causal"}),
               std::invalid_argument);
  EXPECT_THROW(Conv2D({.filters = 2, .kernel_size = 3})(Tensor::zeros({1, 2, 5, 1})),
               std::invalid_argument);
  EXPECT_THROW(DepthwiseConv1D({.kernel_size = 2, .depth_multiplier = 0}), std::invalid_argument);
  EXPECT_THROW(SeparableConv1D({.kernel_size = 2}), std::invalid_argument);
  EXPECT_THROW(Conv1DTranspose({.filters = 2, .kernel_size = 2, .output_padding = 1}),
               std::invalid_argument);
  EXPECT_THROW(MaxPooling2D({.pool_size = {2, 2, 2}}), std::invalid_argument);
  EXPECT_THROW(GlobalMaxPooling2D()(Tensor::zeros({1, 0, 3, 2})), std::invalid_argument);
  EXPECT_THROW(LeakyReLU({.negative_slope = -1}), std::invalid_argument);
  EXPECT_THROW(PReLU({.shared_axes = std::vector<std::int64_t>{3}})(Tensor::zeros({2, 3, 4})),
               std::invalid_argument);
  EXPECT_THROW(GaussianNoise({}), std::invalid_argument);
  EXPECT_THROW(GaussianDropout({.rate = 2}), std::invalid_argument);
  EXPECT_THROW(GaussianDropout({.rate = 1})(Tensor::zeros({2, 3}), {.training = true}),
               std::invalid_argument);
  EXPECT_THROW(AlphaDropout({.rate = 0.5, .noise_shape = {1, 2}})(Tensor::zeros({2, 3})),
               std::invalid_argument);
  EXPECT_THROW(GroupNormalization({.groups = 0}), std::invalid_argument);
  EXPECT_THROW(GroupNormalization({.groups = 2})(Tensor::zeros({2, 3})), std::invalid_argument);
  EXPECT_THROW(GroupNormalization({.groups = 1, .axis = 0})(Tensor::zeros({2, 3})),
               std::invalid_argument);
  EXPECT_THROW(RMSNormalization({.axis = 2})(Tensor::zeros({2, 3})), std::invalid_argument);
  EXPECT_THROW(UnitNormalization({.axis = {1, 1}})(Tensor::zeros({2, 3})), std::invalid_argument);
  EXPECT_THROW(UpSampling1D({.size = 0}), std::invalid_argument);
  EXPECT_THROW(ZeroPadding1D({.padding = {1, -1}}), std::invalid_argument);
  EXPECT_THROW(Cropping1D({.cropping = 2})(Tensor::zeros({1, 4, 2})), std::invalid_argument);
  EXPECT_THROW(Rescaling({}), std::invalid_argument);
  EXPECT_THROW(Rescaling({.scale = std::vector<double>{1, 2}})(Tensor::zeros({1, 3})),
               std::invalid_argument);
  const Tensor short_mask = Tensor::zeros({1, 1}, DType::kBool);
  EXPECT_THROW(GlobalAveragePooling1D()(Tensor::zeros({1, 4, 2}), {.mask = short_mask}),
               std::invalid_argument);
  EXPECT_THROW(Dense({.units = 2})(Tensor::zeros({1, 2}), {.mask = Tensor::zeros({1})}),
               std::invalid_argument);
  Pass pass;
  EXPECT_THROW(Dense({.units = 2}).call(Tensor::zeros({1, 2}), pass), std::invalid_argument);
  Dense dense({.units = 3});
  dense(Tensor::zeros({2, 4}));
  EXPECT_THROW(dense(Tensor::zeros({2, 5})), std::invalid_argument);
}

TEST(Dropout, EachCallInTrainingDrawsAnew) {
  // What Keras 3.16 on JAX keeps, and leaves to the calls behind.
  Dropout layer({.rate = 0.5, .seed = 3});
  const Tensor x = Tensor::from(std::vector<float>(12, 1), {2, 6});
  const auto kept = [&](bool training) {
    const Tensor y = layer(x, {.training = training});
    std::string bits;
    for (const float value : y.data<float>()) bits += value == 0 ? '0' : '1';
    return bits;
  };
  EXPECT_EQ(kept(true), "010011010100");
  EXPECT_EQ(kept(true), "011010000111");
  EXPECT_EQ(kept(false), "111111111111");
  EXPECT_EQ(kept(true), "100010110100");
  Pass pass(true);  // of a model, which may yet refuse the batch
  layer.run(x, pass);
  layer.run(x, pass);
  EXPECT_EQ(layer.chance(), (std::vector<std::int64_t>{3, 3}));
  pass.commit();
  EXPECT_EQ(layer.chance(), (std::vector<std::int64_t>{3, 5}));
}

/// An initializer that a user might write: it knows what it is for.
struct Meddling final : initializers::Initializer {
  std::function<void()> meddle;
  std::string_view class_name() const override { return "Meddling"; }
  Config get_config() const override { return Config::dict(); }
  void fill(const Shape&, std::int64_t, std::span<float> out) const override {
    if (meddle) meddle();
    std::fill(out.begin(), out.end(), 1.0F);
  }
};

TEST(Layer, AMaskTravelsFromLayerToLayerThatAreCalledByThemselves) {
  // Keras: the same calls give [[4.5, 5.5, 6.5]].
  std::vector<float> rows(15);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i);
  Embedding embedding(
      {.input_dim = 5, .output_dim = 3, .mask_zero = true, .weights = Tensor::from(rows, {5, 3})});
  const Tensor x = embedding(Tensor::from(std::vector<std::int32_t>{1, 2, 0, 0}, {1, 4}));
  ASSERT_TRUE(x.mask());
  const auto mean = [](const Tensor& y) { return y.data<float>()[0]; };
  EXPECT_EQ(mean(GlobalAveragePooling1D()(x)), 4.5F);
  Dropout dropout({.rate = 0.5});
  EXPECT_EQ(mean(GlobalAveragePooling1D()(dropout(x))), 4.5F);
  const Tensor three = Tensor::from(std::vector<bool>{true, true, true, false}, {1, 4});
  EXPECT_EQ(mean(GlobalAveragePooling1D()(x, {.mask = three})), 3.0F);
  EXPECT_EQ(mean(GlobalAveragePooling1D()(x.with_mask({}))), 2.25F);
  EXPECT_FALSE(GlobalAveragePooling1D()(x).mask());
  EXPECT_THROW(Flatten()(x), std::invalid_argument);
  EXPECT_FALSE(Flatten()(x, {.mask_policy = MaskPolicy::kKeras3}).mask());
}

TEST(Layer, AnInitializerMayNotBuildTheLayerOnceMore) {
  const auto initializer = std::make_shared<Meddling>();
  Dense dense({.units = 2, .kernel_initializer = std::shared_ptr<const Meddling>(initializer)});
  initializer->meddle = [&] { dense.build({kNone, 3}); };
  EXPECT_THROW(dense.build({kNone, 3}), std::logic_error);
  EXPECT_FALSE(dense.built());
  initializer->meddle = nullptr;
  dense.build({kNone, 3});
  EXPECT_EQ(dense.weights().size(), 2U);
}

TEST(Layer, ACopyWithItsChanceDrawsTheSame) {
  Dropout first(0.5), second(0.5);
  const Tensor x = Tensor::from(std::vector<float>(64, 1), {8, 8});
  const auto drawn = [&](Dropout& layer) {
    const Tensor y = layer(x, {.training = true});
    const auto values = y.data<float>();
    return std::vector<float>(values.begin(), values.end());
  };
  EXPECT_NE(drawn(first), drawn(second));
  second.set_chance(first.chance());
  EXPECT_EQ(drawn(first), drawn(second));
  EXPECT_THROW(second.set_chance({}), std::invalid_argument);
  EXPECT_THROW(Flatten().set_chance({1}), std::invalid_argument);
  EXPECT_TRUE(Embedding({.input_dim = 2, .output_dim = 2}).chance().empty());
}

}  // namespace
}  // namespace keratin::layers
