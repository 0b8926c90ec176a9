// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "keratin/activations/activations.h"
#include "keratin/graph/op.h"

/// The activations on values: their loops both ways are those of activations/, whose headers have
/// the formulas and the shapes. float32, whatever type x has. Threads: as Value. Keras: keras.ops.
namespace keratin::ops {

/// An op that is this activation.
std::shared_ptr<const Op> activation_op(std::shared_ptr<const activations::Activation> activation);
/// activation(x) of a value with elements, float32: a new tensor, of linear too. What layers call.
Value activate(const std::shared_ptr<const activations::Activation>& activation, const Value& x);
/// activate(), and where it is linear x itself: what stands behind a product.
inline Value activated(const std::shared_ptr<const activations::Activation>& activation, Value x) {
  return activation->is_linear() ? std::move(x) : activate(activation, x);
}
/// Any activation, one of the user's too. Linear gives x itself.
Value activation(const Value& x, std::shared_ptr<const activations::Activation> activation);

Value relu(const Value& x);
Value relu6(const Value& x);
Value sigmoid(const Value& x);
Value sparse_sigmoid(const Value& x);
Value softplus(const Value& x);
Value softsign(const Value& x);
Value soft_shrink(const Value& x, double threshold = 0.5);
Value sparse_plus(const Value& x);
Value silu(const Value& x);
inline Value swish(const Value& x) { return silu(x); }
Value squareplus(const Value& x, double b = 4);
Value log_sigmoid(const Value& x);
Value leaky_relu(const Value& x, double negative_slope = 0.2);
Value hard_sigmoid(const Value& x);
Value hard_silu(const Value& x);
inline Value hard_swish(const Value& x) { return hard_silu(x); }
Value elu(const Value& x, double alpha = 1.0);
Value selu(const Value& x);
/// Keras: keras.ops approximates where keras.activations does not.
Value gelu(const Value& x, bool approximate = true);
Value celu(const Value& x, double alpha = 1.0);
Value glu(const Value& x, int axis = -1);
Value tanh(const Value& x);
Value tanh_shrink(const Value& x);
Value hard_tanh(const Value& x);
Value hard_shrink(const Value& x, double threshold = 0.5);
Value threshold(const Value& x, double threshold, double default_value);
Value softmax(const Value& x, activations::LineAxes axis = -1);
Value log_softmax(const Value& x, activations::LineAxes axis = -1);
Value sparsemax(const Value& x, int axis = -1);

}  // namespace keratin::ops
