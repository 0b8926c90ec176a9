// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/metrics.h"

#include <cmath>
#include <random>

#include "support/golden.h"
#include <gtest/gtest.h>

namespace keratin::metrics {
namespace {

using testing::golden;
using testing::golden_tensor;

Tensor optional_tensor(const Config& config, std::string_view key) {
  const Config* found = config.find(key);
  return found ? golden_tensor(*found) : Tensor();
}

/// Keras writes a few Python ints where we write doubles, and float32 label weights.
bool same_config(const Config& a, const Config& b) {
  if (a.is_number() && b.is_number()) return std::fabs(a.as_double() - b.as_double()) < 1e-6;
  if (a.is_list() && b.is_list()) {
    if (a.as_list().size() != b.as_list().size()) return false;
    for (std::size_t i = 0; i < a.as_list().size(); ++i) {
      if (!same_config(a.as_list()[i], b.as_list()[i])) return false;
    }
    return true;
  }
  if (a.is_dict() && b.is_dict()) {
    if (a.as_dict().size() != b.as_dict().size()) return false;
    for (const auto& [key, value] : a.as_dict()) {
      const Config* other = b.find(key);
      if (!other || (key != "name" && !same_config(value, *other))) return false;
    }
    return true;
  }
  return a == b;
}

/// With the mask that goes along with labels of lists.
Tensor labels_of(const Config& batch) {
  const Tensor labels = golden_tensor(batch.at("y_true"));
  const Tensor mask = optional_tensor(batch, "label_mask");
  return mask ? labels.with_mask(mask) : labels;
}

std::shared_ptr<Metric> metric_of(std::string_view class_name, const Config& options) {
  Config config = Config::dict();
  config["class_name"] = class_name;
  config["config"] = options;
  return Metric::deserialize(config);
}

// Keras adds up in float32: some 40 roundings of 6e-8 for these batches, most of them at random.
// Where sums nearly cancel (R2 of random pairs, curves of few points) the terms are near 1.
void check_against_keras(const std::string& file_name) {
  const Config file = golden(file_name);
  int number = 0;
  for (const Config& c : file.at("cases").as_list()) {
    const std::string& name = c.at("class_name").as_string();
    const auto metric = metric_of(name, c.at("options"));
    SCOPED_TRACE(str(name, ", case ", number++));
    EXPECT_TRUE(same_config(metric->get_config(), c.at("config")));
    const auto copy = metric->clone();
    for (const Config& batch : c.at("batches").as_list()) {
      const Tensor y_true = labels_of(batch);
      const Tensor y_pred = golden_tensor(batch.at("y_pred"));
      const Tensor weight = optional_tensor(batch, "sample_weight");
      const Tensor mask = optional_tensor(batch, "mask");
      metric->update_state(y_true, y_pred, weight, mask);
      copy->update_state(y_true, y_pred, weight, mask);
      const Tensor wanted = golden_tensor(batch.at("result"));
      EXPECT_EQ(testing::difference(metric->result(), wanted, 3e-6, 1e-6), "");
      EXPECT_EQ(testing::difference(copy->result(), metric->result(), 0, 0), "");
    }
    const auto other = metric->clone();  // with the same state it is the same metric
    other->set_variables(metric->get_variables());
    EXPECT_EQ(testing::difference(other->result(), metric->result(), 0, 0), "");
    // After a reset the first batch gives the first result again, where nothing is drawn.
    metric->reset_state();
    const Config& first = c.at("batches").as_list().front();
    if (const Config* seed = c.at("config").find("seed"); seed && !seed->is_null()) continue;
    metric->update_state(labels_of(first), golden_tensor(first.at("y_pred")),
                         optional_tensor(first, "sample_weight"), optional_tensor(first, "mask"));
    EXPECT_EQ(testing::difference(metric->result(), golden_tensor(first.at("result")), 3e-6, 1e-6),
              "");
  }
  EXPECT_GT(number, 60);
}

TEST(Metrics, MeansAreThoseOfKeras) { check_against_keras("metrics"); }
TEST(Metrics, CountsAndCurvesAreThoseOfKeras) { check_against_keras("confusion_metrics"); }

TEST(Metrics, CorrelationsAndIntersectionsAreThoseOfKeras) { check_against_keras("other_metrics"); }

// KerasRS computed them in float64. Scores that are alike come in the order that the seed draws.
TEST(Metrics, OfListsAreThoseOfKerasRS) { check_against_keras("ranking_metrics"); }

TEST(Metrics, OfListsTiesStandAsTheyAreOrComeByChance) {
  const Tensor alike = Tensor::zeros({1, 4});
  const Tensor y_true = Tensor::from(std::vector<int>{0, 0, 1, 0}, {1, 4});
  MeanReciprocalRank standing({.shuffle_ties = false});
  standing.update_state(y_true, alike);
  EXPECT_EQ(standing.result().data<float>()[0], 1.0f / 3);
  MeanReciprocalRank chance({.seed = 5});  // the mean of 1, 1/2, 1/3, 1/4; its spread is 0.285
  for (int i = 0; i < 3000; ++i) chance.update_state(y_true, alike);
  EXPECT_NEAR(chance.result().data<float>()[0], 25.0 / 48, 4 * 0.285 / std::sqrt(3000));
}

TEST(Metrics, OfListsFunctionsOfGainAreActivations) {
  const Tensor y_true = Tensor::from(std::vector<float>{3, 0, 2}, {1, 3});
  const Tensor y_pred = Tensor::from(std::vector<float>{1, 2, 3}, {1, 3});
  DCG linear({.gain_fn = "linear", .rank_discount_fn = "linear"});
  linear.update_state(y_true, y_pred);
  EXPECT_EQ(linear.result().data<float>()[0], 2 * 1 + 0 * 2 + 3 * 3);
  const Config config = linear.get_config();
  EXPECT_EQ(config.at("gain_fn").at("config").as_string(), "linear");
  const auto again = linear.clone();
  again->update_state(y_true, y_pred);
  EXPECT_EQ(again->result().data<float>()[0], 11);
  EXPECT_EQ(DCG().get_config().at("gain_fn").at("config").as_string(), "Custom>default_gain_fn");
  DCG halves({.gain_fn = "glu"});  // which halves an axis
  EXPECT_THROW(halves.update_state(Tensor::zeros({1, 4}), Tensor::zeros({1, 4})),
               std::invalid_argument);
}

TEST(Metrics, OfListsBadInputIsAnError) {
  EXPECT_THROW(PrecisionAtK({.k = 0}), std::invalid_argument);
  const Tensor two = Tensor::zeros({2, 2});
  NDCG metric;
  EXPECT_THROW(metric.update_state(Tensor::zeros({2, 2, 1}), Tensor::zeros({2, 2, 1})),
               std::invalid_argument);
  EXPECT_THROW(metric.update_state(two, Tensor::zeros({4})), std::invalid_argument);
  EXPECT_THROW(metric.update_state(two, two, Tensor::zeros({2, 3})), std::invalid_argument);
  EXPECT_THROW(metric.update_state(two, two, Tensor::zeros({1, 2, 2})), std::invalid_argument);
  EXPECT_THROW(metric.update_state(two.with_mask(Tensor::zeros({2}, DType::kBool)), two),
               std::invalid_argument);
  metric.update_state(Tensor::zeros({0, 3}), Tensor::zeros({0, 3}));
  metric.update_state(Tensor::zeros({3, 0}), Tensor::zeros({3, 0}));
  EXPECT_EQ(metric.result().data<float>()[0], 0);
  EXPECT_EQ(metric.get_variables()[1].data<double>()[0], 0);
}

TEST(Metrics, OfIntersectionsBadInputIsAnErrorAndChangesNothing) {
  EXPECT_THROW(MeanIoU({.num_classes = 0}), std::invalid_argument);
  EXPECT_THROW(MeanIoU({.num_classes = std::int64_t{1} << 40}), std::invalid_argument);
  EXPECT_THROW(IoU({.num_classes = 2, .target_class_ids = {0, 2}}), std::invalid_argument);
  EXPECT_THROW(IoU({.num_classes = 2, .target_class_ids = {-1}}), std::invalid_argument);
  EXPECT_THROW(IoU({.num_classes = 2, .target_class_ids = {}}), std::invalid_argument);
  EXPECT_THROW(BinaryIoU({.dtype = "text"}), std::invalid_argument);
  MeanIoU metric({.num_classes = 2});
  const Tensor three = Tensor::from(std::vector<int>{0, 1, 1});
  metric.update_state(three, three);
  const auto before = metric.get_variables();
  EXPECT_THROW(metric.update_state(three, Tensor::from(std::vector<int>{0, 1})),
               std::invalid_argument);
  EXPECT_THROW(metric.update_state(three, three, Tensor::from(std::vector<int>{1, 2})),
               std::invalid_argument);
  EXPECT_EQ(metric.get_variables()[0].data<double>()[0], before[0].data<double>()[0]);
  // NaN is no class.
  const float nan = std::numeric_limits<float>::quiet_NaN();
  metric.update_state(three, Tensor::from(std::vector<float>{nan, nan, nan}));
  EXPECT_NEAR(metric.result().data<float>()[0], 1, 1e-6);
}

TEST(Metrics, EveryEntryComesBackFromItsConfig) {
  for (const auto& entry : entries()) {
    SCOPED_TRACE(entry.class_name);
    const auto metric = Metric::get(entry.class_name);
    EXPECT_EQ(metric->class_name(), entry.class_name);
    const auto again = Metric::deserialize(metric->serialize());
    EXPECT_EQ(again->serialize(), metric->serialize());
    EXPECT_EQ(again->name(), metric->name());
    EXPECT_EQ(Metric::get(to_snake_case(entry.class_name))->class_name(), entry.class_name);
    for (const std::string_view alias : entry.aliases) {
      EXPECT_EQ(Metric::get(alias)->class_name(), entry.class_name) << alias;
    }
  }
  EXPECT_EQ(Metric::get("mse")->name(), "mean_squared_error");
  EXPECT_THROW(Metric::get("acuracy"), std::invalid_argument);
}

TEST(Metrics, ARenamedMetricKeepsItsNameInCopies) {
  BinaryAccuracy metric({.threshold = 0.25});
  metric.set_name("acc");
  EXPECT_EQ(metric.clone()->name(), "acc");
  EXPECT_EQ(metric.get_config().at("threshold").as_double(), 0.25);
}

// Names, order and shapes are those of Keras's `metric.variables`.
TEST(Metrics, TheStateHasKerasNames) {
  using Names = std::vector<std::string>;
  const Names four = {"true_positives", "false_positives", "true_negatives", "false_negatives"};
  EXPECT_EQ(Metric::get("mse")->variable_names(), (Names{"total", "count"}));
  EXPECT_EQ(Sum().variable_names(), Names{"total"});
  EXPECT_EQ(Precision().variable_names(), (Names{"true_positives", "false_positives"}));
  EXPECT_EQ(Recall().variable_names(), (Names{"true_positives", "false_negatives"}));
  EXPECT_EQ(FalseNegatives().variable_names(), Names{"accumulator"});
  EXPECT_EQ(AUC({.num_thresholds = 5}).variable_names(), four);
  EXPECT_EQ(AUC({.num_thresholds = 5}).get_variables()[0].shape(), Shape{5});
  EXPECT_EQ(R2Score().variable_names(), Names{"num_samples"});

  const Tensor y = Tensor::from(std::vector<float>{0, 1, 1, 0, 0, 1}, {3, 2});
  AUC labels({.num_thresholds = 5, .multi_label = true});
  EXPECT_TRUE(labels.get_variables().empty());
  labels.update_state(y, y);
  EXPECT_EQ(labels.get_variables()[3].shape(), (Shape{5, 2}));
  R2Score r2;
  r2.update_state(y, y);
  EXPECT_EQ(r2.variable_names(), (Names{"num_samples", "squared_sum", "sum", "residual", "count"}));
  EXPECT_EQ(r2.get_variables()[1].data<double>()[1], 2);
}

TEST(Metrics, AStateThatDoesNotFitChangesNothing) {
  Mean mean;
  mean.update_state(3.0, 2.0);
  const Tensor one = Tensor::from(std::vector<double>{1}, Shape{});
  EXPECT_THROW(mean.set_variables({one}), std::invalid_argument);
  EXPECT_THROW(mean.set_variables({one, Tensor()}), std::invalid_argument);
  EXPECT_THROW(mean.set_variables({one, Tensor::from(std::vector<double>{1})}),
               std::invalid_argument);
  EXPECT_EQ(mean.get_variables()[0].data<double>()[0], 6);
  mean.set_variables({one, one});
  EXPECT_EQ(mean.result().data<float>()[0], 1);
}

TEST(Metrics, MeanAndSumOfValues) {
  Mean mean;
  Sum sum;
  const Tensor values = Tensor::from(std::vector<float>{1, 2, 3, 6}, {2, 2});
  mean.update_state(values);
  sum.update_state(values, Tensor::from(std::vector<float>{1, 0.5f}));
  EXPECT_EQ(mean.result().data<float>()[0], 3);
  EXPECT_EQ(sum.result().data<float>()[0], 7.5f);
  mean.update_state(9.0, 2.0);
  EXPECT_EQ(mean.result().data<float>()[0], 6);
  mean.reset_state();
  EXPECT_EQ(mean.result().data<float>()[0], 0);
  EXPECT_THROW(mean.update_state(values, values, {}, {}), std::invalid_argument);
}

// The definition, threshold by threshold, against buckets and binary search.
TEST(Metrics, CountsAreThoseOfTheDefinition) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(0, 1);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> thresholds;
    const std::size_t n = 1 + random() % 12;
    const bool even = trial % 2 == 0 && n > 2;
    for (std::size_t i = 0; i < n; ++i) {
      thresholds.push_back(even ? static_cast<double>(i) / static_cast<double>(n - 1)
                                : static_cast<double>(uniform(random)));
    }
    ConfusionCounts counts(thresholds);
    std::vector<double> tp(n), fp(n), tn(n), fn(n);
    for (int batch = 0; batch < 3; ++batch) {
      std::vector<float> truth(20), pred(20), weight(20);
      for (std::size_t i = 0; i < 20; ++i) {
        truth[i] = static_cast<float>(random() % 2);
        pred[i] = uniform(random);
        weight[i] = uniform(random);
        for (std::size_t t = 0; t < n; ++t) {
          const bool positive = pred[i] > static_cast<float>(thresholds[t]);
          auto& place = truth[i] != 0 ? (positive ? tp : fn) : (positive ? fp : tn);
          place[t] += static_cast<double>(weight[i]);
        }
      }
      counts.update(Tensor::from(truth), Tensor::from(pred), Tensor::from(weight), {}, "test");
    }
    for (std::size_t t = 0; t < n; ++t) {
      EXPECT_NEAR(counts.true_positives[t], tp[t], 1e-9);
      EXPECT_NEAR(counts.false_positives[t], fp[t], 1e-9);
      EXPECT_NEAR(counts.true_negatives[t], tn[t], 1e-9);
      EXPECT_NEAR(counts.false_negatives[t], fn[t], 1e-9);
    }
  }
}

TEST(Metrics, BadInputIsAnErrorAndChangesNothing) {
  const Tensor y_true = Tensor::from(std::vector<float>{0, 1, 1, 0}, {2, 2});
  const Tensor y_pred = Tensor::from(std::vector<float>{0.2f, 0.7f, 0.4f, 0.1f}, {2, 2});
  for (const auto& entry : entries()) {
    if (entry.class_name == "Mean" || entry.class_name == "Sum") continue;
    SCOPED_TRACE(entry.class_name);
    const auto metric = Metric::get(entry.class_name);
    const bool sparse = entry.class_name.starts_with("Sparse");
    const Tensor labels = sparse ? Tensor::from(std::vector<int>{0, 1}) : y_true;
    metric->update_state(labels, y_pred);
    const Tensor before = metric->result();
    EXPECT_THROW(metric->update_state(Tensor::zeros({3, 2}), y_pred), std::invalid_argument);
    EXPECT_THROW(metric->update_state(Tensor(), y_pred), std::invalid_argument);
    EXPECT_THROW(metric->update_state(labels, y_pred, Tensor::zeros({7})), std::invalid_argument);
    EXPECT_EQ(testing::difference(metric->result(), before, 0, 0), "");
  }
  EXPECT_THROW(Precision({.thresholds = 1.5}), std::invalid_argument);
  EXPECT_THROW(Precision({.class_id = 2}).update_state(y_true, y_pred), std::invalid_argument);
  EXPECT_THROW(Recall({.top_k = 3}).update_state(y_true, y_pred), std::invalid_argument);
  EXPECT_THROW(AUC({.num_thresholds = 1}), std::invalid_argument);
  EXPECT_THROW(AUC({.curve = "RC"}), std::invalid_argument);
  EXPECT_THROW(AUC({.num_labels = 2}), std::invalid_argument);
  EXPECT_THROW(AUC({.multi_label = true, .num_labels = 3}).update_state(y_true, y_pred),
               std::invalid_argument);
  EXPECT_THROW(F1Score({.average = "mean"}), std::invalid_argument);
  EXPECT_THROW(F1Score({.threshold = 0.0}), std::invalid_argument);
  EXPECT_THROW(FBetaScore({.beta = 0.0}), std::invalid_argument);
  EXPECT_THROW(R2Score({.class_aggregation = "sum"}), std::invalid_argument);
  EXPECT_THROW(PrecisionAtRecall({.recall = 1.2}), std::invalid_argument);
  EXPECT_THROW(RecallAtPrecision({.precision = 0.5, .num_thresholds = 0}), std::invalid_argument);
}

TEST(Metrics, NaNPredictionsAreCountedAsNegative) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Precision precision({.thresholds = {0.0, 0.5, 1.0}});
  precision.update_state(Tensor::from(std::vector<int>{1, 1}),
                         Tensor::from(std::vector<float>{nan, 0.75f}));
  EXPECT_EQ(precision.result().data<float>()[0], 1);
  TruePositives positives({.thresholds = 0.0});
  positives.update_state(Tensor::from(std::vector<int>{1, 1}),
                         Tensor::from(std::vector<float>{nan, 0.75f}));
  EXPECT_EQ(positives.result().data<float>()[0], 1);
}

}  // namespace
}  // namespace keratin::metrics
