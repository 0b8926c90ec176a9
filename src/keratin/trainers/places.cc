// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/places.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"

namespace keratin::trainers {
namespace {

std::string joined(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) text += str(text.empty() ? "" : ", ", name);
  return text;
}

/// The named tensors in the order of `names`; null where there is none of a name.
Tensors ordered(std::string_view who, std::string_view what, const Tensors& given,
                const std::vector<std::string>& names) {
  std::vector<Tensor> result(names.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), given.names()[i]);
    if (found == names.end()) {
      const std::vector<std::string_view> known(names.begin(), names.end());
      unknown_name(who, what, given.names()[i], known);
    }
    result[static_cast<std::size_t>(found - names.begin())] = given[i];
  }
  return result;
}

[[noreturn]] void wrong_count(std::string_view who, std::string_view part, std::string_view what,
                              const std::vector<std::string>& names, std::size_t given) {
  if (names.size() < 2) {
    invalid_argument(who, "the model has one ", what, ": ", part,
                     " must be one tensor, or a list of one. Received: ", given, " tensors.");
  }
  invalid_argument(who, "the model has ", names.size(), " ", what, "s, ", joined(names), ": ", part,
                   " must have a tensor for each, in a list or by name. Received: ", given,
                   given == 1 ? " tensor." : " tensors.");
}

}  // namespace

Arrays Places::operator()(std::string_view who, Arrays arrays) const {
  arrays.x = of_inputs(who, std::move(arrays.x));
  if (inputs_only) return {std::move(arrays.x), {}, {}};
  if (any_targets) return arrays;
  arrays.y = of_targets(who, std::move(arrays.y));
  arrays.sample_weight = of_weights(who, std::move(arrays.sample_weight));
  return arrays;
}

Tensors Places::of_inputs(std::string_view who, Tensors x) const {
  const std::size_t count = std::max<std::size_t>(inputs.size(), 1);
  if (!x.names().empty() && !inputs.empty()) {
    Tensors result = ordered(who, "input", x, inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!result[i]) {
        invalid_argument(who, "x has no '", inputs[i], "': the model's inputs are ", joined(inputs),
                         ". Received: ", joined(x.names()), ".");
      }
    }
    return result;
  }
  if (x.size() != count) wrong_count(who, "x", "input", inputs, x.size());
  return x;
}

Tensors Places::of_targets(std::string_view who, Tensors y) const {
  if (y.empty()) return y;
  const std::size_t count = std::max<std::size_t>(outputs.size(), 1);
  if (!y.names().empty() && !outputs.empty()) return ordered(who, "output", y, outputs);
  if (y.size() == count) return y;
  const auto losses = std::count(with_loss.begin(), with_loss.end(), true);
  if (y.size() != static_cast<std::size_t>(losses))
    wrong_count(who, "y", "output", outputs, y.size());
  std::vector<Tensor> result(count);
  for (std::size_t i = 0, next = 0; i < count; ++i) {
    if (with_loss[i]) result[i] = y[next++];
  }
  return result;
}

Tensors Places::of_weights(std::string_view who, Tensors weights) const {
  if (weights.empty()) return weights;
  const std::size_t count = std::max<std::size_t>(outputs.size(), 1);
  if (!weights.names().empty() && !outputs.empty()) return ordered(who, "output", weights, outputs);
  if (weights.size() == count) return weights;
  if (weights.size() != 1) wrong_count(who, "sample_weight", "output", outputs, weights.size());
  return std::vector<Tensor>(count, weights[0]);
}

}  // namespace keratin::trainers
