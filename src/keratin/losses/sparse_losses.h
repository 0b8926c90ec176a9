// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/losses/class_factors.h"
#include "keratin/losses/loss.h"

namespace keratin::losses {

struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class = std::nullopt;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::int64_t axis = -1;
  std::string name = "sparse_categorical_crossentropy";
  double label_smoothing = 0.0;
};

/// CategoricalCrossentropy of labels that are class numbers, 0 <= y_true < C, of any type.
/// Positions of label `ignore_class` are left out as if masked. Throws std::invalid_argument unless
/// 0 <= label_smoothing <= 1.
class SparseCategoricalCrossentropy final
    : public Configured<SparseCategoricalCrossentropy, SparseCategoricalCrossentropyOptions, Loss> {
 public:
  static constexpr std::string_view kName = "SparseCategoricalCrossentropy";
  explicit SparseCategoricalCrossentropy(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
  std::int64_t axis() const override { return options_.axis; }
  bool sparse() const override { return true; }
  Tensor values_mask(const Tensor& y_true, const Shape& values) const override;
};

struct SparseCategoricalFocalCrossentropyOptions {
  ClassFactors alpha = 0.25;
  double gamma = 2.0;
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class = std::nullopt;
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "sparse_categorical_focal_crossentropy";
};

/// -alpha (1 - p)^gamma log p of the labelled class, with one alpha or one a class, p as in
/// CategoricalFocalCrossentropy. Labels and `ignore_class` as in SparseCategoricalCrossentropy.
class SparseCategoricalFocalCrossentropy final
    : public Configured<SparseCategoricalFocalCrossentropy,
                        SparseCategoricalFocalCrossentropyOptions, Loss> {
 public:
  static constexpr std::string_view kName = "SparseCategoricalFocalCrossentropy";
  explicit SparseCategoricalFocalCrossentropy(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
  std::int64_t axis() const override { return options_.axis; }
  bool sparse() const override { return true; }
  Tensor values_mask(const Tensor& y_true, const Shape& values) const override;
};

struct CategoricalGeneralizedCrossEntropyOptions {
  double q = 0.5;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "categorical_generalized_cross_entropy";
};

/// (1 - p^q) / q, p the probability that y_pred gives the labelled class: between crossentropy (q
/// near 0) and the absolute error (q near 1), for labels some of which are wrong. Labels are class
/// numbers, as in SparseCategoricalCrossentropy. Throws std::invalid_argument unless 0 < q < 1.
/// Source: Zhang, Sabuncu, arXiv:1805.07836.
class CategoricalGeneralizedCrossEntropy final
    : public Configured<CategoricalGeneralizedCrossEntropy,
                        CategoricalGeneralizedCrossEntropyOptions, Loss> {
 public:
  static constexpr std::string_view kName = "CategoricalGeneralizedCrossEntropy";
  explicit CategoricalGeneralizedCrossEntropy(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
  bool sparse() const override { return true; }
};

// Keras's functions: the values per sample. Shapes and errors as Loss.
Tensor categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred, double q);
Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                       bool from_logits = false,
                                       std::optional<std::int64_t> ignore_class = std::nullopt,
                                       std::int64_t axis = -1, double label_smoothing = 0.0);

}  // namespace keratin::losses

namespace keratin {
extern template class Configured<losses::SparseCategoricalCrossentropy,
                                 losses::SparseCategoricalCrossentropyOptions, losses::Loss>;
extern template class Configured<losses::CategoricalGeneralizedCrossEntropy,
                                 losses::CategoricalGeneralizedCrossEntropyOptions, losses::Loss>;
extern template class Configured<losses::SparseCategoricalFocalCrossentropy,
                                 losses::SparseCategoricalFocalCrossentropyOptions, losses::Loss>;
}  // namespace keratin
