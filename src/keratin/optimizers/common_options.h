// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/optimizers/optimizer.h"

/// The options that all optimizers share. An options struct lists them again, after its own,
/// because an aggregate with a base class takes no designated initialisers. Not installed.
namespace keratin::optimizers {

using CommonOptions = OptimizerOptions;

template <class Options>
CommonOptions common_options(const Options& o) {
  return {o.learning_rate,
          o.weight_decay,
          o.clipnorm,
          o.clipvalue,
          o.global_clipnorm,
          o.use_ema,
          o.ema_momentum,
          o.ema_overwrite_frequency,
          o.loss_scale_factor,
          o.gradient_accumulation_steps,
          o.name};
}

/// The entries of every optimizer's config, in the order in which Keras writes them.
template <class F, class Options>
void common_fields(F& f, Options& o) {
  f("name", o.name);
  f("learning_rate", o.learning_rate);
  f("weight_decay", o.weight_decay);
  f("clipnorm", o.clipnorm);
  f("global_clipnorm", o.global_clipnorm);
  f("clipvalue", o.clipvalue);
  f("use_ema", o.use_ema);
  f("ema_momentum", o.ema_momentum);
  f("ema_overwrite_frequency", o.ema_overwrite_frequency);
  f("loss_scale_factor", o.loss_scale_factor);
  f("gradient_accumulation_steps", o.gradient_accumulation_steps);
}

template <class F>
void fields(F& f, OptimizerOptions& o) {
  common_fields(f, o);
}

// The two below find `fields(f, options)` of the options' own unit.

/// get_config: Keras writes the rate as it stands now, in float32.
template <class Options>
Config config_of(const Optimizer& optimizer, Options options) {
  options.name = optimizer.name();
  options.learning_rate = optimizer.learning_rate_option();
  ConfigWriter writer;
  fields(writer, options);
  return writer.take();
}

/// Throws std::invalid_argument, as Keras, unless `value` is in [0, 1].
inline void check_share(std::string_view class_name, std::string_view option, double value) {
  if (!(value >= 0 && value <= 1)) {
    invalid_argument(class_name, option, " must be in the range [0, 1]. Received: ", value);
  }
}

template <class Options>
Options read_options(std::string_view class_name, const Config& config) {
  Options options;
  ConfigReader reader(class_name, config);
  fields(reader, options);
  // Keras: warns that `decay` says nothing any more; the other two are tf.keras 2's.
  for (const std::string_view key : {"decay", "jit_compile", "is_legacy_optimizer"})
    reader.ignore(key);
  reader.finish();
  return options;
}

}  // namespace keratin::optimizers
