// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/losses.h"

#include <cmath>
#include <functional>
#include <random>

#include "support/golden.h"
#include <gtest/gtest.h>

namespace keratin::losses {
namespace {

using testing::golden;
using testing::golden_tensor;

double largest(const Tensor& tensor) {
  double most = 0;
  for (const float x : tensor.data<float>()) {
    if (std::isfinite(x)) most = std::max(most, std::fabs(static_cast<double>(x)));
  }
  return most;
}

Tensor optional_tensor(const Config& config, std::string_view key) {
  const Config* found = config.find(key);
  return found ? golden_tensor(*found) : Tensor();
}

bool same_config(const Config& a, const Config& b) {
  if (a.is_number() && b.is_number()) return a.as_double() == b.as_double();
  if (a.is_dict() && b.is_dict()) {
    if (a.as_dict().size() != b.as_dict().size()) return false;
    for (std::size_t i = 0; i < a.as_dict().size(); ++i) {
      if (a.as_dict()[i].first != b.as_dict()[i].first) return false;
      if (!same_config(a.as_dict()[i].second, b.as_dict()[i].second)) return false;
    }
    return true;
  }
  return a == b;
}

std::shared_ptr<const Loss> loss_of(std::string_view class_name, Config options,
                                    const Config& reduction) {
  options["reduction"] = reduction;
  Config config = Config::dict();
  config["class_name"] = class_name;
  config["config"] = std::move(options);
  return Loss::deserialize(config);
}

// Keras rounds each float32 step, at most some ten of them a value, to 6e-8 of its size: 2e-6 of
// the value, and where terms cancel 1e-6 of the largest.
int check_against_keras(const std::string& file_name) {
  const Config file = golden(file_name);
  int runs = 0;
  for (const Config& c : file.at("cases").as_list()) {
    const std::string& name = c.at("class_name").as_string();
    const Tensor labels = golden_tensor(c.at("y_true"));
    const Tensor y_pred = golden_tensor(c.at("y_pred"));
    int number = 0;
    for (const Config& run : c.at("runs").as_list()) {
      SCOPED_TRACE(str(name, ", y_pred ", y_pred.shape(), ", run ", number++));
      ++runs;
      const Tensor label_mask = optional_tensor(run, "label_mask");
      const Tensor y_true = label_mask ? labels.with_mask(label_mask) : labels;
      const auto loss = loss_of(name, c.at("options"), run.at("reduction"));
      const Tensor weight = optional_tensor(run, "sample_weight");
      const Tensor mask = optional_tensor(run, "mask");
      const Tensor wanted = golden_tensor(run.at("loss"));
      const Tensor got = (*loss)(y_true, y_pred, weight, mask);
      EXPECT_EQ(testing::difference(got, wanted, 2e-6, 1e-6 * std::max(1.0, largest(wanted))), "");
      const Tensor slope = golden_tensor(run.at("gradient"));
      const Loss::WithGradient both = loss->value_and_gradient(y_true, y_pred, weight, mask);
      // Labels that do not fit into their steps (CTC) are 1e5 away, where float32 tells logs apart
      // by 0.008 and Keras's slopes are shares e^(difference of two logs).
      const double share = largest(wanted) > 1e4 ? 0.016 : 1e-6;
      EXPECT_EQ(testing::difference(both.gradient, slope, 2e-6, share * largest(slope) + 1e-7), "");
      double sum = 0;
      for (const float x : got.data<float>()) sum += static_cast<double>(x);
      if (std::isnan(sum)) {
        EXPECT_TRUE(std::isnan(both.loss));
      } else {
        EXPECT_NEAR(static_cast<double>(both.loss), sum, 1e-5 * std::max(1.0, std::fabs(sum)));
      }
    }
  }
  return runs;
}

TEST(Losses, ValuesAndGradientsAreThoseOfKeras) { EXPECT_GT(check_against_keras("losses"), 500); }
// KerasRS computed them in float64, so that only ours are rounded.
TEST(Losses, OfListsValuesAndGradientsAreThoseOfKerasRS) {
  EXPECT_GT(check_against_keras("ranking_losses"), 180);
}

TEST(Losses, ConfigsAreThoseOfKeras) {
  for (const char* const name : {"losses", "ranking_losses"}) {
    const Config file = golden(name);
    for (const Config& c : file.at("cases").as_list()) {
      const auto loss =
          loss_of(c.at("class_name").as_string(), c.at("options"), "sum_over_batch_size");
      EXPECT_TRUE(same_config(loss->get_config(), c.at("config")))
          << c.at("class_name").as_string();
    }
  }
}

TEST(Losses, EveryEntryComesBackFromItsConfig) {
  for (const auto& entry : entries()) {
    SCOPED_TRACE(entry.class_name);
    const auto loss = Loss::get(entry.class_name);
    EXPECT_EQ(loss->class_name(), entry.class_name);
    const auto again = Loss::deserialize(loss->serialize());
    EXPECT_EQ(again->serialize(), loss->serialize());
    EXPECT_EQ(again->name(), loss->name());
    EXPECT_EQ(again->reduction(), loss->reduction());
    for (const std::string_view alias : entry.aliases) {
      EXPECT_EQ(Loss::get(alias)->class_name(), entry.class_name) << alias;
    }
    EXPECT_EQ(Loss::get(to_snake_case(entry.class_name))->class_name(), entry.class_name);
  }
  Config function = Config::dict();
  function["class_name"] = "function";
  function["config"] = "mean_squared_error";
  EXPECT_EQ(Loss::deserialize(function)->class_name(), "MeanSquaredError");
  EXPECT_EQ(Loss::get("kl_divergence")->class_name(), "KLDivergence");
}

// The gradient against (f(p + h) - f(p - h)) / 2h of the loss itself. float32 values: h = 2^-9
// leaves an error of h^2/6 f''' and 6e-8 |f| / h = 3e-5 |f| in the quotient.
TEST(Losses, GradientsAreDifferenceQuotients) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(0.15f, 0.85f);
  for (const auto& entry : entries()) {
    const std::string name(entry.class_name);
    if (name == "CTC") continue;  // of other shapes: ops_test has it
    for (const bool logits : {false, true}) {
      Config options = Config::dict();
      if (name == "Circle") options["gamma"] = 2.0;  // less bent
      if (logits) {
        if (name.find("entropy") == std::string::npos) continue;
        options["from_logits"] = true;
      }
      for (int trial = 0; trial < 4; ++trial) {
        SCOPED_TRACE(name + (logits ? " of logits" : ""));
        const auto loss = loss_of(name, options, "sum");
        const bool sparse = name.starts_with("Sparse") || name == "Circle" ||
                            name == "CategoricalGeneralizedCrossEntropy";
        std::vector<float> truth(sparse ? 3 : 12);
        for (float& x : truth) x = sparse ? static_cast<float>(random() % 4) : uniform(random);
        std::vector<float> pred(12);
        for (float& x : pred) x = uniform(random);
        std::vector<float> weights(3);
        for (float& x : weights) x = uniform(random);
        const bool single = name == "Dice" || name == "Tversky";
        const Tensor y = Tensor::from(truth, sparse ? Shape{3} : Shape{3, 4});
        const Tensor w = single ? Tensor() : Tensor::from(weights, {3, 1});
        const auto value = [&](const std::vector<float>& p) {
          return static_cast<double>((*loss)(y, Tensor::from(p, {3, 4}), w).data<float>()[0]);
        };
        const Tensor gradient = loss->value_and_gradient(y, Tensor::from(pred, {3, 4}), w).gradient;
        const float h = 0x1p-9f;
        for (std::size_t i = 0; i < pred.size(); ++i) {
          std::vector<float> up = pred;
          std::vector<float> down = pred;
          up[i] += h;
          down[i] -= h;
          // Skip where the step crosses a kink of the absolute value or of the margin.
          if (!sparse && std::fabs(truth[i] - pred[i]) < 2 * h) continue;
          const double quotient = (value(up) - value(down)) / static_cast<double>(up[i] - down[i]);
          const double got = static_cast<double>(gradient.data<float>()[i]);
          const double size = std::fabs(value(pred)) + std::fabs(got);
          if (name == "CategoricalHinge") continue;  // the maximum may change hands; golden has it
          EXPECT_NEAR(got, quotient, 1e-3 * std::max(0.1, size)) << "element " << i;
        }
      }
    }
  }
}

TEST(Losses, MaskedPositionsHaveNoPart) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor y_true = Tensor::from(std::vector<int>{1, 7, 0, -1});
  const Tensor y_pred =
      Tensor::from(std::vector<float>{0.5f, 0.5f, nan, nan, 0.25f, 0.75f, 1, 0}, {4, 2});
  Tensor mask = Tensor::zeros({4}, DType::kBool);
  mask.data<bool>()[0] = mask.data<bool>()[2] = true;
  const auto value = SparseCategoricalCrossentropy().value_and_gradient(y_true, y_pred, {}, mask);
  EXPECT_NEAR(value.loss, (std::log(2.0f) + std::log(4.0f)) / 2, 1e-6);
  for (const std::size_t i : {2, 3, 6, 7}) EXPECT_EQ(value.gradient.data<float>()[i], 0);
  const Tensor weights = Tensor::from(std::vector<float>{1, 0, 1, 0});
  const auto weighted = SparseCategoricalCrossentropy({.reduction = "mean_with_sample_weight"})
                            .value_and_gradient(y_true, y_pred, weights);
  EXPECT_NEAR(weighted.loss, (std::log(2.0f) + std::log(4.0f)) / 2, 1e-6);
}

TEST(Losses, OfWholeBatchesAndSequencesBadShapesAndLabelsAreErrors) {
  const Tensor labels = Tensor::from(std::vector<int>{0, 1});
  EXPECT_THROW(Circle()(labels, Tensor::zeros({3, 4})), std::invalid_argument);
  EXPECT_THROW(Circle()(Tensor::zeros({2, 2}), Tensor::zeros({2, 4})), std::invalid_argument);
  EXPECT_THROW(Circle()(labels, Tensor::zeros({2})), std::invalid_argument);
  EXPECT_THROW(CTC()(labels, Tensor::zeros({2, 4, 3})), std::invalid_argument);
  EXPECT_THROW(CTC()(Tensor::zeros({2, 2}), Tensor::zeros({3, 4, 3})), std::invalid_argument);
  EXPECT_THROW(CTC()(Tensor::from(std::vector<int>{1, 3}, {1, 2}), Tensor::zeros({1, 4, 3})),
               std::out_of_range);
  EXPECT_THROW(CTC()(Tensor::from(std::vector<int>{-1, 1}, {1, 2}), Tensor::zeros({1, 4, 3})),
               std::out_of_range);
  EXPECT_THROW(CategoricalGeneralizedCrossEntropy({.q = 1}), std::invalid_argument);
  EXPECT_THROW(CategoricalGeneralizedCrossEntropy()(Tensor::from(std::vector<int>{0, 2}),
                                                    Tensor::zeros({2, 2})),
               std::out_of_range);
  // No samples, no steps, no classes behind the blank.
  EXPECT_EQ(Circle()(Tensor::zeros({0}), Tensor::zeros({0, 4})).data<float>()[0], 0);
  EXPECT_EQ(CTC()(Tensor::zeros({0, 2}), Tensor::zeros({0, 4, 3})).data<float>()[0], 0);
  EXPECT_EQ(CTC()(Tensor::zeros({1, 2}), Tensor::zeros({1, 4, 1})).data<float>()[0], 0);
}

TEST(Losses, OfListsItemsThatDoNotCountMayBeAnything) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Tensor mask = Tensor::zeros({1, 4}, DType::kBool);
  for (const std::size_t i : {0, 1, 2}) mask.data<bool>()[i] = true;
  const Tensor y_true = Tensor::from(std::vector<float>{2, -1, 1, 3}, {1, 4}).with_mask(mask);
  const Tensor y_pred = Tensor::from(std::vector<float>{0.25f, nan, 0.5f, nan}, {1, 4});
  const Tensor two = Tensor::from(std::vector<float>{2, 1}, {1, 2});
  const Tensor scores = Tensor::from(std::vector<float>{0.25f, 0.5f}, {1, 2});
  for (const auto& entry : entries()) {
    if (!entry.class_name.starts_with("Pairwise") && entry.class_name != "ListMLELoss") continue;
    SCOPED_TRACE(entry.class_name);
    const auto loss = loss_of(entry.class_name, Config::dict(), "sum");
    const auto all = loss->value_and_gradient(y_true, y_pred);
    const auto left = loss->value_and_gradient(two, scores);
    EXPECT_EQ(all.loss, left.loss);
    EXPECT_EQ(all.gradient.data<float>()[0], left.gradient.data<float>()[0]);
    EXPECT_EQ(all.gradient.data<float>()[1], 0);
    EXPECT_EQ(all.gradient.data<float>()[2], left.gradient.data<float>()[1]);
    EXPECT_EQ(all.gradient.data<float>()[3], 0);
    EXPECT_EQ((*loss)(Tensor::zeros({0, 3}), Tensor::zeros({0, 3})).data<float>()[0], 0);
    EXPECT_THROW((*loss)(two, Tensor::zeros({2, 1})), std::invalid_argument);
    EXPECT_THROW((*loss)(Tensor::zeros({1, 2, 2}), Tensor::zeros({1, 2, 2})),
                 std::invalid_argument);
    EXPECT_THROW((*loss)(two.with_mask(Tensor::zeros({1}, DType::kBool)), scores),
                 std::invalid_argument);
  }
  EXPECT_THROW(PairwiseHingeLoss({.temperature = 0}), std::invalid_argument);
  EXPECT_THROW(PairwiseMeanSquaredError({.temperature = 2}), std::invalid_argument);
  EXPECT_THROW(ListMLELoss()(Tensor::zeros({2, 0}), Tensor::zeros({2, 0})), std::invalid_argument);
  EXPECT_EQ(PairwiseHingeLoss().serialize().at("registered_name").as_string(),
            "keras_rs>PairwiseHingeLoss");
  EXPECT_EQ(PairwiseHingeLoss().serialize().at("module").as_string(), "keras_rs.losses");
}

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Losses, BadLabelsAreErrors) {
  const Tensor y_pred = Tensor::zeros({2, 2, 3});
  const auto sparse = SparseCategoricalCrossentropy({.from_logits = true});
  EXPECT_THROW(sparse(Tensor::from(std::vector<int>{0, 1, 3, 2}, {2, 2}), y_pred),
               std::out_of_range);
  EXPECT_THROW(sparse(Tensor::from(std::vector<float>{0, 1, 0.5f, 2}, {2, 2}), y_pred),
               std::invalid_argument);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(sparse(Tensor::from(std::vector<float>{0, 1, nan, 2}, {2, 2}), y_pred),
               std::invalid_argument);
  EXPECT_EQ(
      error_of([&] {
        sparse(Tensor::from(std::vector<int>{0, 1, 3, 2}, {2, 2}), y_pred);
      }),
      "[SparseCategoricalCrossentropy] label out of range: y_true[1, 0] is 3, classes are 0 to 2 "
      "(y_pred has shape (2, 2, 3))");
  EXPECT_EQ(
      error_of([&] {
        sparse(Tensor::from(std::vector<std::int64_t>{0, -1, 1, 2}, {2, 2}), y_pred);
      }),
      "[SparseCategoricalCrossentropy] label out of range: y_true[0, 1] is -1, classes are 0 to 2 "
      "(y_pred has shape (2, 2, 3))");
  EXPECT_NO_THROW(sparse(Tensor::from(std::vector<std::uint64_t>{0, 1, 2, 2}, {2, 2, 1}), y_pred));
}

TEST(Losses, BadShapesAndOptionsAreErrors) {
  const Tensor a = Tensor::zeros({2, 3});
  EXPECT_EQ(
      error_of([&] {
        MeanSquaredError()(Tensor::zeros({2, 4}), a);
      }),
      "[MeanSquaredError] y_true and y_pred must have shapes that go together. Received: y_true of "
      "shape (2, 4) and y_pred of shape (2, 3)");
  EXPECT_THROW(MeanSquaredError()(Tensor::zeros({2, 1}), a), std::invalid_argument);
  EXPECT_THROW(MeanSquaredError()(Tensor(), a), std::invalid_argument);
  EXPECT_THROW(MeanSquaredError()(a, Tensor()), std::invalid_argument);
  EXPECT_THROW(MeanSquaredError()(a, a, Tensor::zeros({3})), std::invalid_argument);
  EXPECT_THROW(MeanSquaredError()(a, a, {}, Tensor::zeros({3}, DType::kBool)),
               std::invalid_argument);
  EXPECT_THROW(CategoricalCrossentropy({.axis = 2})(a, a), std::invalid_argument);
  EXPECT_THROW(SparseCategoricalCrossentropy()(Tensor::zeros({3}), a), std::invalid_argument);
  EXPECT_THROW(Dice({.axis = {{5}}})(a, a), std::invalid_argument);
  EXPECT_THROW(Huber({.delta = 0}), std::invalid_argument);
  EXPECT_THROW(BinaryCrossentropy({.label_smoothing = 1.5}), std::invalid_argument);
  EXPECT_THROW(MeanSquaredError({.reduction = "average"}), std::invalid_argument);
  EXPECT_THROW(Loss::get("mean_squared_eror"), std::invalid_argument);
}

TEST(Losses, FunctionsGiveValuesPerSample) {
  const Tensor y_true = Tensor::from(std::vector<float>{0, 1, 1, 1}, {2, 2});
  const Tensor y_pred = Tensor::from(std::vector<float>{1, 1, 0, 1}, {2, 2});
  const Tensor values = mean_squared_error(y_true, y_pred);
  ASSERT_EQ(values.shape(), (Shape{2}));
  EXPECT_EQ(values.data<float>()[0], 0.5f);
  EXPECT_EQ(
      sparse_categorical_crossentropy(Tensor::from(std::vector<int>{1, 0}), y_pred, true).shape(),
      (Shape{2}));
}

TEST(Losses, AnEmptyBatchIsZero) {
  const Tensor empty = Tensor::zeros({0, 3});
  EXPECT_EQ(MeanSquaredError().value_and_gradient(empty, empty).loss, 0);
}

}  // namespace
}  // namespace keratin::losses
