// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/losses/categorical_losses.h"
#include "keratin/losses/probabilistic_losses.h"
#include "keratin/losses/sparse_losses.h"
#include "keratin/metrics/mean.h"

namespace keratin::metrics {

struct KLDivergenceOptions {
  std::string name = "kl_divergence";
};

/// The mean of losses::KLDivergence.
class KLDivergence final : public Configured<KLDivergence, KLDivergenceOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "KLDivergence";
  explicit KLDivergence(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::KLDivergence loss_;
};

struct PoissonOptions {
  std::string name = "poisson";
};

/// The mean of losses::Poisson.
class Poisson final : public Configured<Poisson, PoissonOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "Poisson";
  explicit Poisson(Options options = {});

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
class BinaryCrossentropy final
    : public Configured<BinaryCrossentropy, BinaryCrossentropyOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "BinaryCrossentropy";
  explicit BinaryCrossentropy(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::BinaryCrossentropy loss_;
};

struct CategoricalCrossentropyOptions {
  std::string name = "categorical_crossentropy";
  bool from_logits = false;
  double label_smoothing = 0;
  std::int64_t axis = -1;
};

/// The mean of losses::CategoricalCrossentropy.
class CategoricalCrossentropy final
    : public Configured<CategoricalCrossentropy, CategoricalCrossentropyOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "CategoricalCrossentropy";
  explicit CategoricalCrossentropy(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;

  losses::CategoricalCrossentropy loss_;
};

struct SparseCategoricalCrossentropyOptions {
  std::string name = "sparse_categorical_crossentropy";
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class = std::nullopt;
  std::int64_t axis = -1;
};

/// The mean of losses::SparseCategoricalCrossentropy. Keras: samples of label `ignore_class` count,
/// with value 0, unless there are sample weights or a mask.
class SparseCategoricalCrossentropy final
    : public Configured<SparseCategoricalCrossentropy, SparseCategoricalCrossentropyOptions,
                        MeanOfValues> {
 public:
  static constexpr std::string_view kName = "SparseCategoricalCrossentropy";
  explicit SparseCategoricalCrossentropy(Options options = {});

 private:
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
  Tensor values_mask(const Tensor& y_true, const Shape& values) const override;

  losses::SparseCategoricalCrossentropy loss_;
};

}  // namespace keratin::metrics
