// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "keratin/base/config.h"
#include "keratin/layers/layer.h"

/// `noise_shape`, the shape of choices that are broadcast over inputs: kNone stands for the inputs'
/// dimension, and no shape at all for theirs. Not installed.
namespace keratin::layers {

/// Keras writes None where there is none.
template <class F>
void noise_shape_field(F& f, Shape& noise) {
  std::optional<Shape> written;
  if (noise.rank() != 0) written = noise;
  f("noise_shape", written);
  noise = written.value_or(Shape());
}
/// Throw std::invalid_argument for dimensions that are not positive. A config writes an open one as
/// null: -1 there is a mistake, which a Shape could not tell.
void check_noise_shape(std::string_view who, const Shape& noise);
void check_noise_shape(std::string_view who, const Config& config);
/// Throws std::invalid_argument unless the choices can be broadcast over inputs of that shape.
void check_noise_fits(const Layer& layer, const Shape& noise, const Shape& input_shape);
/// For inputs of that shape.
Shape noise_on(const Shape& noise, const Shape& input_shape);

}  // namespace keratin::layers
