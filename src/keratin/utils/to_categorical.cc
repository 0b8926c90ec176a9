// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/to_categorical.h"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <utility>

#include "keratin/base/error.h"

namespace keratin::utils {
namespace {

constexpr std::string_view kToCategorical = "to_categorical";

template <class T>
std::int64_t label_of(T value, std::size_t position) {
  if constexpr (std::floating_point<T>) {
    const double number = value;
    if (number != std::floor(number) || !(std::fabs(number) < 9.2e18)) {
      invalid_argument(kToCategorical, "label ", position, " is no integer. Received: ", value);
    }
    return static_cast<std::int64_t>(number);
  } else if constexpr (std::same_as<T, std::uint64_t>) {
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    return value > static_cast<std::uint64_t>(kMost) ? kMost : static_cast<std::int64_t>(value);
  } else {
    return static_cast<std::int64_t>(value);
  }
}

std::vector<std::int64_t> labels_of(const Tensor& x) {
  std::vector<std::int64_t> labels;
  visit_dtype(x.dtype(), [&](auto zero) {
    for (const auto value : x.data<decltype(zero)>()) {
      labels.push_back(label_of(value, labels.size()));
    }
  });
  return labels;
}

std::int64_t class_count(const std::vector<std::int64_t>& labels, std::int64_t num_classes) {
  if (num_classes < 0) {
    invalid_argument(kToCategorical, "num_classes must not be negative. Received: ", num_classes);
  }
  if (num_classes > 0) return num_classes;
  if (labels.empty()) {
    invalid_argument(kToCategorical,
                     "no labels and no num_classes: the width of the result is not known.");
  }
  const std::int64_t largest = *std::max_element(labels.begin(), labels.end());
  if (largest == std::numeric_limits<std::int64_t>::max()) {
    out_of_range(kToCategorical, "the largest label is too large. Received: ", largest);
  }
  return std::max<std::int64_t>(largest + 1, 0);
}

}  // namespace

Tensor to_categorical(const Tensor& x, const ToCategoricalOptions& options) {
  const std::vector<std::int64_t> labels = labels_of(x);
  const std::int64_t num_classes = class_count(labels, options.num_classes.value_or(0));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= num_classes) {
      out_of_range(kToCategorical, "label ", i, " is outside [0, ", num_classes,
                   "). Received: ", labels[i]);
    }
  }
  std::vector<std::int64_t> dims(x.shape().begin(), x.shape().end());
  if (dims.size() > 1 && dims.back() == 1) dims.pop_back();
  dims.push_back(num_classes);
  Tensor result = Tensor::zeros(Shape(std::move(dims)));
  const auto out = result.data<float>();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    out[i * static_cast<std::size_t>(num_classes) + static_cast<std::size_t>(labels[i])] = 1;
  }
  return result;
}

}  // namespace keratin::utils
