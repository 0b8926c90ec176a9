// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keratin/layers/layers.h"

/// One call of a recurrent layer, or of a cell, with its derivatives.
namespace keratin::layers {

/// By which name a layer, or a cell, is given states.
inline std::string states_name(const Layer& layer) {
  return layer.takes_keyword("states") ? "states" : "initial_state";
}

/// One call with its derivatives.
struct Called {
  Values outputs;
  Tensor x_slope;
  std::vector<Tensor> state_slopes, weight_slopes;

  std::vector<Tensor> all() const {
    std::vector<Tensor> tensors = weight_slopes;
    for (const Value& output : outputs) tensors.push_back(output.tensor());
    tensors.insert(tensors.end(), state_slopes.begin(), state_slopes.end());
    return tensors;
  }
};

/// `slopes`: of the outputs, the first or all.
inline Called called(const Layer& layer, const Tensor& x, const Tensor& mask,
                     const std::vector<Tensor>& states, const std::vector<Tensor>& slopes,
                     bool training = true) {
  Pass pass(training, std::make_shared<Tape>(true));
  Value input = pass.tape->watch(x);
  std::vector<Value> by = {input};
  Inputs inputs(mask ? input.with_mask(mask) : input);
  Values initial;
  for (const Tensor& state : states) initial.push_back(by.emplace_back(pass.tape->watch(state)));
  if (!states.empty()) inputs.named.emplace_back(states_name(layer), initial);
  Called result{layer.run(inputs, pass), {}, {}, {}};
  Gradients found;
  const auto add = [&](std::vector<Tensor> from) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      Tensor& sum = i == 0 ? result.x_slope : result.state_slopes.at(i - 1);
      for (std::size_t k = 0; sum && k < from[i].data<float>().size(); ++k)
        from[i].data<float>()[k] += sum.data<float>()[k];
      sum = from[i];
    }
  };
  result.state_slopes.resize(states.size());
  for (std::size_t i = 0; i < slopes.size(); ++i)
    add(pass.tape->slopes(result.outputs[i], slopes[i], by, &found));
  for (const auto& weight : layer.weights()) {
    if (!weight->trainable()) continue;
    const Gradients::Entry* entry = found.find(*weight);
    result.weight_slopes.push_back(entry == nullptr ? Tensor::zeros(weight->shape())
                                                    : entry->dense);
  }
  return result;
}

}  // namespace keratin::layers
