// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/losses/categorical_losses.h"
#include "keratin/losses/probabilistic_losses.h"
#include "keratin/losses/sparse_losses.h"
#include "keratin/metrics/mean.h"

namespace keratin::metrics {

struct KLDivergenceOptions {
  std::string name = "kl_divergence";
};

/// The mean of losses::KLDivergence.
class KLDivergence final : public MeanOfValues {
 public:
  using Options = KLDivergenceOptions;
  explicit KLDivergence(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "KLDivergence"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::KLDivergence loss_;
};

struct PoissonOptions {
  std::string name = "poisson";
};

/// The mean of losses::Poisson.
class Poisson final : public MeanOfValues {
 public:
  using Options = PoissonOptions;
  explicit Poisson(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "Poisson"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::Poisson loss_;
};

struct BinaryCrossentropyOptions {
  std::string name = "binary_crossentropy";
  bool from_logits = false;
  double label_smoothing = 0;
};

/// The mean of losses::BinaryCrossentropy.
class BinaryCrossentropy final : public MeanOfValues {
 public:
  using Options = BinaryCrossentropyOptions;
  explicit BinaryCrossentropy(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "BinaryCrossentropy"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::BinaryCrossentropy loss_;
  Options options_;
};

struct CategoricalCrossentropyOptions {
  std::string name = "categorical_crossentropy";
  bool from_logits = false;
  double label_smoothing = 0;
  std::int64_t axis = -1;
};

/// The mean of losses::CategoricalCrossentropy.
class CategoricalCrossentropy final : public MeanOfValues {
 public:
  using Options = CategoricalCrossentropyOptions;
  explicit CategoricalCrossentropy(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "CategoricalCrossentropy"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::CategoricalCrossentropy loss_;
  Options options_;
};

struct SparseCategoricalCrossentropyOptions {
  std::string name = "sparse_categorical_crossentropy";
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class = std::nullopt;
  std::int64_t axis = -1;
};

/// The mean of losses::SparseCategoricalCrossentropy. Keras: samples of label `ignore_class` count,
/// with value 0, unless there are sample weights or a mask.
class SparseCategoricalCrossentropy final : public MeanOfValues {
 public:
  using Options = SparseCategoricalCrossentropyOptions;
  explicit SparseCategoricalCrossentropy(Options options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "SparseCategoricalCrossentropy"; }
  Config get_config() const override;

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
  Tensor values_mask(const Tensor& y_true, const Shape& values) const override;

  losses::SparseCategoricalCrossentropy loss_;
  Options options_;
};

}  // namespace keratin::metrics
