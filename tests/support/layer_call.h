// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "keratin/layers/layer.h"

/// One call of a layer in training, and its derivatives.
namespace keratin::testing {

struct LayerCall {
  Tensor output;
  Tensor input_slope;           // null where the inputs are no float32
  std::vector<Tensor> weights;  // the gradient of each weight; those of tables spread out
};

/// A table's gradient as a tensor of the table's size.
inline Tensor spread(const SparseRows& rows, const Shape& shape) {
  Tensor whole = Tensor::zeros(shape);
  const auto width = static_cast<std::size_t>(shape[1]);
  for (std::size_t r = 0; r < rows.ids.size(); ++r) {
    for (std::size_t d = 0; d < width; ++d)
      whole.data<float>()[static_cast<std::size_t>(rows.ids[r]) * width + d] =
          rows.values.data<float>()[r * width + d];
  }
  return whole;
}

/// The derivatives of sum(output * slope); a null slope is the output itself. `gradients`, where
/// given, gets those of the weights as they are.
inline LayerCall differentiate(const layers::Layer& layer, const Tensor& x, const Tensor& mask,
                               Tensor slope, Gradients* gradients = nullptr, bool training = true) {
  Pass pass(training, std::make_shared<Tape>());
  Value input = x.dtype() == DType::kFloat32 ? pass.tape->watch(x) : Value(x);
  if (mask) input = input.with_mask(mask);
  const Value output = layer.run(input, pass);
  Gradients found;
  LayerCall result;
  result.output = output.tensor();
  if (!slope) slope = result.output;
  const std::vector<Tensor> slopes =
      pass.tape->slopes(output, slope, std::vector<Value>{input}, &found);
  if (x.dtype() == DType::kFloat32) result.input_slope = slopes[0];
  for (const auto& weight : layer.weights()) {
    const Gradients::Entry* entry = found.find(*weight);
    if (entry == nullptr) {
      result.weights.push_back(Tensor::zeros(weight->shape()));
    } else {
      result.weights.push_back(entry->rows.values ? spread(entry->rows, weight->shape())
                                                  : entry->dense);
    }
  }
  if (gradients != nullptr) *gradients = std::move(found);
  return result;
}

}  // namespace keratin::testing
