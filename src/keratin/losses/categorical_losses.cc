// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/categorical_losses.h"

#include "keratin/losses/class_rows.h"

namespace keratin::losses {

template <class F>
void fields(F& f, CategoricalCrossentropyOptions& o) {
  f("name", o.name);
  f("reduction", o.reduction);
  f("from_logits", o.from_logits);
  f("label_smoothing", o.label_smoothing);
  f("axis", o.axis);
}

template <class F>
void fields(F& f, CategoricalFocalCrossentropyOptions& o) {
  f("name", o.name);
  f("reduction", o.reduction);
  f("from_logits", o.from_logits);
  f("label_smoothing", o.label_smoothing);
  f("axis", o.axis);
  f("alpha", o.alpha);
  f("gamma", o.gamma);
}

CategoricalCrossentropy::CategoricalCrossentropy(Options options)
    : Loss(options.name, options.reduction, "CategoricalCrossentropy"),
      options_(std::move(options)) {
  check_label_smoothing(class_name(), options_.label_smoothing);
  options_.name = name();
}

CategoricalCrossentropy::Options CategoricalCrossentropy::options_from(const Config& config) {
  return options_of<Options>("CategoricalCrossentropy", config);
}

Config CategoricalCrossentropy::get_config() const { return config_of(options_); }

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
    : Loss(options.name, options.reduction, "CategoricalFocalCrossentropy"),
      options_(std::move(options)) {
  check_label_smoothing(class_name(), options_.label_smoothing);
  options_.name = name();
}

CategoricalFocalCrossentropy::Options CategoricalFocalCrossentropy::options_from(
    const Config& config) {
  return options_of<Options>("CategoricalFocalCrossentropy", config);
}

Config CategoricalFocalCrossentropy::get_config() const { return config_of(options_); }

double CategoricalFocalCrossentropy::evaluate(const Batch& batch) const {
  const Rows rows = rows_along(batch.shape, options_.axis, class_name());
  const float* truth = batch.y_true.data<float>().data();
  const double keep = 1 - options_.label_smoothing;
  const double spread = options_.label_smoothing / static_cast<double>(rows.length);
  const Focus focus{options_.alpha, static_cast<float>(options_.gamma), options_.from_logits};
  return sum_rows(batch, rows, [&](std::int64_t, std::int64_t first, double weight) {
    const ClassRow row{batch.y_pred + first, batch.gradient ? batch.gradient + first : nullptr,
                       rows.length, rows.inner};
    return focal_crossentropy(row, weight, focus, [&](std::int64_t j) {
      return static_cast<double>(truth[first + j * rows.inner]) * keep + spread;
    });
  });
}

}  // namespace keratin::losses
