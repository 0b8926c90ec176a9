// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "keratin/layers/layer_fields.h"

/// What a normalized number is multiplied with, and what is added: gamma and beta by a layer's
/// options. Not installed.
namespace keratin::layers {

template <class Options>
Layer::WeightOptions gamma_weight(const Options& o, Shape shape) {
  return {.name = "gamma",
          .shape = std::move(shape),
          .initializer = o.gamma_initializer,
          .regularizer = o.gamma_regularizer,
          .constraint = o.gamma_constraint};
}
template <class Options>
Layer::WeightOptions beta_weight(const Options& o, Shape shape) {
  return {.name = "beta",
          .shape = std::move(shape),
          .initializer = o.beta_initializer,
          .regularizer = o.beta_regularizer,
          .constraint = o.beta_constraint};
}

/// Keras's order.
template <class F, class Options>
void scale_and_offset_fields(F& f, Options& o) {
  f("beta_initializer", o.beta_initializer);
  f("gamma_initializer", o.gamma_initializer);
  if constexpr (requires { o.moving_mean_initializer; }) {
    f("moving_mean_initializer", o.moving_mean_initializer);
    f("moving_variance_initializer", o.moving_variance_initializer);
  }
  f("beta_regularizer", o.beta_regularizer);
  f("gamma_regularizer", o.gamma_regularizer);
  f("beta_constraint", o.beta_constraint);
  f("gamma_constraint", o.gamma_constraint);
}

}  // namespace keratin::layers
