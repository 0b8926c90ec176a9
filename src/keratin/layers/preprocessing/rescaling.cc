// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/rescaling.h"

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/arithmetic.h"

namespace keratin::layers {
namespace {

/// Keras: a number, a list, or an array in a form of its own.
struct Numbers {
  std::vector<double>& numbers;
};
Config to_config(const Numbers& one) {
  return one.numbers.size() == 1 ? Config(one.numbers[0]) : keratin::to_config(one.numbers);
}
void from_config(const Config& config, Numbers& one) {
  const bool is_array = config.is_dict() && config.find("config") != nullptr;
  const Config& value = is_array ? config.at("config").at("value") : config;
  if (value.is_list()) {
    keratin::from_config(value, one.numbers);
  } else {
    one.numbers = {value.as_double()};
  }
}

Value constant(const std::vector<double>& numbers) {
  Tensor tensor = Tensor::zeros(
      numbers.size() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(numbers.size())});
  for (std::size_t i = 0; i < numbers.size(); ++i)
    tensor.data<float>()[i] = static_cast<float>(numbers[i]);
  return tensor;
}

}  // namespace

template <class F>
void fields(F& f, RescalingOptions& o) {
  base_fields(f, o);
  std::vector<double> given = o.scale.value_or(std::vector<double>());
  Numbers scale{given}, offset{o.offset};
  f("scale", scale);
  f("offset", offset);
  if (!given.empty()) o.scale = given;
}

Rescaling::Rescaling(RescalingOptions options) : Configured(options, base_options(kName, options)) {
  if (!options_.scale || options_.scale->empty()) invalid_argument(kName, "scale must be given.");
  if (options_.offset.empty()) invalid_argument(kName, "offset must be a number, or some.");
  build_at_init();
}

Shape Rescaling::compute_output_shape(const Shape& input_shape) const {
  for (const auto* numbers : {&options_.scale.value(), &options_.offset}) {
    const auto count = static_cast<std::int64_t>(numbers->size());
    const bool fits = count == 1 || (input_shape.rank() > 0 &&
                                     (input_shape.back() == count || input_shape.back() == kNone));
    if (!fits) {
      invalid_argument(kName, "layer '", name(),
                       "': scale and offset must be one number, or one for "
                       "each of the last axis. Received: ",
                       count, " for inputs of shape ", input_shape);
    }
  }
  return input_shape;
}

Values Rescaling::call(const Inputs& inputs, Pass&) const {
  return ops::add(ops::multiply(inputs[0], constant(*options_.scale)), constant(options_.offset));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Rescaling, layers::RescalingOptions,
                          layers::LayerOf<layers::Rescaling>>;
}  // namespace keratin
