// SPDX-License-Identifier: Apache-2.0
#include "support/golden.h"
#include "support/linear_model.h"
#include <gtest/gtest.h>

#include "keratin/regularizers/regularizers.h"
#include "keratin/trainers/trainer.h"

namespace keratin::trainers {
namespace {

using testing::golden_tensor;
using testing::LinearModel;

std::shared_ptr<optimizers::Optimizer> sgd(const Config& options) {
  Config config = Config::dict();
  config["learning_rate"] = 0.1;
  for (const auto& [key, value] : options.as_dict()) config[key] = value;
  Config object = Config::dict();
  object["class_name"] = "SGD";
  object["config"] = config;
  return optimizers::Optimizer::deserialize(object);
}

std::vector<MetricChoice> metric_choices(const Config& names) {
  std::vector<MetricChoice> choices;
  for (const Config& name : names.as_list()) choices.emplace_back(name.as_string());
  return choices;
}

/// Keras's fit, evaluate, train_on_batch and predict: tests/golden/make_trainers.py.
class GoldenFit {
 public:
  GoldenFit(const Config& file, const Config& golden) : file_(file), case_(golden) {}

  FitOptions options() const {
    FitOptions options{.verbose = 0, .shuffle = false};
    for (const auto& [key, value] : case_.at("fit").as_dict()) {
      if (key == "batch_size")
        options.batch_size = value.as_int();
      else if (key == "epochs")
        options.epochs = static_cast<int>(value.as_int());
      else if (key == "initial_epoch")
        options.initial_epoch = static_cast<int>(value.as_int());
      else if (key == "validation_freq")
        options.validation_freq = static_cast<int>(value.as_int());
      else if (key == "validation_split")
        options.validation_split = value.as_double();
      else if (key == "validation_batch_size")
        options.validation_batch_size = value.as_int();
      else if (key == "validation_steps")
        options.validation_steps = value.as_int();
      else if (key == "steps_per_epoch")
        options.steps_per_epoch = value.as_int();
      else if (key == "sample_weight")
        options.sample_weight = array(value.as_string());
      else if (key == "validation_data")
        options.validation_data = validation(value.as_string());
      else if (key == "class_weight") {
        for (const auto& [label, weight] : value.as_dict())
          options.class_weight[std::stoll(label)] = weight.as_double();
      } else {
        ADD_FAILURE() << "unknown option " << key;
      }
    }
    return options;
  }

  Tensor array(const std::string& name, std::size_t index = 0) const {
    return golden_tensor(file_.at("arrays").at(name).as_list().at(index));
  }

  ValidationData validation(const std::string& name) const {
    const bool weighted = file_.at("arrays").at(name).as_list().size() > 2;
    return {array(name, 0), array(name, 1), weighted ? array(name, 2) : Tensor()};
  }

  void run() const {
    LinearModel model(golden_tensor(file_.at("kernel")), golden_tensor(file_.at("bias")),
                      case_.at("softmax").as_bool());
    if (!case_.at("l2").is_null()) {
      model.kernel().regularizer = std::make_shared<regularizers::L2>(
          regularizers::L2Options{.l2 = case_.at("l2").as_double()});
    }
    model.compile({.optimizer = sgd(case_.at("optimizer")),
                   .loss = case_.at("loss").as_string(),
                   .metrics = metric_choices(case_.at("metrics")),
                   .weighted_metrics = metric_choices(case_.at("weighted_metrics"))});
    const Tensor x = golden_tensor(file_.at("x"));
    const Tensor y = array(case_.at("y").as_string());
    const FitOptions fit = options();
    const History history = model.fit(x, y, fit);

    // A few dozen float32 roundings, each half an ulp (6e-8) of numbers near 1, in either program.
    constexpr double kTolerance = 4e-6;
    EXPECT_EQ(history.history.size(), case_.at("history").as_dict().size());
    for (const auto& [name, values] : case_.at("history").as_dict()) {
      const auto found = history.history.find(name);
      ASSERT_NE(found, history.history.end()) << name;
      ASSERT_EQ(found->second.size(), values.as_list().size()) << name;
      for (std::size_t i = 0; i < found->second.size(); ++i) {
        EXPECT_NEAR(found->second[i], values.as_list()[i].as_double(), kTolerance)
            << name << " of epoch " << i;
      }
    }
    std::vector<int> epochs;
    for (const Config& epoch : case_.at("epoch").as_list())
      epochs.push_back(static_cast<int>(epoch.as_int()));
    EXPECT_EQ(history.epoch, epochs);
    const std::vector<Tensor> weights = model.get_weights();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      EXPECT_EQ(testing::difference(weights[i], golden_tensor(case_.at("weights").as_list()[i]),
                                    kTolerance, kTolerance),
                "");
    }
    expect_logs(
        model.evaluate(x, y, {.batch_size = 4, .verbose = 0, .sample_weight = fit.sample_weight}),
        "evaluate");
    expect_logs(model.train_on_batch(head(x), head(y)), "train_on_batch");
    EXPECT_EQ(testing::difference(model.predict(x), golden_tensor(case_.at("predict")), 1e-5, 1e-5),
              "");
  }

 private:
  static Tensor head(const Tensor& tensor) {
    Tensor out = Tensor::zeros(tensor.shape().with_batch(4), tensor.dtype());
    visit_dtype(tensor.dtype(), [&](auto zero) {
      using T = decltype(zero);
      for (std::size_t i = 0; i < out.data<T>().size(); ++i) out.data<T>()[i] = tensor.data<T>()[i];
    });
    return out;
  }

  void expect_logs(const Logs& logs, std::string_view name) const {
    EXPECT_EQ(logs.items().size(), case_.at(name).as_dict().size());
    for (const auto& [key, value] : case_.at(name).as_dict()) {
      ASSERT_TRUE(logs.get(key)) << name << ": " << key;
      EXPECT_NEAR(*logs.get(key), value.as_double(), 1e-5) << name << ": " << key;
    }
  }

  const Config& file_;
  const Config& case_;
};

TEST(Trainer, DoesAsKeras) {
  const Config file = testing::golden("trainers");
  for (const Config& golden : file.at("cases").as_list()) {
    SCOPED_TRACE(golden.at("name").as_string());
    GoldenFit(file, golden).run();
  }
}

}  // namespace
}  // namespace keratin::trainers
