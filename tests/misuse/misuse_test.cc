// SPDX-License-Identifier: Apache-2.0
// Values, layers, models: see misuse.h.
#include "misuse/misuse.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/base/named_list.h"
#include "keratin/keratin.h"

namespace keratin::misuse {
namespace {

/// A config with which each layer can be made.
std::vector<std::shared_ptr<layers::Layer>> every_layer() {
  std::vector<std::shared_ptr<layers::Layer>> all;
  for (const auto& entry : layers::all_layers()) {
    Config config = Config::dict();
    const bool is_recurrent = entry.class_name.find("LSTM") == 0 ||
                              entry.class_name.find("GRU") == 0 ||
                              entry.class_name.find("SimpleRNN") == 0;
    if (entry.class_name == "Dense" || is_recurrent) config["units"] = 3;
    if (is_table(entry.class_name)) config["input_dim"] = 10, config["output_dim"] = 4;
    needed_of_outputs(entry.class_name, config);
    needed_of_features(entry.class_name, config);
    if (entry.class_name.ends_with("PositionEmbedding")) config["sequence_length"] = 4;
    if (entry.class_name == "DynamicEmbedding") config["output_dim"] = 4;
    if (entry.class_name == "HardNegativeMining") config["num_hard_negatives"] = 2;
    if (entry.class_name == "TokenAndPositionEmbedding")
      config["vocabulary_size"] = 10, config["embedding_dim"] = 4;
    if (entry.class_name.find("Dropout") != std::string_view::npos) config["rate"] = 0.5;
    if (entry.class_name == "InputLayer") config["batch_shape"] = Config(Config::List{nullptr, 3});
    if (entry.class_name == "Dot") config["axes"] = 1;
    if (entry.class_name == "Reshape") config["target_shape"] = Config(Config::List{3, 1});
    if (entry.class_name == "Permute") config["dims"] = Config(Config::List{1});
    if (entry.class_name == "RepeatVector") config["n"] = 2;
    if (entry.class_name == "GaussianNoise") config["stddev"] = 0.5;
    if (entry.class_name == "GroupNormalization") config["groups"] = 1;
    if (entry.class_name == "Rescaling") config["scale"] = 0.5;
    if (entry.class_name == "CategoryEncoding") config["num_tokens"] = 4;
    if (entry.class_name.find("Hash") == 0) config["num_bins"] = 4;
    if (entry.class_name == "Discretization") config["bin_boundaries"] = Config(Config::List{0.5});
    if (entry.class_name == "EinsumDense")
      config["equation"] = "...a,ab->...b", config["output_shape"] = Config(Config::List{4});
    if (entry.class_name == "MultiHeadAttention") config["num_heads"] = 2, config["key_dim"] = 3;
    if (entry.class_name == "GroupedQueryAttention")
      config["head_dim"] = 3, config["num_query_heads"] = 4, config["num_key_value_heads"] = 2;
    if (entry.class_name.find("Conv") != std::string_view::npos)
      config["filters"] = 4, config["kernel_size"] = 2;
    if (entry.class_name == "DepthwiseConv1D") config = Config::dict(), config["kernel_size"] = 2;
    if (entry.class_name == "Activation") config["activation"] = "softmax";
    if (entry.class_name == "Bidirectional")
      config["layer"] = layers::GRU({.units = 2}).serialize();
    if (entry.class_name == "RNN") config["cell"] = layers::LSTMCell({.units = 2}).serialize();
    if (entry.class_name == "StackedRNNCells") {
      config["cells"] = Config(Config::List{layers::GRUCell({.units = 2}).serialize(),
                                            layers::SimpleRNNCell({.units = 3}).serialize()});
    }
    if (entry.class_name == "TimeDistributed")
      config["layer"] = layers::Dense({.units = 2}).serialize();
    all.push_back(entry.from_config(config));
  }
  return all;
}

TEST(Misuse, Values) {
  survives("data of null", [] { std::as_const(*std::make_unique<Tensor>()).data<float>(); });
  refused("data of moved-from", [] { moved_from().data<float>(); });
  EXPECT_FALSE(moved_from());
  refused("axis 7", [] { (void)Shape{2, 3}[7]; });
  refused("axis 5, written", [] {
    Shape shape{2, 3};
    shape[5] = 3;
  });
  Tensor masked = Tensor::zeros({2, 3}).with_mask(Tensor::zeros({2}, DType::kBool));
  const Tensor owner = std::move(masked);
  EXPECT_TRUE(owner.mask());
  EXPECT_FALSE(masked.mask());  // NOLINT(bugprone-use-after-move)
  Shape many{1, 2, 3, 4, 5, 6};
  const Shape taken = std::move(many);
  EXPECT_EQ(many.rank(), 0U);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(taken.rank(), 6U);
  refused("too few elements", [] { Tensor::from(std::vector<float>{1, 2, 3}, {2, 2}); });
  refused("of null", [] { Tensor().reshaped({2}); });
  for (const Shape& shape : odd_shapes())
    survives("zeros " + to_string(shape), [&] { Tensor::zeros(shape); });
  Variable variable("v", Tensor::zeros({2, 3}));
  Variable empty("empty", Tensor());
  for (const Tensor& tensor : odd_tensors()) {
    for (Variable* one : {&variable, &empty}) {
      survives("assign " + words(tensor), [&] { one->assign(tensor); });
      for (const std::vector<std::int64_t>& ids :
           {std::vector<std::int64_t>{0, 1}, {1, 0}, {-1, 1}, {0, INT64_MAX}, {}}) {
        Gradients gradients;
        survives("dense " + words(tensor), [&] { gradients.add(*one, tensor); });
        survives("rows " + words(tensor), [&] { gradients.add(*one, SparseRows{ids, tensor}); });
        survives("rows " + words(tensor), [&] { gradients.add(*one, SparseRows{ids, tensor}); });
        survives("dense " + words(tensor), [&] { gradients.add(*one, tensor); });
      }
    }
  }
  refused("a row that is not there", [&] { variable.rows({5}); });
  refused("rows of no axis", [&] { empty.rows({0}); });
}

TEST(Misuse, ValuesFromTheirOwnParts) {
  Config config = Config::dict();
  config["a"]["b"]["c"] = "a text that is too long for its object itself";
  const Config wanted = config.at("a").at("b");
  config = config.at("a").at("b");
  EXPECT_EQ(config, wanted);
  Config moved = Config::dict();
  moved["a"]["b"] = wanted;
  moved = std::move(moved["a"]["b"]);
  EXPECT_EQ(moved, wanted);
  Config list = Config::List{wanted, 2};
  list = list.as_list()[0];
  EXPECT_EQ(list, wanted);
  list = *&list;
  EXPECT_EQ(list, wanted);
  Config grows = Config::dict();
  grows["k"] = wanted;
  grows["k"]["again"] = grows;
  EXPECT_EQ(grows.at("k").at("again").at("k").at("c"), wanted.at("c"));
  Shape shape{1, 2, 3, 4, 5};
  shape = *&shape;
  EXPECT_EQ(shape, (Shape{1, 2, 3, 4, 5}));
  shape = shape.from(1);
  EXPECT_EQ(shape, (Shape{2, 3, 4, 5}));
  Tensor tensor = Tensor::from(std::vector<float>{1, 2, 3});
  tensor = *&tensor;
  tensor = tensor.reshaped({3, 1});
  EXPECT_EQ(std::as_const(tensor).data<float>()[2], 3);
  // ../shared/cases/config_from_its_own_child.cc
  Config flatten = Config::dict();
  flatten["class_name"] = "Flatten";
  flatten["config"]["dtype"]["config"]["name"] = 1234567;
  refused("dtype", [&] { layers::Layer::deserialize(flatten); });
}

TEST(Misuse, LayersOfEveryClass) {
  for (const bool training : {false, true}) {
    for (const auto& layer : every_layer()) {
      const std::string name(layer->class_name());
      for (const Shape& shape : odd_shapes()) {
        survives(name + " shape", [&] { layer->compute_output_shape(shape); });
      }
      for (const Tensor& x : odd_tensors()) {
        survives(name + " mask of " + words(x), [&] { layer->compute_mask(x, x); });
        survives(name + " check " + words(x), [&] { layer->check_inputs(x); });
        for (const Tensor& mask : few_odd_tensors()) {
          for (const Tensor& g : few_odd_tensors()) {
            survives(name + words(x) + words(mask), [&] {
              Pass pass(training, std::make_shared<Tape>());
              const Value input = x.dtype() == DType::kFloat32 ? pass.tape->watch(x) : Value(x);
              const Values outputs = layer->run(input.with_mask(mask), pass);
              pass.tape->slopes(outputs, g, std::vector<Value>{input});
            });
          }
          survives(name, [&] { (*layer)(x, {.training = training, .mask = mask}); });
        }
      }
      survives(name, [&] { layer->set_weights({Tensor()}); });
      survives(name, [&] { layer->set_chance({1, 2, 3}); });
    }
  }
}

TEST(Misuse, LayersThatNobodyBuilt) {
  Pass pass;
  const Tensor ids = Tensor::zeros({2, 3}, DType::kInt32);
  const layers::Embedding embedding({.input_dim = 10, .output_dim = 4});
  refused("not built", [&] { embedding.call(ids, pass); });
  const layers::Dense dense({.units = 3});
  refused("not built", [&] { dense.call(Tensor::zeros({2, 3}), pass); });
  refused("no inputs", [&] { dense.run(Inputs(), pass); });
  refused("two inputs", [&] { dense.run(Inputs(Values{ids, ids}), pass); });
  for (const auto& layer : every_layer()) {
    const std::string name(layer->class_name());
    for (const Tensor& x : {ids, Tensor::zeros({2, 3}), Tensor::zeros({2, 3, 4})}) {
      for (const Values& inputs : {Values{x}, Values{x, x}}) {
        survives(name + " not built, of " + words(x), [&] {
          layer->compute_output_spec(Inputs(inputs));  // what these do not fit, run() says
          layer->call(Inputs(inputs), pass);
        });
      }
    }
  }
  refused("a null input", [&] { dense.run(Inputs(Value()), pass); });
}

template <class Layer, class Options>
void move_away(const Options& options) {
  Layer layer(options);
  survives("one input", [&] { layer.build({kNone, 3, 4}); });
  const Layer other = std::move(layer);
  Pass pass(true, std::make_shared<Tape>());  // NOLINTBEGIN(bugprone-use-after-move)
  for (const Tensor& x : odd_tensors()) {
    survives("moved-from", [&] { layer.run(x, pass); });
    survives("moved-from", [&] { layer(x); });
  }
  survives("moved-from", [&] { layer.build({2, 3}); });
  survives("moved-from", [&] { layer.get_config(); });
  survives("moved-from", [&] { layer.serialize(); });
  survives("moved-from", [&] { layer.get_weights(); });
  survives("moved-from", [&] { layer.count_params(); });
  survives("moved-from", [&] { layer.chance(); });
  survives("moved-from", [&] { layer.trainable_weights(); });  // NOLINTEND
}

TEST(Misuse, MovedFromLayers) {
  move_away<layers::Dense>(layers::DenseOptions{.units = 2});
  move_away<layers::Embedding>(layers::EmbeddingOptions{.input_dim = 10, .output_dim = 4});
  move_away<layers::Activation>(layers::ActivationOptions{.activation = "softmax"});
  move_away<layers::Dropout>(layers::DropoutOptions{.rate = 0.5});
  move_away<layers::SpatialDropout1D>(layers::SpatialDropout1DOptions{.rate = 0.5});
  move_away<layers::Flatten>(layers::FlattenOptions{});
  move_away<layers::Masking>(layers::MaskingOptions{});
  move_away<layers::Reshape>(layers::ReshapeOptions{.target_shape = {12}});
  move_away<layers::GlobalAveragePooling1D>(layers::GlobalPooling1DOptions{});
  move_away<layers::GlobalMaxPooling1D>(layers::GlobalPooling1DOptions{});
  move_away<layers::Conv1D>(layers::ConvOptions{.filters = 2, .kernel_size = 2});
  move_away<layers::MaxPooling1D>(layers::PoolingOptions{});
  move_away<layers::BatchNormalization>(layers::BatchNormalizationOptions{});
  move_away<layers::LayerNormalization>(layers::LayerNormalizationOptions{});
  move_away<layers::Conv2D>(layers::ConvOptions{.filters = 2, .kernel_size = 2});
  move_away<layers::Conv1DTranspose>(
      layers::Conv1DTransposeOptions{.filters = 2, .kernel_size = 2});
  move_away<layers::DepthwiseConv1D>(layers::DepthwiseConv1DOptions{.kernel_size = 2});
  move_away<layers::SeparableConv1D>(
      layers::SeparableConv1DOptions{.filters = 2, .kernel_size = 2});
  move_away<layers::AveragePooling2D>(layers::PoolingOptions{});
  move_away<layers::GlobalAveragePooling2D>(layers::GlobalPooling2DOptions{});
  move_away<layers::PReLU>(layers::PReLUOptions{});
  move_away<layers::GaussianNoise>(layers::GaussianNoiseOptions{.stddev = 0.5});
  move_away<layers::AlphaDropout>(layers::AlphaDropoutOptions{.rate = 0.5});
  move_away<layers::SpatialDropout2D>(layers::SpatialDropout2DOptions{.rate = 0.5});
  move_away<layers::ActivityRegularization>(layers::ActivityRegularizationOptions{.l1 = 1});
  move_away<layers::UnitNormalization>(layers::UnitNormalizationOptions{});
  move_away<layers::RMSNormalization>(layers::RMSNormalizationOptions{});
  move_away<layers::GroupNormalization>(layers::GroupNormalizationOptions{.groups = 1});
  move_away<layers::UpSampling1D>(layers::UpSampling1DOptions{});
  move_away<layers::ZeroPadding1D>(layers::ZeroPadding1DOptions{});
  move_away<layers::Cropping1D>(layers::Cropping1DOptions{});
  move_away<layers::Rescaling>(layers::RescalingOptions{.scale = std::vector<double>{2}});
  move_away<layers::Multiply>(layers::MergeOptions{});
  move_away<layers::Concatenate>(layers::ConcatenateOptions{});
  move_away<layers::Dot>(layers::DotOptions{.axes = 1});
  layers::Embedding embedding({.input_dim = 10, .output_dim = 4});
  survives("not built", [&] { embedding.embeddings(); });
  survives("not built", [&] { embedding.rows_in_use(); });
  survives("not built", [&] { embedding.used_rows(); });
  survives("not built", [&] { embedding.use_rows({}); });
}

Sequential small_model() {
  return Sequential({layers::Embedding({.input_dim = 10, .output_dim = 4}), layers::Flatten(),
                     layers::Dense({.units = 2})});
}

/// Every method that a model has, with these.
void use(Sequential& model, const Tensor& x, const Tensor& y) {
  survives("compile", [&] { model.compile("adam", "mse", {"accuracy"}); });
  survives("fit", [&] { model.fit(x, y, {.verbose = 0}); });
  survives("fit", [&] { model.fit(x, y, {.verbose = 0, .sample_weight = x}); });
  survives("evaluate", [&] { model.evaluate(x, y, {.verbose = 0, .sample_weight = y}); });
  survives("predict", [&] { model.predict(x); });
  survives("on batch", [&] { model.train_on_batch(x, y); });
  survives("on batch", [&] { model.train_on_batch(x, y, {.class_weight = {{0, 1.0}}}); });
  survives("on batch", [&] { model.test_on_batch(x, y, {.sample_weight = x}); });
  survives("on batch", [&] { model.predict_on_batch(x); });
  survives("check", [&] { model.check_inputs(x); });
  survives("call", [&] { model(x); });
  survives("call", [&] { model(x, {.training = true, .mask = y}); });
  survives("pass", [&] {
    Pass pass(true, std::make_shared<Tape>());
    const Value output = model.forward(x, pass);
    Gradients gradients;
    pass.tape->slopes(output, y, {}, &gradients);
  });
}

TEST(Misuse, Models) {
  for (const Tensor& x : odd_tensors()) {
    for (const Tensor& y : few_odd_tensors()) {
      Sequential model = small_model();
      use(model, x, y);
    }
  }
  Sequential none;
  use(none, Tensor::zeros({2, 3}), Tensor::zeros({2, 3}));
  refused("pop", [&] { none.pop(); });
  refused("null", [&] { none.add(std::shared_ptr<layers::Layer>()); });
  for (const Shape& shape : odd_shapes()) survives("build", [&] { small_model().build(shape); });
  for (const Tensor& x : odd_tensors()) survives("build", [&] { small_model().build_for(x); });
  survives("null", [] { Sequential({std::shared_ptr<layers::Dense>()}); });
  Sequential model = small_model();
  refused("sources", [&] { model.fit(std::shared_ptr<trainers::BatchSource>()); });
  model.compile("adam", "mse");
  const Tensor x = Tensor::zeros({4, 2}, DType::kInt32);
  const Tensor y = Tensor::zeros({4, 2});
  refused("sources", [&] { model.fit(std::shared_ptr<trainers::BatchSource>()); });
  refused("sources", [&] { model.evaluate(std::shared_ptr<trainers::BatchSource>()); });
  refused("sources", [&] { model.predict(std::shared_ptr<trainers::BatchSource>()); });
  refused("callbacks", [&] {
    model.fit(x, y, {.verbose = 0, .callbacks = {std::shared_ptr<callbacks::History>()}});
  });
  survives("validation",
           [&] { model.fit(x, y, {.verbose = 0, .validation_data = trainers::ValidationData{}}); });
  for (const std::int64_t number : {std::int64_t{-1}, std::int64_t{0}, INT64_MIN, INT64_MAX}) {
    survives("batch_size", [&] { model.fit(x, y, {.batch_size = number, .verbose = 0}); });
    survives("batch_size", [&] { model.predict(x, {.batch_size = number}); });
    survives("steps", [&] { model.fit(x, y, {.verbose = 0, .steps_per_epoch = number}); });
    survives("get_layer", [&] { model.get_layer(static_cast<std::size_t>(number)); });
    const int small = static_cast<int>(number);
    survives("summary", [&] { model.summary({.line_length = small}); });
  }
  survives("split", [&] { model.fit(x, y, {.verbose = 0, .validation_split = kNaN}); });
  refused("weights", [&] { model.set_weights({Tensor()}); });
  refused("a layer that is not there", [&] { model.get_layer("dens"); });
  // Layers of one model in another, built for something else.
  const auto shared = std::make_shared<layers::Dense>(layers::DenseOptions{.units = 2});
  Sequential first, second;
  first.add(shared);
  second.add(shared);
  first.build({kNone, 4});
  survives("built for another", [&] { second.build({kNone, 3}); });
  survives("built for another", [&] { second.predict(Tensor::zeros({2, 3})); });
}

TEST(Misuse, MovedFromModelsAndOptimizers) {
  Sequential model = small_model();
  model.compile("adam", "mse");
  const Sequential other = std::move(model);
  use(model, Tensor::zeros({2, 2}), Tensor::zeros({2, 2}));  // NOLINTBEGIN(bugprone-use-after-move)
  survives("moved-from", [&] { model.build({2, 2}); });
  survives("moved-from", [&] { model.add(layers::Flatten()); });
  survives("moved-from", [&] { model.pop(); });
  survives("moved-from", [&] { model.built(); });
  survives("moved-from", [&] { model.summary(); });
  survives("moved-from", [&] { model.get_config(); });
  survives("moved-from", [&] { model.output_shape(); });
  survives("moved-from", [&] { model.set_mask_policy(MaskPolicy::kKeras3); });
  survives("moved-from", [&] { model.compiled(); });
  survives("moved-from", [&] { model.optimizer(); });
  survives("moved-from", [&] { model.metrics_names(); });
  survives("moved-from", [&] { model.find_metric("loss"); });
  survives("moved-from", [&] { model.reset_metrics(); });
  survives("moved-from", [&] { model.losses(); });
  survives("moved-from", [&] { model.get_weights(); });
  optimizers::Adam adam;
  const optimizers::Adam owner = std::move(adam);
  survives("moved-from", [&] { adam.name(); });
  survives("moved-from", [&] { adam.get_config(); });
  survives("moved-from", [&] { adam.apply({}, Gradients()); });
  survives("moved-from", [&] { adam.build({}); });
  survives("moved-from", [&] { adam.get_weights(); });
  survives("moved-from", [&] { adam.iterations(); });
  survives("moved-from", [&] { adam.learning_rate(); });
  survives("moved-from", [&] { adam.set_learning_rate(1); });
  utils::Tokenizer tokenizer;
  const utils::Tokenizer holder = std::move(tokenizer);
  survives("moved-from", [&] { tokenizer.fit_on_texts(std::vector<std::string>{"a"}); });
  survives("moved-from", [&] { tokenizer.to_json(); });
  survives("moved-from", [&] { tokenizer.word_index(); });
  survives("moved-from", [&] { const utils::Tokenizer copy = tokenizer; });
  tokenizer = holder;
  EXPECT_TRUE(tokenizer.word_index().items().empty());  // NOLINTEND
}

}  // namespace
}  // namespace keratin::misuse
