// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/regularization/noise_shape.h"

#include "keratin/base/error.h"

namespace keratin::layers {

void check_noise_shape(std::string_view who, const Shape& noise) {
  for (const std::int64_t dim : noise) {
    if (dim != kNone && dim <= 0)
      invalid_argument(who, "noise_shape must have positive dimensions. Received: ", noise);
  }
}

void check_noise_shape(std::string_view who, const Config& config) {
  const Config* shape = config.find("noise_shape");
  if (shape == nullptr || !shape->is_list()) return;
  for (const Config& dim : shape->as_list()) {
    if (dim.is_int() && dim.as_int() <= 0)
      invalid_argument(who, "noise_shape must have positive dimensions. Received: ", dim.as_int());
  }
}

void check_noise_fits(const Layer& layer, const Shape& noise, const Shape& input_shape) {
  bool fits = noise.rank() == 0 || noise.rank() == input_shape.rank();
  for (std::size_t i = 0; fits && i < noise.rank(); ++i) {
    fits =
        noise[i] == 1 || noise[i] == kNone || input_shape[i] == kNone || noise[i] == input_shape[i];
  }
  if (!fits) {
    invalid_argument(layer.class_name(), "layer '", layer.name(), "': noise_shape ", noise,
                     " cannot be broadcast to inputs of shape ", input_shape);
  }
}

Shape noise_on(const Shape& noise, const Shape& input_shape) {
  Shape shape = input_shape;
  for (std::size_t i = 0; i < noise.rank(); ++i) {
    if (noise[i] != kNone) shape[i] = noise[i];
  }
  return shape;
}

}  // namespace keratin::layers
