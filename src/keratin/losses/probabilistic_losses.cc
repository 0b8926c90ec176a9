// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/probabilistic_losses.h"

#include <cmath>

#include "keratin/base/error.h"
#include "keratin/losses/loss_fields.h"
#include "keratin/losses/loss_rows.h"

namespace keratin::losses {

namespace {

struct Smoothing {
  float keep = 1;
  float spread = 0;
  float operator()(float label) const { return spread == 0 ? label : label * keep + spread; }
};

Smoothing binary_smoothing(double s) {
  return {static_cast<float>(1 - s), static_cast<float>(0.5 * s)};
}

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

/// -(t log p + (1 - t) log(1 - p)); one logarithm where the label leaves only one.
Point crossentropy_of_probability(float t, float p) {
  const Point kept = clip(p, kEpsilon, kOneMinusEpsilon);
  const float other = 1 - kept.value;
  if (t == 1) return {-std::log(kept.value), -kept.slope / kept.value};
  if (t == 0) return {-std::log(other), kept.slope / other};
  return {-(t * std::log(kept.value) + (1 - t) * std::log(other)),
          ((1 - t) / other - t / kept.value) * kept.slope};
}

/// The same of p = sigmoid(x), where nothing overflows or cancels.
Point crossentropy_of_logit(float t, float x) {
  const float small = std::exp(-std::fabs(x));
  const float rest = std::log1p(small);
  const float up = 1 / (1 + small);        // sigmoid(|x|)
  const float down = small / (1 + small);  // sigmoid(-|x|)
  const float yes = x >= 0 ? up : down;
  const float no = x >= 0 ? down : up;
  return {t * (std::fmax(-x, 0.0f) + rest) + (1 - t) * (std::fmax(x, 0.0f) + rest),
          (1 - t) * yes - t * no};
}

}  // namespace

template <class F>
void fields(F& f, BinaryCrossentropyOptions& o) {
  common_fields(f, o);
  f("from_logits", o.from_logits);
  f("label_smoothing", o.label_smoothing);
  f("axis", o.axis);
}

template <class F>
void fields(F& f, BinaryFocalCrossentropyOptions& o) {
  common_fields(f, o);
  f("from_logits", o.from_logits);
  f("label_smoothing", o.label_smoothing);
  f("axis", o.axis);
  f("apply_class_balancing", o.apply_class_balancing);
  f("alpha", o.alpha);
  f("gamma", o.gamma);
}

BinaryCrossentropy::BinaryCrossentropy(Options options)
    : Configured(options, options.name, options.reduction, kName) {
  check_label_smoothing(class_name(), options_.label_smoothing);
}

double BinaryCrossentropy::evaluate(const Batch& batch) const {
  const Rows rows = rows_along(batch.shape, options_.axis, class_name());
  const Smoothing smooth = binary_smoothing(options_.label_smoothing);
  if (options_.from_logits) {
    return mean_of_elements(
        batch, rows, [smooth](float t, float x) { return crossentropy_of_logit(smooth(t), x); });
  }
  return mean_of_elements(batch, rows, [smooth](float t, float p) {
    return crossentropy_of_probability(smooth(t), p);
  });
}

BinaryFocalCrossentropy::BinaryFocalCrossentropy(Options options)
    : Configured(options, options.name, options.reduction, kName) {
  check_label_smoothing(class_name(), options_.label_smoothing);
}

double BinaryFocalCrossentropy::evaluate(const Batch& batch) const {
  const Rows rows = rows_along(batch.shape, options_.axis, class_name());
  const Smoothing smooth = binary_smoothing(options_.label_smoothing);
  const float gamma = static_cast<float>(options_.gamma);
  const float alpha = static_cast<float>(options_.alpha);
  const bool logits = options_.from_logits;
  const bool balance = options_.apply_class_balancing;
  return mean_of_elements(batch, rows, [=](float label, float x) {
    const float t = smooth(label);
    const float p = logits ? sigmoid(x) : x;
    const Point entropy = crossentropy_of_probability(t, p);
    const Point focus = power(1 - (t * p + (1 - t) * (1 - p)), gamma);  // of 1 - p_t
    const float turn = 1 - 2 * t;                                       // d (1 - p_t) / d p
    const float weight = balance ? t * alpha + (1 - t) * (1 - alpha) : 1.0f;
    const float slope = focus.slope * turn * entropy.value + focus.value * entropy.slope;
    return Point{weight * focus.value * entropy.value,
                 weight * slope * (logits ? p * sigmoid(-x) : 1.0f)};
  });
}

KLDivergence::KLDivergence(Options options)
    : Configured(options, options.name, options.reduction, kName) {}

double KLDivergence::evaluate(const Batch& batch) const {
  const Rows rows = rows_along(batch.shape, -1, class_name());
  const float length = static_cast<float>(rows.length);  // Keras: a sum, not a mean
  return mean_of_elements(batch, rows, [length](float t, float p) {
    const float truth = clip(t, kEpsilon, 1).value;
    const Point pred = clip(p, kEpsilon, 1);
    return Point{length * (truth * std::log(truth / pred.value)),
                 -length * truth / pred.value * pred.slope};
  });
}

Poisson::Poisson(Options options) : Configured(options, options.name, options.reduction, kName) {}

double Poisson::evaluate(const Batch& batch) const {
  return mean_of_elements(batch, rows_along(batch.shape, -1, class_name()), [](float t, float p) {
    const float kept = p + kEpsilon;
    return Point{p - t * std::log(kept), 1 - t / kept};
  });
}

Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits,
                           double label_smoothing, std::int64_t axis) {
  return values<BinaryCrossentropy>(
      {.from_logits = from_logits, .label_smoothing = label_smoothing, .axis = axis}, y_true,
      y_pred);
}

Tensor binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                 bool apply_class_balancing, double alpha, double gamma,
                                 bool from_logits, double label_smoothing, std::int64_t axis) {
  return values<BinaryFocalCrossentropy>({.apply_class_balancing = apply_class_balancing,
                                          .alpha = alpha,
                                          .gamma = gamma,
                                          .from_logits = from_logits,
                                          .label_smoothing = label_smoothing,
                                          .axis = axis},
                                         y_true, y_pred);
}

Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred) {
  return values<KLDivergence>({}, y_true, y_pred);
}

Tensor poisson(const Tensor& y_true, const Tensor& y_pred) {
  return values<Poisson>({}, y_true, y_pred);
}

}  // namespace keratin::losses

namespace keratin {
template class Configured<losses::BinaryCrossentropy, losses::BinaryCrossentropyOptions,
                          losses::Loss>;
template class Configured<losses::BinaryFocalCrossentropy, losses::BinaryFocalCrossentropyOptions,
                          losses::Loss>;
template class Configured<losses::KLDivergence, losses::KLDivergenceOptions, losses::Loss>;
template class Configured<losses::Poisson, losses::PoissonOptions, losses::Loss>;
}  // namespace keratin
