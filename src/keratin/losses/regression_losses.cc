// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/regression_losses.h"

#include <cmath>

#include "keratin/base/error.h"
#include "keratin/losses/loss_rows.h"

namespace keratin::losses {

namespace {

float sign(float x) { return x > 0 ? 1.0f : x < 0 ? -1.0f : x; }

/// d |t - p| / d p. Keras on JAX: -1 where both are equal (TensorFlow and torch: 0).
float slope_of_distance(float t, float p) { return t >= p ? -1.0f : 1.0f; }

}  // namespace

template <class F>
void fields(F& f, MeanSquaredErrorOptions& o) {
  f("name", o.name);
  f("reduction", o.reduction);
}

template <class F>
void fields(F& f, MeanAbsoluteErrorOptions& o) {
  f("name", o.name);
  f("reduction", o.reduction);
}

template <class F>
void fields(F& f, MeanAbsolutePercentageErrorOptions& o) {
  f("name", o.name);
  f("reduction", o.reduction);
}

template <class F>
void fields(F& f, MeanSquaredLogarithmicErrorOptions& o) {
  f("name", o.name);
  f("reduction", o.reduction);
}

template <class F>
void fields(F& f, HuberOptions& o) {
  f("name", o.name);
  f("reduction", o.reduction);
  f("delta", o.delta);
}

template <class F>
void fields(F& f, LogCoshOptions& o) {
  f("name", o.name);
  f("reduction", o.reduction);
}

template <class F>
void fields(F& f, CosineSimilarityOptions& o) {
  f("name", o.name);
  f("reduction", o.reduction);
  f("axis", o.axis);
}

MeanSquaredError::MeanSquaredError(Options options)
    : Loss(options.name, options.reduction, "MeanSquaredError"), options_(std::move(options)) {
  options_.name = name();
}

MeanSquaredError::Options MeanSquaredError::options_from(const Config& config) {
  return options_of<Options>("MeanSquaredError", config);
}

Config MeanSquaredError::get_config() const { return config_of(options_); }

double MeanSquaredError::evaluate(const Batch& batch) const {
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()), [](float t, float p) {
    const float error = p - t;
    return Point{error * error, 2 * error};
  });
}

MeanAbsoluteError::MeanAbsoluteError(Options options)
    : Loss(options.name, options.reduction, "MeanAbsoluteError"), options_(std::move(options)) {
  options_.name = name();
}

MeanAbsoluteError::Options MeanAbsoluteError::options_from(const Config& config) {
  return options_of<Options>("MeanAbsoluteError", config);
}

Config MeanAbsoluteError::get_config() const { return config_of(options_); }

double MeanAbsoluteError::evaluate(const Batch& batch) const {
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()), [](float t, float p) {
    return Point{std::fabs(p - t), slope_of_distance(t, p)};
  });
}

MeanAbsolutePercentageError::MeanAbsolutePercentageError(Options options)
    : Loss(options.name, options.reduction, "MeanAbsolutePercentageError"),
      options_(std::move(options)) {
  options_.name = name();
}

MeanAbsolutePercentageError::Options MeanAbsolutePercentageError::options_from(
    const Config& config) {
  return options_of<Options>("MeanAbsolutePercentageError", config);
}

Config MeanAbsolutePercentageError::get_config() const { return config_of(options_); }

double MeanAbsolutePercentageError::evaluate(const Batch& batch) const {
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()), [](float t, float p) {
    const float size = at_least(std::fabs(t), kEpsilon).value;
    return Point{100 * std::fabs((t - p) / size), 100 * slope_of_distance(t, p) / size};
  });
}

MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(Options options)
    : Loss(options.name, options.reduction, "MeanSquaredLogarithmicError"),
      options_(std::move(options)) {
  options_.name = name();
}

MeanSquaredLogarithmicError::Options MeanSquaredLogarithmicError::options_from(
    const Config& config) {
  return options_of<Options>("MeanSquaredLogarithmicError", config);
}

Config MeanSquaredLogarithmicError::get_config() const { return config_of(options_); }

double MeanSquaredLogarithmicError::evaluate(const Batch& batch) const {
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()), [](float t, float p) {
    const Point kept = at_least(p, kEpsilon);
    const float error = std::log(kept.value + 1) - std::log(at_least(t, kEpsilon).value + 1);
    return Point{error * error, 2 * error / (kept.value + 1) * kept.slope};
  });
}

Huber::Huber(Options options)
    : Loss(options.name, options.reduction, "Huber"), options_(std::move(options)) {
  if (!(options_.delta > 0)) {
    invalid_argument("Huber", "delta must be greater than 0. Received: ", options_.delta);
  }
  options_.name = name();
}

Huber::Options Huber::options_from(const Config& config) {
  return options_of<Options>("Huber", config);
}

Config Huber::get_config() const { return config_of(options_); }

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

LogCosh::LogCosh(Options options)
    : Loss(options.name, options.reduction, "LogCosh"), options_(std::move(options)) {
  options_.name = name();
}

LogCosh::Options LogCosh::options_from(const Config& config) {
  return options_of<Options>("LogCosh", config);
}

Config LogCosh::get_config() const { return config_of(options_); }

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
    : Loss(options.name, options.reduction, "CosineSimilarity"), options_(std::move(options)) {
  options_.name = name();
}

CosineSimilarity::Options CosineSimilarity::options_from(const Config& config) {
  return options_of<Options>("CosineSimilarity", config);
}

Config CosineSimilarity::get_config() const { return config_of(options_); }

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

}  // namespace keratin::losses
