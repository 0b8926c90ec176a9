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

struct CategoricalCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "categorical_crossentropy";
};

/// -sum(y_true log p) along `axis`, with p = y_pred / sum(y_pred) clipped to [1e-7, 1 - 1e-7], or
/// p = softmax(y_pred) with `from_logits`. `label_smoothing` s takes y_true to y_true (1 - s) + s /
/// C. Throws std::invalid_argument unless 0 <= label_smoothing <= 1.
class CategoricalCrossentropy final
    : public Configured<CategoricalCrossentropy, CategoricalCrossentropyOptions, Loss> {
 public:
  static constexpr std::string_view kName = "CategoricalCrossentropy";
  explicit CategoricalCrossentropy(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
  std::int64_t axis() const override { return options_.axis; }
};

struct CategoricalFocalCrossentropyOptions {
  ClassFactors alpha = 0.25;
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "categorical_focal_crossentropy";
};

/// -sum(alpha (1 - p)^gamma y_true log p) along `axis`, with one alpha or one a class, p as in
/// CategoricalCrossentropy but clipped in either case. Throws std::invalid_argument unless 0 <=
/// label_smoothing <= 1.
class CategoricalFocalCrossentropy final
    : public Configured<CategoricalFocalCrossentropy, CategoricalFocalCrossentropyOptions, Loss> {
 public:
  static constexpr std::string_view kName = "CategoricalFocalCrossentropy";
  explicit CategoricalFocalCrossentropy(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
  std::int64_t axis() const override { return options_.axis; }
};

// Keras's functions: the values per sample. Shapes and errors as Loss.
Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                bool from_logits = false, double label_smoothing = 0.0,
                                std::int64_t axis = -1);
Tensor categorical_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                      const ClassFactors& alpha = 0.25, double gamma = 2.0,
                                      bool from_logits = false, double label_smoothing = 0.0,
                                      std::int64_t axis = -1);

}  // namespace keratin::losses

namespace keratin {
extern template class Configured<losses::CategoricalCrossentropy,
                                 losses::CategoricalCrossentropyOptions, losses::Loss>;
extern template class Configured<losses::CategoricalFocalCrossentropy,
                                 losses::CategoricalFocalCrossentropyOptions, losses::Loss>;
}  // namespace keratin
