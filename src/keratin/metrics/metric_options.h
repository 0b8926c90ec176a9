// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/base/fields.h"
#include "keratin/losses/sample_weights.h"
#include "keratin/metrics/metric.h"
#include "keratin/tensor/tensor_access.h"

/// What the metrics have in common: how options become config, and labels meet predictions. Not
/// installed.
namespace keratin::metrics {

inline constexpr double kEpsilon = 1e-7;  // Keras: backend.epsilon()

/// Keras's metrics write their dtype; ours gather in double and give float32, whatever a file says.
inline void dtype_field(FieldWriter& writer) { writer("dtype", std::string("float32")); }
inline void dtype_field(FieldReader& reader) { reader.ignore("dtype"); }

template <class F, class Options>
void common_fields(F& f, Options& o) {
  f("name", o.name);
  dtype_field(f);
}

/// The list of a metric without options of its own.
template <class F, HasOnly<std::string> Options>
void fields(F& f, Options& o) {
  common_fields(f, o);
}

template <class Options>
void as_it_stands(const Metric& metric, Options& options) {
  options.name = metric.name();
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
