// SPDX-License-Identifier: Apache-2.0
// Losses, metrics, optimizers and the smaller concepts, every entry of every closed list: see
// misuse.h.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "misuse/misuse.h"
#include <gtest/gtest.h>

#include "keratin/base/named_list.h"
#include "keratin/keratin.h"

namespace keratin::misuse {
namespace {

/// Elements of a size that no shape here has.
std::vector<float> some(std::size_t size) { return std::vector<float>(size, 1.0F); }
const std::vector<std::size_t> kSizes = {0, 1, 3, 6, 24, 100};

TEST(Misuse, Losses) {
  for (const auto& entry : losses::entries()) {
    const auto loss = entry.from_config(Config());
    const std::string name(entry.class_name);
    for (const Tensor& y : odd_tensors()) {
      for (const Tensor& p : odd_tensors()) {
        survives(name, [&] { loss->value_and_gradient(y, p); });
        survives(name, [&] { (*loss)(y, p); });
      }
    }
    const std::vector<Value> symbolic = {Input({}), Input({3}), Input({0, 2}), Input({-1, 3, 1})};
    for (const Value& y : symbolic) {
      for (const Tensor& p : few_odd_tensors()) {
        survives(name, [&] { losses::Loss::of_symbolic(loss, y, p, y); });
        survives(name, [&] { losses::Loss::of_symbolic(loss, p, y); });
        survives(name, [&] { losses::Loss::reduced_symbolic(loss, p, y); });
      }
      for (const Value& p : symbolic) {
        survives(name, [&] { losses::Loss::of_symbolic(loss, y, p); });
        survives(name, [&] { losses::Loss::reduced_symbolic(loss, y, p); });
      }
    }
    for (const Tensor& y : few_odd_tensors()) {
      for (const Tensor& p : few_odd_tensors()) {
        for (const Tensor& w : few_odd_tensors()) {
          survives(name, [&] { loss->value_and_gradient(y, p, w); });
          survives(name, [&] { loss->value_and_gradient(y, p, {}, w); });
          survives(name, [&] { (*loss)(y, p, w, w); });
        }
      }
    }
  }
  refused("no function", [] { losses::CustomLoss{losses::CustomLoss::Function()}; });
  const losses::CustomLoss nothing(
      [](const Tensor&, const Tensor&, bool) { return losses::CustomLoss::Values{}; });
  for (const Tensor& y : few_odd_tensors()) {
    survives("CustomLoss", [&] { nothing.value_and_gradient(y, y, y, y); });
    survives("CustomLoss", [&] { nothing(y, y); });
  }
}

TEST(Misuse, Metrics) {
  for (const auto& entry : metrics::entries()) {
    const std::string name(entry.class_name);
    std::shared_ptr<metrics::Metric> metric;
    Config config;
    if (name.find("At") != std::string::npos)
      for (const char* key : {"precision", "recall", "sensitivity", "specificity"})
        if (to_snake_case(name).ends_with(key)) config[key] = 0.5;
    if (name == "MeanMetricWrapper") continue;
    survives(name, [&] { metric = entry.from_config(config); });
    ASSERT_TRUE(metric) << name;
    const auto ask = [&] {
      survives(name, [&] { metric->result(); });
      survives(name, [&] { metric->get_variables(); });
    };
    ask();
    for (const Tensor& y : odd_tensors()) {
      survives(name, [&] { metric->set_variables({y}); });
      survives(name, [&] { metric->set_variables({y, y, y, y}); });
      for (const Tensor& p : odd_tensors()) {
        survives(name, [&] { metric->update_state(y, p); });
        survives(name, [&] { metric->update_state(y, p, p); });
        survives(name, [&] { metric->update_state(y, p, y, y); });
      }
    }
    for (const Tensor& y : few_odd_tensors()) {
      for (const Tensor& p : few_odd_tensors()) {
        for (const Tensor& w : few_odd_tensors()) {
          metric->reset_state();
          survives(name, [&] { metric->update_state(y, p, w); });
          survives(name, [&] { metric->update_state(y, p, {}, w); });
          ask();
        }
      }
    }
  }
  metrics::AUC labels({.multi_label = true, .label_weights = std::vector<double>{1}});
  survives("AUC", [&] { labels.update_state(Tensor::zeros({2, 3}), Tensor::zeros({2, 3})); });
  survives("AUC", [&] { labels.result(); });
  for (const std::int64_t number :
       {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 45, INT64_MAX}) {
    refused("AUC", [&] { metrics::AUC({.num_thresholds = number}); });
    refused("PrecisionAtRecall",
            [&] { metrics::PrecisionAtRecall({.recall = 0.5, .num_thresholds = number}); });
    metrics::TopKCategoricalAccuracy top({.k = number});
    survives("top k", [&] { top.update_state(Tensor::zeros({2, 3}), Tensor::zeros({2, 3})); });
    metrics::Precision precision({.top_k = number, .class_id = number});
    survives("class_id", [&] {
      precision.update_state(Tensor::zeros({2, 3}), Tensor::zeros({2, 3}));
    });
  }
}

TEST(Misuse, RegularizersAndConstraints) {
  for (const auto& entry : regularizers::entries()) {
    const auto regularizer = entry.from_config(Config());
    const std::string name(entry.class_name);
    for (const Tensor& x : odd_tensors()) survives(name, [&] { (*regularizer)(x); });
    for (const Shape& shape : odd_shapes()) {
      for (const std::size_t size : kSizes) {
        const std::vector<float> x = some(size);
        survives(name, [&] { regularizer->penalty(x, shape); });
        for (const std::size_t other : kSizes) {
          std::vector<float> g = some(other);
          survives(name + to_string(shape), [&] { regularizer->add_gradient(x, shape, 1, g); });
        }
      }
    }
  }
  for (const auto& entry : constraints::entries()) {
    const auto constraint = entry.from_config(Config());
    const std::string name(entry.class_name);
    for (const Tensor& x : odd_tensors()) survives(name, [&] { (*constraint)(x); });
    for (const Shape& shape : odd_shapes()) {
      for (const std::size_t size : kSizes) {
        std::vector<float> w = some(size);
        survives(name + to_string(shape), [&] { constraint->apply(w, shape); });
      }
    }
  }
}

TEST(Misuse, ActivationsAndInitializers) {
  for (const auto& entry : activations::entries()) {
    const std::string name(entry.class_name);
    Config config;
    if (name == "threshold") config["threshold"] = 0.5, config["default_value"] = 2;
    const auto activation = entry.from_config(config);
    for (const Tensor& x : odd_tensors()) {
      survives(name, [&] { (*activation)(x); });
      for (const Tensor& y : odd_tensors()) {
        survives(name, [&] { activation->gradient(x, y, y); });
        survives(name, [&] { activation->gradient(y, y, x); });
      }
    }
    for (const Shape& shape : odd_shapes()) {
      survives(name, [&] { activation->compute_output_shape(shape); });
      for (const std::size_t size : kSizes) {
        for (const std::size_t other : kSizes) {
          const std::vector<float> x = some(size), y = some(other);
          std::vector<float> out = some(other);
          survives(name + to_string(shape), [&] { activation->forward(x, shape, out); });
          survives(name, [&] { activation->backward(x, y, y, shape, out); });
          survives(name, [&] { activation->backward(y, x, x, shape, out); });
          survives(name, [&] { activation->backward(x, y, x, shape, out); });
        }
      }
    }
  }
  for (const auto& entry : initializers::all_initializers()) {
    const std::string name(entry.class_name);
    const auto initializer = entry.from_config(Config());
    for (const Shape& shape : odd_shapes()) {
      survives(name + to_string(shape), [&] { (*initializer)(shape); });
      for (const std::int64_t first : {std::int64_t{0}, std::int64_t{5}, std::int64_t{-9}}) {
        for (const std::size_t size : kSizes) {
          std::vector<float> out = some(size);
          survives(name + to_string(shape), [&] { initializer->fill(shape, first, out); });
        }
      }
    }
  }
}

/// What an optimizer must be given.
Config options_of(std::string_view optimizer) {
  if (optimizer == "LossScaleOptimizer") return Config::Dict{{"inner_optimizer", "adam"}};
  if (optimizer != "MultiOptimizer") return Config::dict();
  return Config::Dict{
      {"optimizer_map",
       Config::Dict{{"config", Config::Dict{{"default_optimizer", "adam"},
                                            {"optimizer_map", Config::Dict{{"w", "sgd"}}}}}}}};
}

TEST(Misuse, Optimizers) {
  for (const auto& entry : optimizers::entries()) {
    const std::string name(entry.class_name);
    const Config options = options_of(name);
    const auto optimizer = entry.from_config(options);
    Variable weight("w", Tensor::zeros({2, 3}));
    Variable empty("e", Tensor());
    const std::vector<Variable*> none = {nullptr}, both = {&weight, &empty}, one = {&weight};
    survives(name, [&] { optimizer->get_weights(); });
    survives(name, [&] { optimizer->apply({}, {}); });
    survives(name, [&] { entry.from_config(options)->build({}); });
    refused(name + " null", [&] { entry.from_config(options)->build(none); });
    refused(name + " null", [&] { entry.from_config(options)->apply(none, {}); });
    survives(name, [&] { entry.from_config(options)->exclude_from_weight_decay(none); });
    survives(name, [&] { entry.from_config(options)->finalize_variable_values(none); });
    survives(name, [&] { entry.from_config(options)->finalize_variable_values(one); });
    survives(name, [&] { entry.from_config(options)->apply(both, {}); });
    optimizer->build(one);
    for (const Tensor& g : odd_tensors()) {
      Gradients gradients;
      survives(name, [&] { gradients.add(weight, g); });
      survives(name, [&] { gradients.add(empty, g); });
      survives(name, [&] { optimizer->apply(one, gradients); });
      survives(name, [&] { optimizer->apply(both, gradients); });
      gradients.clear();
      survives(name, [&] { gradients.add(weight, SparseRows{{0, 1}, g}); });
      survives(name, [&] { optimizer->apply(one, gradients); });
      survives(name, [&] { optimizer->clip_gradients({g}); });
      survives(name, [&] { optimizer->set_weights({g, g, g, g}); });
    }
    for (const double rate : {-1.0, 0.0, kNaN, 1e300})
      survives(name, [&] { optimizer->set_learning_rate(rate); });
    survives(name, [&] {
      optimizer->set_learning_rate(
          std::shared_ptr<const optimizers::schedules::LearningRateSchedule>());
    });
    survives(name, [&] { optimizer->get_weight(1000); });
  }
  const optimizers::LearningRate nothing{
      std::shared_ptr<const optimizers::schedules::LearningRateSchedule>()};
  survives("schedule", [&] { (void)nothing.at(3); });
  survives("schedule", [&] { optimizers::Adam({.learning_rate = nothing}); });
  for (const auto& entry : optimizers::schedules::entries()) {
    survives(std::string(entry.class_name), [&] {
      const auto schedule = entry.from_config(Config());
      for (const std::int64_t step : {INT64_MIN, std::int64_t{-1}, INT64_MAX}) (*schedule)(step);
    });
  }
}

TEST(Misuse, NullOptionsOfEveryClass) {
  layers::Dense dense({.units = 2, .kernel_initializer = {}, .bias_initializer = {}});
  dense.build({kNone, 3});  // Keras: glorot_uniform for both
  EXPECT_EQ(dense.get_weights()[1].shape(), (Shape{2}));
  EXPECT_TRUE(dense.get_config().at("bias_initializer").is_null());
  layers::Embedding embedding({.input_dim = 3, .output_dim = 2, .embeddings_initializer = {}});
  embedding.build({kNone});
  EXPECT_TRUE(embedding.get_config().at("embeddings_initializer").is_null());
  // Every entry of every config, as null.
  const auto walk = [](const auto& entries, const auto& use) {
    for (const auto& entry : entries) {
      const std::string name(entry.class_name);
      Config config = options_of(name);
      if (name == "Dense") config["units"] = 3;
      if (is_table(name)) config["input_dim"] = 10, config["output_dim"] = 4;
      if (name.find("Dropout") != std::string::npos) config["rate"] = 0.5;
      if (name == "InputLayer") config["batch_shape"] = Config(Config::List{nullptr, 3});
      if (name == "Dot") config["axes"] = 1;
      if (name == "Bidirectional") config["layer"] = layers::GRU({.units = 2}).serialize();
      if (name == "TimeDistributed") config["layer"] = layers::Dense({.units = 2}).serialize();
      if (name == "Reshape") config["target_shape"] = Config(Config::List{3, 1});
      Config full;
      survives(name, [&] { full = entry.from_config(config)->get_config(); });
      if (!full.is_dict()) continue;
      for (const auto& [key, value] : full.as_dict()) {
        Config with_null = full;
        with_null[key] = nullptr;
        survives(name + "." + key, [&] { use(entry.from_config(with_null)); });
      }
    }
  };
  walk(layers::all_layers(), [](const auto& layer) {
    for (const Shape& shape : odd_shapes()) survives("build", [&] { layer->build(shape); });
    (*layer)(Tensor::zeros({2, 3}, DType::kInt32), {.training = true});
  });
  walk(optimizers::entries(), [](const auto& optimizer) {
    Variable weight("w", Tensor::zeros({2, 3}));
    Gradients gradients;
    gradients.add(weight, Tensor::zeros({2, 3}));
    const std::vector<Variable*> one = {&weight};
    optimizer->apply(one, gradients);
  });
  const Tensor x = Tensor::zeros({2, 3});
  walk(losses::entries(), [&](const auto& loss) { loss->value_and_gradient(x, x); });
  walk(metrics::entries(), [&](const auto& m) { m->update_state(x, x), m->result(); });
  walk(regularizers::entries(), [&](const auto& r) { (*r)(x); });
  walk(constraints::entries(), [&](const auto& c) { (*c)(x); });
  walk(activations::entries(), [&](const auto& a) { (*a)(x); });
  walk(initializers::all_initializers(), [&](const auto& i) { (*i)({2, 3}); });
  walk(optimizers::schedules::entries(), [&](const auto& s) { (*s)(3); });
  refused("compile", [] { Sequential().compile(nullptr, "mse"); });
  survives("compile", [] {
    Sequential model({layers::Dense({.units = 1})});
    model.compile({.optimizer = "sgd",
                   .loss = Identifier<const losses::Loss>(),
                   .metrics = {Identifier<metrics::Metric>()}});
    model.fit(Tensor::zeros({2, 3}), Tensor::zeros({2, 1}), {.verbose = 0});
  });
}

TEST(Misuse, UtilsAndRandom) {
  for (const Tensor& x : odd_tensors()) {
    survives("to_categorical", [&] { utils::to_categorical(x); });
    for (const std::int64_t n : {INT64_MIN, std::int64_t{-1}, std::int64_t{3}, INT64_MAX})
      survives("to_categorical", [&] { utils::to_categorical(x, {.num_classes = n}); });
  }
  for (const std::int64_t n : {INT64_MIN, std::int64_t{-1}, INT64_MAX}) {
    refused("maxlen", [&] { utils::pad_sequences<int>({{1, 2}}, {.maxlen = n}); });
    survives("make_sampling_table", [&] { utils::make_sampling_table(n); });
    survives("skipgrams", [&] { utils::skipgrams({1, n}, n, {.window_size = n}); });
    survives("permutation", [&] { random::permutation(n); });
    survives("randint", [&] { random::randint({2}, n, 0); });
    utils::Tokenizer tokenizer;
    survives("sequences", [&] { tokenizer.sequences_to_texts({{n}}); });
    survives("sequences", [&] { tokenizer.fit_on_sequences({{n}}); });
    survives("sequences", [&] { tokenizer.sequences_to_matrix({{n}}, "tfidf"); });
    survives("num_words", [&] { utils::Tokenizer({.num_words = n}).texts_to_matrix({"a"}); });
  }
  for (const Shape& shape : odd_shapes()) {
    survives("randint", [&] { random::randint(shape, 0, 3); });
    survives("uniform", [&] { random::uniform(shape, {.minval = kNaN}); });
    survives("normal", [&] { random::truncated_normal(shape, {.stddev = -1}); });
  }
  survives("release", [] { release_kept_memory(); });
  refused("kept", [] { set_kept_memory(-1); });
}

TEST(Misuse, Callbacks) {
  const std::vector<std::function<std::shared_ptr<callbacks::Callback>()>> all = {
      [] { return std::make_shared<callbacks::EarlyStopping>(); },
      [] {
        return std::make_shared<callbacks::EarlyStopping>(
            callbacks::EarlyStoppingOptions{.restore_best_weights = true});
      },
      [] { return std::make_shared<callbacks::ReduceLROnPlateau>(); },
      [] { return std::make_shared<callbacks::SwapEMAWeights>(); },
      [] { return std::make_shared<callbacks::TerminateOnNaN>(); },
      [] { return std::make_shared<callbacks::History>(); },
      [] { return std::make_shared<callbacks::ProgbarLogger>(); },
      [] {
        return std::make_shared<callbacks::LambdaCallback>(callbacks::LambdaCallbackOptions{});
      },
      [] {
        return std::make_shared<callbacks::LearningRateScheduler>(
            [](int, double rate) { return rate; });
      },
  };
  for (const auto& make : all) {
    const auto callback = make();
    callbacks::Params params;
    params.write = [](std::string_view) {};
    callback->set_params(params);
    Logs logs;
    for (int round = 0; round < 2; ++round) {
      survives("callback", [&] { callback->on_epoch_end(-3, logs); });
      survives("callback", [&] { callback->on_train_batch_end(-3, logs); });
      survives("callback", [&] { callback->on_train_end(logs); });
      survives("callback", [&] { callback->on_train_begin(logs); });
      survives("callback", [&] { callback->on_epoch_begin(7, logs); });
      survives("callback", [&] { callback->on_test_batch_end(7, logs); });
      survives("callback", [&] { callback->on_test_end(logs); });
      survives("callback", [&] { callback->on_predict_batch_end(7, logs); });
      survives("callback", [&] { callback->on_predict_end(logs); });
      logs.set("val_loss", kNaN);
    }
    callback->set_params({});
  }
  refused("no schedule", [] { callbacks::LearningRateScheduler({}); });
}

}  // namespace
}  // namespace keratin::misuse
