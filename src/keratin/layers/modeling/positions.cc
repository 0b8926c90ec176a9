// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/modeling/positions.h"

#include "keratin/base/error.h"
#include "keratin/layers/call_arguments.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

std::vector<double> numbers_of(const Tensor& tensor) {
  const Tensor wide = cast(tensor, DType::kFloat64);
  const auto all = wide.data<double>();
  return {all.begin(), all.end()};
}

double start_of(const Layer& layer, const Inputs& inputs) {
  if (const Value given = named(inputs, "start_index")) {
    if (given.shape().size() != 1) {
      invalid_argument(layer.class_name(), "layer '", layer.name(),
                       "': start_index must be one number. Received shape: ", given.shape());
    }
    return numbers_of(given.tensor())[0];
  }
  const Config* const option =
      inputs.options.is_null() ? nullptr : inputs.options.find("start_index");
  return option == nullptr || option->is_null() ? 0 : option->as_double();
}

}  // namespace

bool is_of_positions(std::string_view keyword) {
  return keyword == "start_index" || keyword == "positions";
}

Positions positions_of(const Layer& layer, const Inputs& inputs, std::int64_t batch,
                       std::int64_t steps) {
  Positions result;
  result.steps = steps;
  if (const Value given = named(inputs, "positions")) {
    const Shape& shape = given.shape();
    const bool fits = (shape.rank() == 1 || shape.rank() == 2) && shape.back() == steps &&
                      (shape.rank() == 1 || shape[0] == 1 || shape[0] == batch);
    if (!fits) {
      invalid_argument(layer.class_name(), "layer '", layer.name(), "': positions must have shape ",
                       Shape{steps}, " or ", Shape{batch, steps}, ". Received: ", shape);
    }
    result.samples = shape.rank() == 1 ? 1 : shape[0];
    result.at = numbers_of(given.tensor());
    return result;
  }
  const double start = start_of(layer, inputs);
  for (std::int64_t i = 0; i < steps; ++i) result.at.push_back(start + static_cast<double>(i));
  return result;
}

}  // namespace keratin::layers
