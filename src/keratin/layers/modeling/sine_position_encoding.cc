// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/modeling/sine_position_encoding.h"

#include <cmath>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/modeling/positions.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {
namespace {

const SinePositionEncodingOptions& checked(const SinePositionEncodingOptions& o) {
  if (!(o.max_wavelength > 0)) {
    invalid_argument("SinePositionEncoding",
                     "max_wavelength must be positive. Received: ", o.max_wavelength);
  }
  return o;
}

}  // namespace

template <class F>
void fields(F& f, SinePositionEncodingOptions& o) {
  base_fields(f, o);
  f("max_wavelength", o.max_wavelength);
}

SinePositionEncoding::SinePositionEncoding(SinePositionEncodingOptions options)
    : Configured(options, base_options(kName, checked(options))) {
  build_at_init();
}

Shape SinePositionEncoding::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() < 3) {
    invalid_argument("SinePositionEncoding", "layer '", name(),
                     "' takes inputs of at least three dimensions, the last but one of which are "
                     "steps. Received shape: ",
                     input_shape);
  }
  return input_shape;
}

bool SinePositionEncoding::takes_keyword(std::string_view name) const {
  return is_of_positions(name) || Layer::takes_keyword(name);
}

std::vector<double> SinePositionEncoding::frequencies(std::int64_t width) const {
  std::vector<double> all;
  for (std::int64_t d = 0; d < width; ++d) {
    const double share = static_cast<double>(d / 2 * 2) / static_cast<double>(width);
    const auto frequency = static_cast<float>(std::pow(options_.max_wavelength, -share));
    all.push_back(static_cast<double>(frequency));  // Keras: float32
  }
  return all;
}

Values SinePositionEncoding::call(const Inputs& inputs, Pass&) const {
  const Shape& shape = inputs[0].shape();
  const std::int64_t width = shape.back();
  const Positions positions = positions_of(*this, inputs, shape[0], shape.dim(-2));
  const std::vector<double> frequencies = this->frequencies(width);
  Tensor waves = Tensor::zeros({positions.samples, positions.steps, width});
  float* out = waves.data<float>().data();
  for (const double at : positions.at) {
    for (std::int64_t d = 0; d < width; ++d) {
      const double angle = at * frequencies[static_cast<std::size_t>(d)];
      *out++ = static_cast<float>(d % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  }
  return ops::broadcast_to(waves, shape);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::SinePositionEncoding, layers::SinePositionEncodingOptions,
                          layers::LayerOf<layers::SinePositionEncoding>>;
}  // namespace keratin
