// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/metric.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::metrics {

struct Metric::Added {
  Variable variable;
  float initial;
};

Variable& Metric::add_variable(std::string name, const Shape& shape, float initial) {
  const auto count = static_cast<std::size_t>(shape.size());
  Tensor values = Tensor::from(std::vector<float>(count, initial), shape);
  added_.push_back(
      std::make_shared<Added>(Added{Variable(std::move(name), std::move(values), false), initial}));
  return added_.back()->variable;
}

void Metric::reset_state() {
  for (const auto& added : added_) {
    Tensor values = added->variable.value();
    std::ranges::fill(values.data<float>(), added->initial);
  }
}

std::vector<std::string> Metric::variable_names() const {
  std::vector<std::string> names;
  for (const StatePart& part : const_cast<Metric*>(this)->parts()) names.emplace_back(part.name);
  for (const auto& added : added_) names.push_back(added->variable.name());
  return names;
}

std::vector<Tensor> Metric::get_variables() const {
  std::vector<Tensor> values;
  for (const StatePart& part : const_cast<Metric*>(this)->parts()) {
    values.push_back(uninitialized(part.shape, DType::kFloat64));
    const auto out = values.back().data<double>();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = *part.numbers[i];
  }
  for (const auto& added : added_) values.push_back(cast(added->variable.value(), DType::kFloat64));
  return values;
}

void Metric::set_variables(const std::vector<Tensor>& values) {
  std::vector<StatePart> own = parts();
  if (own.size() + added_.size() < values.size() && values.back()) {
    const Shape& shape = values.back().shape();
    set_width(shape.rank() == 0 ? 1 : static_cast<std::size_t>(shape.back()));
    own = parts();
  }
  if (values.size() != own.size() + added_.size()) {
    invalid_argument(class_name(), "set_variables needs ", own.size() + added_.size(),
                     " tensors. Received: ", values.size());
  }
  std::vector<Tensor> numbers;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_added = i >= own.size();
    const Shape& shape = is_added ? added_[i - own.size()]->variable.shape() : own[i].shape;
    if (!values[i] || values[i].shape() != shape) {
      invalid_argument(class_name(), "set_variables: '", variable_names()[i], "' must have shape ",
                       shape, ". Received: ", values[i] ? to_string(values[i].shape()) : "none");
    }
    numbers.push_back(cast(values[i], DType::kFloat64));
  }
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto from = std::as_const(numbers[i]).data<double>();
    for (std::size_t j = 0; j < from.size(); ++j) *own[i].numbers[j] = from[j];
  }
  for (std::size_t i = 0; i < added_.size(); ++i)
    added_[i]->variable.assign(numbers[own.size() + i]);
}

}  // namespace keratin::metrics
