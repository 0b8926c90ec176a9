// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keratin/tensor/tensor.h"

namespace keratin::utils {

struct ToCategoricalOptions {
  std::optional<std::int64_t> num_classes = {};  // none or 0: the largest label + 1
};

/// Labels as rows of zeros with a one at the label: shape(x) + (num_classes,), float32; a last
/// dimension of 1 (when it is not the only one) is dropped first.
///
/// `x` holds integers of any type, or floats that are exactly integral. Throws std::out_of_range,
/// naming the position, for a label outside [0, num_classes), and std::invalid_argument for a
/// fractional label, a negative num_classes, and no labels without num_classes.
/// Keras: `keras.utils.to_categorical`, where a negative label counts from the end, a fraction is
/// cut off and the result is float64.
Tensor to_categorical(const Tensor& x, const ToCategoricalOptions& options = {});

/// The same for a vector of labels.
template <class T = std::int64_t>
Tensor to_categorical(const std::vector<T>& x, const ToCategoricalOptions& options = {}) {
  return to_categorical(Tensor::from(x), options);
}

}  // namespace keratin::utils
