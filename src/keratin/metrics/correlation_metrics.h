// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/metrics/mean.h"

namespace keratin::metrics {

struct PearsonCorrelationOptions {
  std::string name = "pearson_correlation";
  std::int64_t axis = -1;
};

/// The mean of Pearson's coefficient along `axis`: the covariance of y_true and y_pred over the
/// product of their standard deviations, from -1 to 1. NaN where one of the two does not vary.
class PearsonCorrelation final
    : public Configured<PearsonCorrelation, PearsonCorrelationOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "PearsonCorrelation";
  explicit PearsonCorrelation(Options options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
};

struct ConcordanceCorrelationOptions {
  std::string name = "concordance_correlation";
  std::int64_t axis = -1;
};

/// The mean of Lin's coefficient along `axis`: 2 cov / (var(y_true) + var(y_pred) + (mean(y_true) -
/// mean(y_pred))^2 + 1e-7), which is 1 only where both are equal.
class ConcordanceCorrelation final
    : public Configured<ConcordanceCorrelation, ConcordanceCorrelationOptions, MeanOfValues> {
 public:
  static constexpr std::string_view kName = "ConcordanceCorrelation";
  explicit ConcordanceCorrelation(Options options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const override;
};

// Keras's functions: the coefficients along `axis`. Throw std::invalid_argument for shapes that do
// not go together or lack the axis.
Tensor pearson_correlation(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis = -1);
Tensor concordance_correlation(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis = -1);

}  // namespace keratin::metrics

namespace keratin {
extern template class Configured<metrics::PearsonCorrelation, metrics::PearsonCorrelationOptions,
                                 metrics::MeanOfValues>;
extern template class Configured<metrics::ConcordanceCorrelation,
                                 metrics::ConcordanceCorrelationOptions, metrics::MeanOfValues>;
}  // namespace keratin
