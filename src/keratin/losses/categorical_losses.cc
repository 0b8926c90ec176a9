// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/categorical_losses.h"

#include "keratin/losses/class_rows.h"
#include "keratin/losses/loss_fields.h"

namespace keratin::losses {

template <class F>
void fields(F& f, CategoricalCrossentropyOptions& o) {
  common_fields(f, o);
  f("from_logits", o.from_logits);
  f("label_smoothing", o.label_smoothing);
  f("axis", o.axis);
}

template <class F>
void fields(F& f, CategoricalFocalCrossentropyOptions& o) {
  common_fields(f, o);
  f("from_logits", o.from_logits);
  f("label_smoothing", o.label_smoothing);
  f("axis", o.axis);
  f("alpha", o.alpha);
  f("gamma", o.gamma);
}

CategoricalCrossentropy::CategoricalCrossentropy(Options options)
    : Configured(options, options.name, options.reduction, kName) {
  check_label_smoothing(class_name(), options_.label_smoothing);
}

double CategoricalCrossentropy::evaluate(const Batch& batch) const {
  const Rows rows = rows_along(batch.shape, options_.axis, class_name());
  const float* truth = batch.y_true.data<float>().data();
  const double keep = 1 - options_.label_smoothing;
  const double spread = options_.label_smoothing / static_cast<double>(rows.length);
  return sum_rows(batch, rows, [&](std::int64_t, std::int64_t first, double weight) {
    const ClassRow row{batch.y_pred + first, batch.gradient ? batch.gradient + first : nullptr,
                       rows.length, rows.inner};
    const auto target = [&](std::int64_t j) {
      return static_cast<double>(truth[first + j * rows.inner]) * keep + spread;
    };
    return options_.from_logits ? crossentropy_of_logits(row, weight, target)
                                : crossentropy_of_probabilities(row, weight, target);
  });
}

CategoricalFocalCrossentropy::CategoricalFocalCrossentropy(Options options)
    : Configured(options, options.name, options.reduction, kName) {
  check_label_smoothing(class_name(), options_.label_smoothing);
}

double CategoricalFocalCrossentropy::evaluate(const Batch& batch) const {
  const Rows rows = rows_along(batch.shape, options_.axis, class_name());
  const float* truth = batch.y_true.data<float>().data();
  const double keep = 1 - options_.label_smoothing;
  const double spread = options_.label_smoothing / static_cast<double>(rows.length);
  options_.alpha.check(rows.length, class_name());
  const Focus focus{options_.alpha, static_cast<float>(options_.gamma), options_.from_logits};
  return sum_rows(batch, rows, [&](std::int64_t, std::int64_t first, double weight) {
    const ClassRow row{batch.y_pred + first, batch.gradient ? batch.gradient + first : nullptr,
                       rows.length, rows.inner};
    return focal_crossentropy(row, weight, focus, [&](std::int64_t j) {
      return static_cast<double>(truth[first + j * rows.inner]) * keep + spread;
    });
  });
}

Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits,
                                double label_smoothing, std::int64_t axis) {
  return values<CategoricalCrossentropy>(
      {.from_logits = from_logits, .label_smoothing = label_smoothing, .axis = axis}, y_true,
      y_pred);
}

Tensor categorical_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                      const ClassFactors& alpha, double gamma, bool from_logits,
                                      double label_smoothing, std::int64_t axis) {
  return values<CategoricalFocalCrossentropy>({.alpha = alpha,
                                               .gamma = gamma,
                                               .from_logits = from_logits,
                                               .label_smoothing = label_smoothing,
                                               .axis = axis},
                                              y_true, y_pred);
}

}  // namespace keratin::losses

namespace keratin {
template class Configured<losses::CategoricalCrossentropy, losses::CategoricalCrossentropyOptions,
                          losses::Loss>;
template class Configured<losses::CategoricalFocalCrossentropy,
                          losses::CategoricalFocalCrossentropyOptions, losses::Loss>;
}  // namespace keratin
