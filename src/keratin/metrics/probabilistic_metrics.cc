// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/probabilistic_metrics.h"

#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

template <class F>
void fields(F& f, KLDivergenceOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

KLDivergence::KLDivergence(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "KLDivergence")),
      loss_({.reduction = "none"}) {}

Config KLDivergence::get_config() const { return config_of(Options{.name = name()}); }

KLDivergence::Options KLDivergence::options_from(const Config& config) {
  return options_of<Options>("KLDivergence", config);
}

Tensor KLDivergence::values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

template <class F>
void fields(F& f, PoissonOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

Poisson::Poisson(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "Poisson")), loss_({.reduction = "none"}) {}

Config Poisson::get_config() const { return config_of(Options{.name = name()}); }

Poisson::Options Poisson::options_from(const Config& config) {
  return options_of<Options>("Poisson", config);
}

Tensor Poisson::values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

template <class F>
void fields(F& f, BinaryCrossentropyOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("from_logits", o.from_logits);
  f("label_smoothing", o.label_smoothing);
}

BinaryCrossentropy::BinaryCrossentropy(Options options)
    : MeanOfValues(name_or_new(options.name, "BinaryCrossentropy")),
      loss_({.from_logits = options.from_logits,
             .label_smoothing = options.label_smoothing,
             .reduction = "none"}),
      options_(std::move(options)) {}

Config BinaryCrossentropy::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

BinaryCrossentropy::Options BinaryCrossentropy::options_from(const Config& config) {
  return options_of<Options>("BinaryCrossentropy", config);
}

Tensor BinaryCrossentropy::values(const Tensor& y_true, const Tensor& y_pred,
                                  const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

template <class F>
void fields(F& f, CategoricalCrossentropyOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("from_logits", o.from_logits);
  f("label_smoothing", o.label_smoothing);
  f("axis", o.axis);
}

CategoricalCrossentropy::CategoricalCrossentropy(Options options)
    : MeanOfValues(name_or_new(options.name, "CategoricalCrossentropy")),
      loss_({.from_logits = options.from_logits,
             .label_smoothing = options.label_smoothing,
             .axis = options.axis,
             .reduction = "none"}),
      options_(std::move(options)) {}

Config CategoricalCrossentropy::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

CategoricalCrossentropy::Options CategoricalCrossentropy::options_from(const Config& config) {
  return options_of<Options>("CategoricalCrossentropy", config);
}

Tensor CategoricalCrossentropy::values(const Tensor& y_true, const Tensor& y_pred,
                                       const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

template <class F>
void fields(F& f, SparseCategoricalCrossentropyOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("from_logits", o.from_logits);
  f("ignore_class", o.ignore_class);
  f("axis", o.axis);
}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(Options options)
    : MeanOfValues(name_or_new(options.name, "SparseCategoricalCrossentropy")),
      loss_({.from_logits = options.from_logits,
             .ignore_class = options.ignore_class,
             .reduction = "none",
             .axis = options.axis}),
      options_(std::move(options)) {}

Config SparseCategoricalCrossentropy::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

SparseCategoricalCrossentropy::Options SparseCategoricalCrossentropy::options_from(
    const Config& config) {
  return options_of<Options>("SparseCategoricalCrossentropy", config);
}

Tensor SparseCategoricalCrossentropy::values(const Tensor& y_true, const Tensor& y_pred,
                                             const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

Tensor SparseCategoricalCrossentropy::values_mask(const Tensor& y_true, const Shape& values) const {
  return static_cast<const losses::Loss&>(loss_).values_mask(y_true, values);
}

}  // namespace keratin::metrics
