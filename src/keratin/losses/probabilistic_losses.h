// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/losses/loss.h"

namespace keratin::losses {

struct BinaryCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "binary_crossentropy";
};

/// The mean along `axis` of -(y log p + (1 - y) log(1 - p)), with p clipped to [1e-7, 1 - 1e-7];
/// with `from_logits` p = sigmoid(y_pred). `label_smoothing` s takes y to y (1 - s) + s / 2. Throws
/// std::invalid_argument unless 0 <= label_smoothing <= 1.
class BinaryCrossentropy final
    : public Configured<BinaryCrossentropy, BinaryCrossentropyOptions, Loss> {
 public:
  static constexpr std::string_view kName = "BinaryCrossentropy";
  explicit BinaryCrossentropy(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
  std::int64_t axis() const override { return options_.axis; }
};

struct BinaryFocalCrossentropyOptions {
  bool apply_class_balancing = false;
  double alpha = 0.25;
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "binary_focal_crossentropy";
};

/// The mean along `axis` of (1 - p_t)^gamma times the binary crossentropy, p_t the probability
/// given to the true class; with `apply_class_balancing` also times alpha (class 1) or 1 - alpha
/// (class 0). Throws std::invalid_argument unless 0 <= label_smoothing <= 1.
class BinaryFocalCrossentropy final
    : public Configured<BinaryFocalCrossentropy, BinaryFocalCrossentropyOptions, Loss> {
 public:
  static constexpr std::string_view kName = "BinaryFocalCrossentropy";
  explicit BinaryFocalCrossentropy(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
  std::int64_t axis() const override { return options_.axis; }
};

struct KLDivergenceOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "kl_divergence";
};

/// sum(y_true log(y_true / y_pred)) over the last axis, both clipped to [1e-7, 1].
class KLDivergence final : public Configured<KLDivergence, KLDivergenceOptions, Loss> {
 public:
  static constexpr std::string_view kName = "KLDivergence";
  explicit KLDivergence(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
};

struct PoissonOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "poisson";
};

/// mean(y_pred - y_true log(y_pred + 1e-7)) over the last axis.
class Poisson final : public Configured<Poisson, PoissonOptions, Loss> {
 public:
  static constexpr std::string_view kName = "Poisson";
  explicit Poisson(Options options = {});

 private:
  double evaluate(const Batch& batch) const override;
};

// Keras's functions: the values per sample. Shapes and errors as Loss.
Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits = false,
                           double label_smoothing = 0.0, std::int64_t axis = -1);
Tensor binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                 bool apply_class_balancing = false, double alpha = 0.25,
                                 double gamma = 2.0, bool from_logits = false,
                                 double label_smoothing = 0.0, std::int64_t axis = -1);
Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred);
Tensor poisson(const Tensor& y_true, const Tensor& y_pred);

}  // namespace keratin::losses

namespace keratin {
extern template class Configured<losses::BinaryCrossentropy, losses::BinaryCrossentropyOptions,
                                 losses::Loss>;
extern template class Configured<losses::BinaryFocalCrossentropy,
                                 losses::BinaryFocalCrossentropyOptions, losses::Loss>;
extern template class Configured<losses::KLDivergence, losses::KLDivergenceOptions, losses::Loss>;
extern template class Configured<losses::Poisson, losses::PoissonOptions, losses::Loss>;
}  // namespace keratin
