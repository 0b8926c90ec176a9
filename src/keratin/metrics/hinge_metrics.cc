// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/hinge_metrics.h"

#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

template <class F>
void fields(F& f, HingeOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

Hinge::Hinge(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "Hinge")), loss_({.reduction = "none"}) {}

Config Hinge::get_config() const { return config_of(Options{.name = name()}); }

Hinge::Options Hinge::options_from(const Config& config) {
  return options_of<Options>("Hinge", config);
}

Tensor Hinge::values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

template <class F>
void fields(F& f, SquaredHingeOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

SquaredHinge::SquaredHinge(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "SquaredHinge")),
      loss_({.reduction = "none"}) {}

Config SquaredHinge::get_config() const { return config_of(Options{.name = name()}); }

SquaredHinge::Options SquaredHinge::options_from(const Config& config) {
  return options_of<Options>("SquaredHinge", config);
}

Tensor SquaredHinge::values(const Tensor& y_true, const Tensor& y_pred, const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

template <class F>
void fields(F& f, CategoricalHingeOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

CategoricalHinge::CategoricalHinge(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "CategoricalHinge")),
      loss_({.reduction = "none"}) {}

Config CategoricalHinge::get_config() const { return config_of(Options{.name = name()}); }

CategoricalHinge::Options CategoricalHinge::options_from(const Config& config) {
  return options_of<Options>("CategoricalHinge", config);
}

Tensor CategoricalHinge::values(const Tensor& y_true, const Tensor& y_pred,
                                const Tensor& mask) const {
  return loss_(y_true, y_pred, {}, mask);
}

}  // namespace keratin::metrics
