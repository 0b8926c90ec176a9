// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/metric.h"

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::metrics {

std::vector<std::string> Metric::variable_names() const {
  std::vector<std::string> names;
  for (const StatePart& part : const_cast<Metric*>(this)->parts()) names.emplace_back(part.name);
  return names;
}

std::vector<Tensor> Metric::get_variables() const {
  std::vector<Tensor> values;
  for (const StatePart& part : const_cast<Metric*>(this)->parts()) {
    values.push_back(uninitialized(part.shape, DType::kFloat64));
    const auto out = values.back().data<double>();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = *part.numbers[i];
  }
  return values;
}

void Metric::set_variables(const std::vector<Tensor>& values) {
  std::vector<StatePart> own = parts();
  if (own.size() < values.size() && values.back()) {
    const Shape& shape = values.back().shape();
    set_width(shape.rank() == 0 ? 1 : static_cast<std::size_t>(shape.back()));
    own = parts();
  }
  if (values.size() != own.size()) {
    invalid_argument(class_name(), "set_variables needs ", own.size(),
                     " tensors. Received: ", values.size());
  }
  std::vector<Tensor> numbers;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (!values[i] || values[i].shape() != own[i].shape) {
      invalid_argument(class_name(), "set_variables: '", own[i].name, "' must have shape ",
                       own[i].shape,
                       ". Received: ", values[i] ? to_string(values[i].shape()) : "none");
    }
    numbers.push_back(cast(values[i], DType::kFloat64));
  }
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto from = std::as_const(numbers[i]).data<double>();
    for (std::size_t j = 0; j < from.size(); ++j) *own[i].numbers[j] = from[j];
  }
}

}  // namespace keratin::metrics
