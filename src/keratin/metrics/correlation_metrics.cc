// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/correlation_metrics.h"

#include <cmath>

#include "keratin/losses/loss_rows.h"
#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

namespace {

/// What both coefficients are made of, of one row.
struct Moments {
  double true_mean = 0;
  double pred_mean = 0;
  double true_variance = 0;
  double pred_variance = 0;
  double covariance = 0;
};

Moments moments_of(const float* y_true, const float* y_pred, std::int64_t length,
                   std::int64_t stride) {
  const double count = static_cast<double>(length);
  Moments m;
  for (std::int64_t j = 0; j < length; ++j) {
    m.true_mean += static_cast<double>(y_true[j * stride]) / count;
    m.pred_mean += static_cast<double>(y_pred[j * stride]) / count;
  }
  for (std::int64_t j = 0; j < length; ++j) {
    const double t = static_cast<double>(y_true[j * stride]) - m.true_mean;
    const double p = static_cast<double>(y_pred[j * stride]) - m.pred_mean;
    m.true_variance += t * t / count;
    m.pred_variance += p * p / count;
    m.covariance += t * p / count;
  }
  return m;
}

/// coefficient(Moments) of each row along `axis`.
template <class Coefficient>
Tensor along(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis, std::string_view who,
             Coefficient coefficient) {
  const Pair pair = pair_of(y_true, y_pred, who);
  const losses::Rows rows = losses::rows_along(pair.shape, axis, who);
  Tensor result = uninitialized(losses::shape_without(pair.shape, axis, who));
  const float* truth = pair.y_true.data<float>().data();
  const float* pred = pair.y_pred.data<float>().data();
  float* out = result.data<float>().data();
  for (std::int64_t outer = 0; outer < rows.outer; ++outer) {
    for (std::int64_t inner = 0; inner < rows.inner; ++inner) {
      const std::int64_t first = outer * rows.length * rows.inner + inner;
      *out++ = static_cast<float>(
          coefficient(moments_of(truth + first, pred + first, rows.length, rows.inner)));
    }
  }
  return result;
}

}  // namespace

template <class F>
void fields(F& f, PearsonCorrelationOptions& o) {
  common_fields(f, o);
  f("axis", o.axis);
}

template <class F>
void fields(F& f, ConcordanceCorrelationOptions& o) {
  common_fields(f, o);
  f("axis", o.axis);
}

PearsonCorrelation::PearsonCorrelation(Options options)
    : Configured(options, name_or_new(options.name, kName)) {}

Tensor PearsonCorrelation::values(const Tensor& y_true, const Tensor& y_pred,
                                  const Tensor& /*mask*/) const {
  return pearson_correlation(y_true, y_pred, options_.axis);
}

ConcordanceCorrelation::ConcordanceCorrelation(Options options)
    : Configured(options, name_or_new(options.name, kName)) {}

Tensor ConcordanceCorrelation::values(const Tensor& y_true, const Tensor& y_pred,
                                      const Tensor& /*mask*/) const {
  return concordance_correlation(y_true, y_pred, options_.axis);
}

Tensor pearson_correlation(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis) {
  return along(y_true, y_pred, axis, PearsonCorrelation::kName, [](const Moments& m) {
    return m.covariance / (std::sqrt(m.true_variance) * std::sqrt(m.pred_variance));
  });
}

Tensor concordance_correlation(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis) {
  return along(y_true, y_pred, axis, ConcordanceCorrelation::kName, [](const Moments& m) {
    const double apart = m.true_mean - m.pred_mean;
    return 2 * m.covariance / (m.true_variance + m.pred_variance + apart * apart + kEpsilon);
  });
}

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::PearsonCorrelation, metrics::PearsonCorrelationOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::ConcordanceCorrelation, metrics::ConcordanceCorrelationOptions,
                          metrics::MeanOfValues>;
}  // namespace keratin
