// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/class_weight.h"

#include <cmath>
#include <cstddef>

#include "keratin/base/invalid_entry.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::trainers {
namespace {

/// As numpy's argmax: the first of equal values; the first NaN counts as the largest.
template <class T>
std::int64_t argmax(const T* values, std::int64_t count) {
  std::int64_t best = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(values[i])) return i;
    }
    if (values[i] > values[best]) best = i;
  }
  return best;
}

template <class T>
std::int64_t label(std::string_view who, T value, std::int64_t sample) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!(std::fabs(value) < static_cast<T>(9e15))) {
      invalid_entry(who, "class_weight needs labels that are numbers of classes. Received: y[",
                    sample, "] = ", value);
    }
    return static_cast<std::int64_t>(std::nearbyint(value));
  } else {
    return static_cast<std::int64_t>(value);
  }
}

}  // namespace

Tensor class_weight_to_sample_weight(std::string_view who, const Tensor& y,
                                     const std::map<std::int64_t, double>& class_weight) {
  if (!y || y.shape().rank() == 0)
    invalid_argument(who, "class_weight needs labels. Received: no y.");
  const std::int64_t samples = y.shape()[0];
  const std::int64_t classes = y.shape().rank() > 1 ? y.shape().back() : 1;
  if (samples * classes != y.size() || classes == 0) {
    invalid_argument(who, "class_weight needs one label a sample. Received: y of shape ",
                     y.shape());
  }
  Tensor weights = uninitialized({samples});
  const auto out = weights.data<float>();
  visit_dtype(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* values = y.data<T>().data();
    for (std::int64_t i = 0; i < samples; ++i) {
      const std::int64_t id =
          classes == 1 ? label(who, values[i], i) : argmax(values + i * classes, classes);
      const auto found = class_weight.find(id);
      out[static_cast<std::size_t>(i)] =
          found == class_weight.end() ? 1.0f : static_cast<float>(found->second);
    }
  });
  return weights;
}

void weigh_classes(std::string_view who, Arrays& arrays,
                   const std::map<std::int64_t, double>& class_weight) {
  if (class_weight.empty()) return;
  if (arrays.sample_weight) {
    invalid_argument(who, "sample_weight and class_weight cannot be given at the same time.");
  }
  if (arrays.y.size() > 1)
    invalid_argument(who, "class_weight is only supported for models with a single output.");
  arrays.sample_weight = class_weight_to_sample_weight(who, arrays.y, class_weight);
}

}  // namespace keratin::trainers
