// SPDX-License-Identifier: Apache-2.0
// Several inputs and outputs in training.
#include "keratin/trainers/compiled_losses.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "support/golden.h"
#include "support/two_heads.h"
#include <gtest/gtest.h>

#include "keratin/ops/ops.h"
#include "keratin/optimizers/sgd.h"

namespace keratin::trainers {
namespace {

using testing::golden_tensor;
using testing::TwoHeads;

const std::vector<std::string> kInputs = {"user", "film"};
const std::vector<std::string> kOutputs = {"rating", "seen"};

std::vector<Tensor> tensors(const Config& list) {
  std::vector<Tensor> result;
  for (const Config& entry : list.as_list()) result.push_back(golden_tensor(entry));
  return result;
}

Tensors named(const std::vector<std::string>& names, const std::vector<Tensor>& list) {
  std::vector<Tensors::Named> result;
  for (std::size_t i = list.size(); i-- > 0;) result.emplace_back(names[i], list[i]);
  return result;
}

Tensors head(const Tensors& all) {
  return all.each([](const Tensor& tensor) {
    Tensor out = Tensor::zeros(tensor.shape().with_batch(4), tensor.dtype());
    std::copy_n(tensor.data<float>().begin(), out.size(), out.data<float>().begin());
    return out;
  });
}

/// `entry` for each output, or for both: by name, or in order.
template <class T, class Option, class Read>
Option option(const Config& config, bool by_name, Read&& read) {
  std::vector<T> list;
  std::vector<std::pair<std::string, T>> names;
  for (std::size_t i = 0; i < config.as_list().size(); ++i) {
    list.push_back(read(config.as_list()[i]));
    names.emplace_back(kOutputs[i], list.back());
  }
  if (by_name) return Option(names);
  return Option(list);
}

MetricChoices metrics(const Config& config, bool by_name) {
  if (config.is_null()) return {};
  using List = std::vector<MetricChoice>;
  return option<List, MetricChoices>(config, by_name, [](const Config& entry) {
    List list;
    for (const Config& name : entry.as_list()) list.emplace_back(name.as_string());
    return list;
  });
}

CompileOptions compile_options(const Config& golden, bool by_name) {
  CompileOptions options{.optimizer = optimizers::SGD({.learning_rate = 0.1})};
  const Config& loss = golden.at("loss");
  if (loss.is_string()) {
    options.loss = loss.as_string();
  } else {
    options.loss = option<LossChoice, LossChoices>(loss, by_name, [](const Config& entry) {
      return entry.is_null() ? LossChoice() : LossChoice(entry.as_string());
    });
  }
  if (!golden.at("loss_weights").is_null()) {
    options.loss_weights = option<double, PerOutput<double>>(
        golden.at("loss_weights"), by_name, [](const Config& entry) { return entry.as_double(); });
  }
  options.metrics = metrics(golden.at("metrics"), by_name);
  options.weighted_metrics = metrics(golden.at("weighted_metrics"), by_name);
  return options;
}

// A few dozen float32 roundings, each half an ulp (6e-8) of numbers near 1, in either program.
constexpr double kTolerance = 4e-6;

void expect_logs(const Logs& logs, const Config& golden) {
  EXPECT_EQ(logs.items().size(), golden.as_dict().size());
  for (const auto& [name, value] : golden.as_dict()) {
    ASSERT_TRUE(logs.get(name)) << name;
    EXPECT_NEAR(*logs.get(name), value.as_double(), kTolerance) << name;
  }
}

void run(const Config& file, const Config& golden, bool by_name) {
  TwoHeads model(static_cast<float>(file.at("a").as_double()),
                 static_cast<float>(file.at("b").as_double()));
  model.compile(compile_options(golden, by_name));
  const auto in_form = [&](const std::vector<std::string>& names, const Config& list) {
    return by_name ? named(names, tensors(list)) : Tensors(tensors(list));
  };
  const Tensors x = in_form(kInputs, file.at("x"));
  const Tensors y = in_form(kOutputs, file.at("y"));
  const Config& weights = golden.at("sample_weight");
  FitOptions fit{.batch_size = 4, .verbose = 0, .shuffle = false};
  if (!weights.is_null()) {
    fit.sample_weight = weights.as_string() == "one"
                            ? Tensors(golden_tensor(file.at("weights").as_list()[0]))
                            : in_form(kOutputs, file.at("weights"));
  }
  fit.epochs = static_cast<int>(golden.at("fit").at("epochs").as_int());
  if (const Config* split = golden.at("fit").find("validation_split"))
    fit.validation_split = split->as_double();
  const History history = model.fit(x, y, fit);

  EXPECT_EQ(history.history.size(), golden.at("history").as_dict().size());
  for (const auto& [name, values] : golden.at("history").as_dict()) {
    const auto found = history.history.find(name);
    ASSERT_NE(found, history.history.end()) << name;
    ASSERT_EQ(found->second.size(), values.as_list().size()) << name;
    for (std::size_t i = 0; i < found->second.size(); ++i)
      EXPECT_NEAR(found->second[i], values.as_list()[i].as_double(), kTolerance) << name;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(testing::difference(model.get_weights()[i],
                                  golden_tensor(golden.at("weights").as_list()[i]), kTolerance,
                                  kTolerance),
              "");
  }
  expect_logs(
      model.evaluate(x, y, {.batch_size = 4, .verbose = 0, .sample_weight = fit.sample_weight}),
      golden.at("evaluate"));
  expect_logs(model.train_on_batch(head(x), head(y)), golden.at("train_on_batch"));
  for (const std::int64_t batch_size : {4, 32}) {
    const Tensors outputs = model.predict(x, {.batch_size = batch_size});
    ASSERT_EQ(outputs.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(testing::difference(outputs[i], golden_tensor(golden.at("predict").as_list()[i]),
                                    1e-5, 1e-5),
                "");
    }
  }
}

TEST(TwoHeads, TrainAsInKeras) {
  const Config file = testing::golden("heads");
  for (const Config& golden : file.at("cases").as_list()) {
    for (const bool by_name : {false, true}) {
      SCOPED_TRACE(golden.at("name").as_string() + (by_name ? " by name" : " in order"));
      run(file, golden, by_name);
    }
  }
}

Tensor column(std::vector<float> values) {
  const auto rows = static_cast<std::int64_t>(values.size());
  return Tensor::from(std::move(values), {rows, 1});
}

template <class Call>
std::string message(Call&& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// The batches of a source, in the forms that arrays have.
class Pairs final : public BatchSource {
 public:
  explicit Pairs(std::vector<Batch> batches) : batches_(std::move(batches)) {}
  bool begin_pass() override {
    next_ = 0;
    return true;
  }
  bool next(Batch& batch) override {
    if (next_ == batches_.size()) return false;
    batch = batches_[next_++];
    return true;
  }

 private:
  std::vector<Batch> batches_;
  std::size_t next_ = 0;
};

TEST(TwoHeads, BatchesOfASourceAreThoseOfArrays) {
  const Tensor u = column({1, 2, 3, 4}), f = column({-1, 0, 1, 2}), r = column({1, 1, 0, 2});
  TwoHeads one(0.5f, 1), other(0.5f, 1);
  one.compile("sgd", {"mse", "mae"});
  other.compile("sgd", {"mse", "mae"});
  const auto rows = [](const Tensor& t, std::size_t first) {
    return column({t.data<float>()[first], t.data<float>()[first + 1]});
  };
  const auto source = std::make_shared<Pairs>(std::vector<Batch>{
      {{{"film", rows(f, 0)}, {"user", rows(u, 0)}}, {rows(r, 0), rows(u, 0)}, {}},
      {{rows(u, 2), rows(f, 2)}, {{"seen", rows(u, 2)}, {"rating", rows(r, 2)}}, {}}});
  const History of_arrays =
      one.fit({u, f}, {r, u}, {.batch_size = 2, .epochs = 2, .verbose = 0, .shuffle = false});
  const History of_source = other.fit(source, {.epochs = 2, .verbose = 0});
  EXPECT_EQ(of_arrays.history, of_source.history);
  const Tensors a = one.predict(Tensors{u, f}), b = other.predict(source);
  ASSERT_EQ(b.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(testing::difference(a[i], b[i], 0, 0), "");
}

TEST(TwoHeads, OutputsWithoutALossNeedNoTarget) {
  const Tensor u = column({1, 2}), f = column({3, 4}), r = column({0, 1});
  const auto loss_of = [&](const Tensors& y) {
    TwoHeads model(1, 1);
    model.compile("sgd", {LossChoice("mse"), LossChoice()});
    return model.train_on_batch({u, f}, y).items();
  };
  const auto expected = loss_of({r, u});
  EXPECT_EQ(expected.size(), 1u);
  EXPECT_EQ(loss_of(r), expected);
  EXPECT_EQ(loss_of({{"rating", r}}), expected);
}

TEST(TwoHeads, SayWhatTheyWereGivenThatDoesNotFit) {
  const Tensor u = column({1, 2}), f = column({3, 4}), r = column({0, 1});
  TwoHeads model(1, 1);
  model.compile("sgd", "mse");
  const auto train = [&](const Tensors& x, const Tensors& y) {
    return message([&] { model.fit(x, y, {.verbose = 0}); });
  };
  EXPECT_EQ(train({{"user", u}, {"fim", f}}, {r, r}),
            "[fit] unknown input: 'fim'. Did you mean 'film'? Known: user, film.");
  EXPECT_EQ(train({{"user", u}}, {r, r}),
            "[fit] x has no 'film': the model's inputs are user, film. Received: user.");
  EXPECT_EQ(train(u, {r, r}),
            "[fit] the model has 2 inputs, user, film: x must have a tensor for each, in a list or "
            "by name. Received: 1 tensor.");
  EXPECT_EQ(train({u, f, f}, {r, r}),
            "[fit] the model has 2 inputs, user, film: x must have a tensor for each, in a list or "
            "by name. Received: 3 tensors.");
  EXPECT_EQ(
      train({u, column({1})}, {r, r}),
      "[fit] x[0] and x[1] must have the same number of samples. Received: 2 in x[0] of shape "
      "(2, 1), 1 in x[1] of shape (1, 1).");
  EXPECT_EQ(train({u, f}, {{"rating", r}, {"sen", r}}),
            "[fit] unknown output: 'sen'. Did you mean 'seen'? Known: rating, seen.");
  EXPECT_EQ(train({u, f}, {{"rating", r}}),
            "[Trainer] the loss or a metric of output 'seen' needs y. Received: no y for it.");
  EXPECT_EQ(train({u, f}, r),
            "[fit] the model has 2 outputs, rating, seen: y must have a tensor for each, in a list "
            "or by name. Received: 1 tensor.");
  EXPECT_EQ(message([&] {
              model.fit({u, f}, {r, r}, {.verbose = 0, .class_weight = {{0, 2.0}}});
            }),
            "[fit] class_weight is only supported for models with a single output.");
  EXPECT_EQ(
      message([&] { model.predict(u); }),
      "[predict] the model has 2 inputs, user, film: x must have a tensor for each, in a list "
      "or by name. Received: 1 tensor.");
  EXPECT_TRUE(train({u, f}, {r, column({1, 2, 3, 4}).reshaped({2, 2})})
                  .ends_with("(In the loss of output 'seen'.)"));
  for (const Tensor& weight : model.get_weights()) EXPECT_EQ(weight.data<float>()[0], 1.0F);
}

TEST(TwoHeads, CompileNamesTheOutputThatIsNotThere) {
  TwoHeads model(1, 1);
  model.compile("sgd", "mse");
  const auto compile = [&](CompileOptions options) {
    return message([&] { model.compile(std::move(options)); });
  };
  EXPECT_EQ(compile({.loss = {{"rating", "mse"}, {"sean", "mae"}}}),
            "[compile] unknown output in loss: 'sean'. Did you mean 'seen'? Known: rating, seen.");
  EXPECT_EQ(compile({.loss = {{"rating", "mse"}}}),
            "[compile] loss does not name the output 'seen': name all of them.");
  EXPECT_EQ(compile({.loss = {"mse", "mse", "mse"}}),
            "[compile] loss must have an entry for each of the 2 outputs. Received: 3 entries.");
  EXPECT_EQ(compile({.loss = "mse", .loss_weights = {1, 2, 3}}),
            "[compile] loss_weights must have an entry for each of the 2 outputs. Received: 3 "
            "entries.");
  EXPECT_EQ(
      compile({.loss = "mse", .metrics = {{"sen", {"mae"}}}}),
      "[compile] unknown output in metrics: 'sen'. Did you mean 'seen'? Known: rating, seen.");
  EXPECT_EQ(compile({.loss = "mse", .metrics = {"mae"}}),
            "[compile] metrics of 2 outputs must be named by them, or a list with an entry for "
            "each. Received: 1 entry.");
  EXPECT_EQ(model.metrics_names(),
            (std::vector<std::string>{"loss", "rating_loss", "seen_loss"}));  // as it was
  model.compile({.loss = {{"rating", "mse"}, {"seen", "mae"}},
                 .loss_weights = {{"rating", 1}, {"seen", 0.2}},
                 .metrics = {{"seen", {"mae", "mse"}}}});
  EXPECT_EQ(model.metrics_names(),
            (std::vector<std::string>{"loss", "rating_loss", "seen_loss", "seen_mae", "seen_mse"}));
}

/// The mean square of rating - seen, half of it, and the mean of seen.
CompileOptions of_both(std::size_t numbers = 2) {
  JointLosses joint;
  joint.losses = {{.name = "both", .outputs = {0, 1}, .weight = 0.5},
                  {.name = "seen", .outputs = {1}, .weight = 1}};
  joint.of_batch = [numbers](const Tensors&, const Values& y, const Tensors&, Pass&) {
    Values found{ops::mean(ops::square(ops::subtract(y[0], y[1]))), ops::mean(y[1])};
    return numbers == 2 ? found : Values(found[0]);
  };
  return {.optimizer = optimizers::SGD({.learning_rate = 0.1}),
          .joint_losses = std::make_shared<const JointLosses>(std::move(joint))};
}

// rating = a u + b f = (4, 6) and seen = a f = (3, 4), by hand.
TEST(JointLosses, ALossMayBeOfSeveralOutputs) {
  const Tensor u = column({1, 2}), f = column({3, 4}), y = column({0, 0});
  TwoHeads model(1, 1);
  model.compile(of_both());
  EXPECT_EQ(model.metrics_names(), (std::vector<std::string>{"loss", "both_loss", "seen_loss"}));
  const Logs logs = model.train_on_batch({u, f}, {y, y});
  EXPECT_NEAR(*logs.get("loss"), 4.75, 1e-6);
  EXPECT_NEAR(*logs.get("both_loss"), 2.5, 1e-6);
  EXPECT_NEAR(*logs.get("seen_loss"), 3.5, 1e-6);
  const std::vector<Tensor> weights = model.get_weights();
  EXPECT_NEAR(weights[0].data<float>()[0], 1 - 0.1 * 0.5, 1e-6);
  EXPECT_NEAR(weights[1].data<float>()[0], 1 - 0.1 * 5.5, 1e-6);
}

TEST(JointLosses, WhatDoesNotFitLeavesTheModelAsItWas) {
  TwoHeads model(1, 1);
  model.compile("sgd", "mse");
  const auto compile = [&](CompileOptions options) {
    return message([&] { model.compile(std::move(options)); });
  };
  CompileOptions options = of_both();
  options.loss = "mse";
  EXPECT_EQ(compile(options),
            "[compile] loss and loss_weights must be left out beside joint_losses.");
  JointLosses joint = *of_both().joint_losses;
  joint.losses[1].outputs = {2};
  EXPECT_EQ(compile({.joint_losses = std::make_shared<const JointLosses>(joint)}),
            "[compile] joint_losses: loss 'seen' is of output 2 of a model of 2.");
  EXPECT_EQ(compile({.joint_losses = std::make_shared<const JointLosses>()}),
            "[compile] joint_losses must have a loss, and a function that gives it.");
  EXPECT_EQ(model.metrics_names(), (std::vector<std::string>{"loss", "rating_loss", "seen_loss"}));
  model.compile(of_both(1));
  const Tensor u = column({1, 2}), y = column({0, 0});
  EXPECT_EQ(message([&] {
              model.train_on_batch({u, u}, {y, y});
            }),
            "[compile] joint_losses must give a number for each of 2. Received: 1");
  EXPECT_EQ(message([&] {
              model.train_on_batch({u, u}, {{"rating", y}});
            }),
            "[Trainer] the loss or a metric of output 'seen' needs y. Received: no y for it.");
  for (const Tensor& weight : model.get_weights()) EXPECT_EQ(weight.data<float>()[0], 1.0F);
}

}  // namespace
}  // namespace keratin::trainers
