// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/metrics/mean.h"

namespace keratin::metrics {

struct AccuracyOptions {
  std::string name = "accuracy";
};

/// How often y_pred equals y_true, element by element.
class Accuracy final : public Configured<Accuracy, AccuracyOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "Accuracy";
  explicit Accuracy(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
};

struct BinaryAccuracyOptions {
  std::string name = "binary_accuracy";
  double threshold = 0.5;
};

/// How often y_pred > threshold says what y_true, 0 or 1, says.
class BinaryAccuracy final
    : public Configured<BinaryAccuracy, BinaryAccuracyOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "BinaryAccuracy";
  explicit BinaryAccuracy(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
};

struct CategoricalAccuracyOptions {
  std::string name = "categorical_accuracy";
};

/// How often the largest of y_pred is where the largest of y_true is, over the last axis.
class CategoricalAccuracy final
    : public Configured<CategoricalAccuracy, CategoricalAccuracyOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "CategoricalAccuracy";
  explicit CategoricalAccuracy(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
};

struct SparseCategoricalAccuracyOptions {
  std::string name = "sparse_categorical_accuracy";
};

/// How often the largest of y_pred is at class y_true. Labels outside the classes are misses, as in
/// Keras.
class SparseCategoricalAccuracy final
    : public Configured<SparseCategoricalAccuracy, SparseCategoricalAccuracyOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "SparseCategoricalAccuracy";
  explicit SparseCategoricalAccuracy(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
};

struct TopKCategoricalAccuracyOptions {
  std::int64_t k = 5;
  std::string name = "top_k_categorical_accuracy";
};

/// How often the largest of y_true is among the k largest of y_pred.
class TopKCategoricalAccuracy final
    : public Configured<TopKCategoricalAccuracy, TopKCategoricalAccuracyOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "TopKCategoricalAccuracy";
  explicit TopKCategoricalAccuracy(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
};

struct SparseTopKCategoricalAccuracyOptions {
  std::int64_t k = 5;
  std::string name = "sparse_top_k_categorical_accuracy";
  bool from_sorted_ids = false;
};

/// How often class y_true is among the k largest of y_pred, or, with from_sorted_ids, among the
/// first k class numbers that y_pred holds.
class SparseTopKCategoricalAccuracy final
    : public Configured<SparseTopKCategoricalAccuracy, SparseTopKCategoricalAccuracyOptions,
                        MeanOfValues> {
 public:
  static constexpr std::string_view kName = "SparseTopKCategoricalAccuracy";
  explicit SparseTopKCategoricalAccuracy(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
};

}  // namespace keratin::metrics
