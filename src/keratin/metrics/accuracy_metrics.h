// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/metrics/mean.h"

namespace keratin::metrics {

struct AccuracyOptions {
  std::string name = "accuracy";
};

/// How often y_pred equals y_true, element by element.
class Accuracy final : public MeanOfValues {
 public:
  using Options = AccuracyOptions;
  explicit Accuracy(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "Accuracy"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
};

struct BinaryAccuracyOptions {
  std::string name = "binary_accuracy";
  double threshold = 0.5;
};

/// How often y_pred > threshold says what y_true, 0 or 1, says.
class BinaryAccuracy final : public MeanOfValues {
 public:
  using Options = BinaryAccuracyOptions;
  explicit BinaryAccuracy(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "BinaryAccuracy"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  Options options_;
};

struct CategoricalAccuracyOptions {
  std::string name = "categorical_accuracy";
};

/// How often the largest of y_pred is where the largest of y_true is, over the last axis.
class CategoricalAccuracy final : public MeanOfValues {
 public:
  using Options = CategoricalAccuracyOptions;
  explicit CategoricalAccuracy(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "CategoricalAccuracy"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
};

struct SparseCategoricalAccuracyOptions {
  std::string name = "sparse_categorical_accuracy";
};

/// How often the largest of y_pred is at class y_true. Labels outside the classes are misses, as in
/// Keras.
class SparseCategoricalAccuracy final : public MeanOfValues {
 public:
  using Options = SparseCategoricalAccuracyOptions;
  explicit SparseCategoricalAccuracy(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "SparseCategoricalAccuracy"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
};

struct TopKCategoricalAccuracyOptions {
  std::int64_t k = 5;
  std::string name = "top_k_categorical_accuracy";
};

/// How often the largest of y_true is among the k largest of y_pred.
class TopKCategoricalAccuracy final : public MeanOfValues {
 public:
  using Options = TopKCategoricalAccuracyOptions;
  explicit TopKCategoricalAccuracy(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "TopKCategoricalAccuracy"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  Options options_;
};

struct SparseTopKCategoricalAccuracyOptions {
  std::int64_t k = 5;
  std::string name = "sparse_top_k_categorical_accuracy";
  bool from_sorted_ids = false;
};

/// How often class y_true is among the k largest of y_pred, or, with from_sorted_ids, among the
/// first k class numbers that y_pred holds.
class SparseTopKCategoricalAccuracy final : public MeanOfValues {
 public:
  using Options = SparseTopKCategoricalAccuracyOptions;
  explicit SparseTopKCategoricalAccuracy(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "SparseTopKCategoricalAccuracy"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  Options options_;
};

}  // namespace keratin::metrics
