// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/regression_losses.h"

#include <cmath>

#include "keratin/base/error.h"
#include "keratin/losses/loss_fields.h"
#include "keratin/losses/loss_rows.h"

namespace keratin::losses {

namespace {

float sign(float x) { return x > 0 ? 1.0f : x < 0 ? -1.0f : x; }

/// d |t - p| / d p. Keras on JAX: -1 where both are equal (TensorFlow and torch: 0).
float slope_of_distance(float t, float p) { return t >= p ? -1.0f : 1.0f; }

}  // namespace

template <class F>
void fields(F& f, HuberOptions& o) {
  common_fields(f, o);
  f("delta", o.delta);
}

template <class F>
void fields(F& f, CosineSimilarityOptions& o) {
  common_fields(f, o);
  f("axis", o.axis);
}

MeanSquaredError::MeanSquaredError(Options options)
    : Configured(options, options.name, options.reduction, kName) {}

double MeanSquaredError::evaluate(const Batch& batch) const {
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()), [](float t, float p) {
    const float error = p - t;
    return Point{error * error, 2 * error};
  });
}

MeanAbsoluteError::MeanAbsoluteError(Options options)
    : Configured(options, options.name, options.reduction, kName) {}

double MeanAbsoluteError::evaluate(const Batch& batch) const {
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()), [](float t, float p) {
    return Point{std::fabs(p - t), slope_of_distance(t, p)};
  });
}

MeanAbsolutePercentageError::MeanAbsolutePercentageError(Options options)
    : Configured(options, options.name, options.reduction, kName) {}

double MeanAbsolutePercentageError::evaluate(const Batch& batch) const {
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()), [](float t, float p) {
    const float size = at_least(std::fabs(t), kEpsilon).value;
    return Point{100 * std::fabs((t - p) / size), 100 * slope_of_distance(t, p) / size};
  });
}

MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(Options options)
    : Configured(options, options.name, options.reduction, kName) {}

double MeanSquaredLogarithmicError::evaluate(const Batch& batch) const {
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()), [](float t, float p) {
    const Point kept = at_least(p, kEpsilon);
    const float error = std::log(kept.value + 1) - std::log(at_least(t, kEpsilon).value + 1);
    return Point{error * error, 2 * error / (kept.value + 1) * kept.slope};
  });
}

Huber::Huber(Options options) : Configured(options, options.name, options.reduction, kName) {
  if (!(options_.delta > 0)) {
    invalid_argument("Huber", "delta must be greater than 0. Received: ", options_.delta);
  }
}

double Huber::evaluate(const Batch& batch) const {
  const float delta = static_cast<float>(options_.delta);
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()),
                          [delta](float t, float p) {
                            const float error = p - t;
                            const float size = std::fabs(error);
                            if (size <= delta) return Point{0.5f * error * error, error};
                            return Point{delta * size - 0.5f * delta * delta, delta * sign(error)};
                          });
}

LogCosh::LogCosh(Options options) : Configured(options, options.name, options.reduction, kName) {}

double LogCosh::evaluate(const Batch& batch) const {
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()), [](float t, float p) {
    // Keras: x + softplus(-2x) - log(2), which loses the small ones; |x| keeps log1p's argument in
    // (0, 1].
    const float x = p - t;
    const double size = std::fabs(static_cast<double>(x));
    constexpr double kLog2 = 0.6931471805599453;
    const double value = size + std::log1p(std::exp(-2 * size)) - kLog2;
    return Point{static_cast<float>(value), std::tanh(x)};
  });
}

CosineSimilarity::CosineSimilarity(Options options)
    : Configured(options, options.name, options.reduction, kName) {}

double CosineSimilarity::evaluate(const Batch& batch) const {
  const Rows rows = rows_along(batch.shape, options_.axis, class_name());
  const float* truth = batch.y_true.data<float>().data();
  return sum_rows(batch, rows, [&](std::int64_t, std::int64_t first, double weight) {
    double tt = 0;
    double pp = 0;
    double tp = 0;
    for (std::int64_t j = 0; j < rows.length; ++j) {
      const double t = static_cast<double>(truth[first + j * rows.inner]);
      const double p = static_cast<double>(batch.y_pred[first + j * rows.inner]);
      tt += t * t;
      pp += p * p;
      tp += t * p;
    }
    constexpr double kLeast = 1e-7 * 1e-7;
    const double by_t = 1 / std::sqrt(tt > kLeast ? tt : kLeast);
    const double by_p = 1 / std::sqrt(pp > kLeast ? pp : kLeast);
    if (batch.gradient) {
      // d/dp of -tp by_t by_p; a norm held at its least value does not move.
      const double along = pp > kLeast ? tp * by_t * by_p * by_p * by_p : 0;
      for (std::int64_t j = 0; j < rows.length; ++j) {
        const std::int64_t at = first + j * rows.inner;
        batch.gradient[at] =
            static_cast<float>(-weight * (static_cast<double>(truth[at]) * by_t * by_p -
                                          along * static_cast<double>(batch.y_pred[at])));
      }
    }
    return -tp * by_t * by_p;
  });
}

Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  return values<MeanSquaredError>({}, y_true, y_pred);
}

Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  return values<MeanAbsoluteError>({}, y_true, y_pred);
}

Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred) {
  return values<MeanAbsolutePercentageError>({}, y_true, y_pred);
}

Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred) {
  return values<MeanSquaredLogarithmicError>({}, y_true, y_pred);
}

Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta) {
  return values<Huber>({.delta = delta}, y_true, y_pred);
}

Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred) {
  return values<LogCosh>({}, y_true, y_pred);
}

Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis) {
  return values<CosineSimilarity>({.axis = axis}, y_true, y_pred);
}

}  // namespace keratin::losses

namespace keratin {
template class Configured<losses::MeanSquaredError, losses::MeanSquaredErrorOptions, losses::Loss>;
template class Configured<losses::MeanAbsoluteError, losses::MeanAbsoluteErrorOptions,
                          losses::Loss>;
template class Configured<losses::MeanAbsolutePercentageError,
                          losses::MeanAbsolutePercentageErrorOptions, losses::Loss>;
template class Configured<losses::MeanSquaredLogarithmicError,
                          losses::MeanSquaredLogarithmicErrorOptions, losses::Loss>;
template class Configured<losses::Huber, losses::HuberOptions, losses::Loss>;
template class Configured<losses::LogCosh, losses::LogCoshOptions, losses::Loss>;
template class Configured<losses::CosineSimilarity, losses::CosineSimilarityOptions, losses::Loss>;
}  // namespace keratin
