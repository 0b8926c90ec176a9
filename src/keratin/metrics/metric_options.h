// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/auto_name.h"
#include "keratin/base/config.h"
#include "keratin/base/error.h"
#include "keratin/losses/sample_weights.h"
#include "keratin/tensor/tensor_access.h"

/// What the metrics have in common: how options become config, and labels meet predictions. Not
/// installed.
namespace keratin::metrics {

/// Keras's metrics write their dtype; ours gather in double and give float32, whatever a file says.
inline void dtype_field(ConfigWriter& writer) { writer("dtype", std::string("float32")); }
inline void dtype_field(ConfigReader& reader) { reader.ignore("dtype"); }

template <class Options>
Config config_of(Options options) {
  ConfigWriter writer;
  fields(writer, options);
  return writer.take();
}

template <class Options>
Options options_of(std::string_view who, const Config& config, Options options = {}) {
  if (config.is_null()) return options;
  ConfigReader reader(who, config);
  fields(reader, options);
  reader.finish();
  return options;
}

/// Keras: a metric without a name gets a new one from its class.
inline std::string name_or_new(std::string name, std::string_view class_name) {
  return name.empty() ? auto_name(class_name) : std::move(name);
}

/// Labels and predictions as float32 under one shape.
struct Pair {
  Tensor y_true;
  Tensor y_pred;
  Shape shape;
};

/// Throws std::invalid_argument unless both have one shape, an axis of size 1 at the end aside.
inline Pair pair_of(const Tensor& y_true, const Tensor& y_pred, std::string_view who) {
  if (!y_true || !y_pred) invalid_argument(who, "y_true and y_pred must be given");
  Shape truth = y_true.shape();
  Shape shape = y_pred.shape();
  losses::squeeze_or_expand_to_same_rank(truth, shape);
  if (truth != shape) {
    invalid_argument(
        who, "y_true and y_pred must have shapes that go together. Received: y_true of shape ",
        y_true.shape(), " and y_pred of shape ", y_pred.shape());
  }
  return {cast(y_true, DType::kFloat32), cast(y_pred, DType::kFloat32), std::move(shape)};
}

}  // namespace keratin::metrics
