// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/base/fields.h"
#include "keratin/optimizers/optimizer.h"

/// What the lists of options of optimizers have in common. Not installed.
namespace keratin::optimizers {

using CommonOptions = OptimizerOptions;

/// The entries of every optimizer's config, in the order in which Keras writes them: f(key, the
/// option of each of `o`).
template <class F, class... Options>
void common_entries(F& f, Options&... o) {
  f("name", o.name...);
  f("learning_rate", o.learning_rate...);
  f("weight_decay", o.weight_decay...);
  f("clipnorm", o.clipnorm...);
  f("global_clipnorm", o.global_clipnorm...);
  f("clipvalue", o.clipvalue...);
  f("use_ema", o.use_ema...);
  f("ema_momentum", o.ema_momentum...);
  f("ema_overwrite_frequency", o.ema_overwrite_frequency...);
  f("loss_scale_factor", o.loss_scale_factor...);
  f("gradient_accumulation_steps", o.gradient_accumulation_steps...);
}

template <class Options>
CommonOptions common_options(const Options& o) {
  CommonOptions common;
  const auto copy = [](std::string_view, auto& to, const auto& from) { to = from; };
  common_entries(copy, common, o);
  return common;
}

template <class F, class Options>
void common_fields(F& f, Options& o) {
  common_entries(f, o);
  // Keras: warns that `decay` says nothing any more; the other two are tf.keras 2's.
  for (const std::string_view key : {"decay", "jit_compile", "is_legacy_optimizer"}) f.ignore(key);
}
template <class F>
void fields(F& f, OptimizerOptions& o) {
  common_fields(f, o);
}

/// Keras writes the rate as it stands now, in float32.
template <class Options>
void as_it_stands(const Optimizer& optimizer, Options& o) {
  o.name = optimizer.name();
  if constexpr (requires { o.learning_rate; }) o.learning_rate = optimizer.learning_rate_option();
}

/// Throws std::invalid_argument, as Keras, unless `value` is in [0, 1].
inline void check_share(std::string_view class_name, std::string_view option, double value) {
  if (!(value >= 0 && value <= 1)) {
    invalid_argument(class_name, option, " must be in the range [0, 1]. Received: ", value);
  }
}

}  // namespace keratin::optimizers
