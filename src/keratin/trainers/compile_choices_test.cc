// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/compile_choices.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "keratin/base/auto_name.h"
#include "keratin/trainers/compiled_metrics.h"

namespace keratin::trainers {
namespace {

TEST(LossChoice, CrossentropyByShape) {
  const auto loss = [](const char* name, const Shape& y_true, const Shape& y_pred) {
    return LossChoice(name).resolve(y_true, y_pred)->class_name();
  };
  EXPECT_EQ(loss("crossentropy", {4, 1}, {4, 1}), "BinaryCrossentropy");
  EXPECT_EQ(loss("ce", {4}, {4, 1}), "BinaryCrossentropy");
  EXPECT_EQ(loss("CE", {4}, {4, 3}), "SparseCategoricalCrossentropy");
  EXPECT_EQ(loss("ce", {4, 1}, {4, 3}), "SparseCategoricalCrossentropy");
  EXPECT_EQ(loss("Crossentropy", {4, 3}, {4, 3}), "CategoricalCrossentropy");
  EXPECT_EQ(loss("ce", {4, 5}, {4, 5, 3}), "SparseCategoricalCrossentropy");
  EXPECT_EQ(loss("mse", {4, 1}, {4, 1}), "MeanSquaredError");
  EXPECT_TRUE(LossChoice().empty());
  EXPECT_EQ(LossChoice().resolve({}, {}), nullptr);
  EXPECT_THROW(LossChoice("mean_squared"), std::invalid_argument);
}

TEST(MetricChoice, AccuracyByShapeAndTheNameAsGiven) {
  const auto metric = [](const char* name, const Shape& y_true, const Shape& y_pred) {
    return MetricChoice(name).resolve(y_true, y_pred);
  };
  EXPECT_EQ(metric("accuracy", {4, 1}, {4, 1})->class_name(), "BinaryAccuracy");
  EXPECT_EQ(metric("acc", {4}, {4, 3})->class_name(), "SparseCategoricalAccuracy");
  EXPECT_EQ(metric("Accuracy", {4, 3}, {4, 3})->class_name(), "CategoricalAccuracy");
  EXPECT_EQ(metric("Accuracy", {4, 3}, {4, 3})->name(), "Accuracy");
  EXPECT_EQ(metric("acc", {4}, {4, 3})->name(), "acc");
  EXPECT_EQ(metric("mse", {4}, {4})->name(), "mse");
  EXPECT_THROW(MetricChoice("acuracy"), std::invalid_argument);
  // A name makes a metric of its own for every model.
  const MetricChoice choice("mae");
  EXPECT_NE(choice.resolve({}, {}), choice.resolve({}, {}));
  const std::shared_ptr<metrics::Metric> object = metrics::Metric::get("mae");
  EXPECT_EQ(MetricChoice(object).resolve({}, {}), object);
}

TEST(MetricChoice, ANameUsesUpOneAutomaticName) {
  reset_auto_names();
  MetricChoice("AUC").resolve({2, 1}, {2, 1});  // Keras: "auc", which is called "AUC"
  EXPECT_EQ(metrics::Metric::get("AUC")->name(), "auc_1");
}

TEST(CompiledMetrics, NamesAreUnique) {
  EXPECT_EQ(metric_names(choices_of({.metrics = {"mae", "mse", "mae", "mae"},
                                     .weighted_metrics = {"acc", "mae", "mae"}},
                                    {})),
            (std::vector<std::string>{"mae", "mse", "mae_1", "mae_2", "acc", "weighted_mae",
                                      "weighted_mae_1"}));
}

TEST(LossTracker, WeighsBatchesByTheirSize) {
  LossTracker tracker;
  EXPECT_EQ(tracker.result(), 0);
  tracker.update(1.0, 3);
  tracker.update(5.0, 1);
  EXPECT_EQ(tracker.result(), 2.0);
  tracker.reset();
  EXPECT_EQ(tracker.result(), 0);
}

}  // namespace
}  // namespace keratin::trainers
