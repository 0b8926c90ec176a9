// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "keratin/activations/along_axis.h"
#include "keratin/activations/piecewise.h"
#include "keratin/activations/smooth.h"

namespace keratin {
template <class T>
struct NamedEntry;
}

/// All of Keras's activations: the objects, the functions, and the closed list of their names.
namespace keratin::activations {

/// The closed list (base/named_list.h).
std::span<const NamedEntry<const Activation>> entries();

/// What the identifier names. Keras: None is linear.
std::shared_ptr<const Activation> get(const Identifier<const Activation>& identifier);

// The functions: what the object of that name gives. float32 out, whatever comes in.

Tensor relu(const Tensor& x, ReluOptions options = {});
Tensor leaky_relu(const Tensor& x, LeakyReluOptions options = {});
Tensor relu6(const Tensor& x);
Tensor softmax(const Tensor& x, SoftmaxOptions options = {});
Tensor celu(const Tensor& x, CeluOptions options = {});
Tensor elu(const Tensor& x, EluOptions options = {});
Tensor selu(const Tensor& x);
Tensor softplus(const Tensor& x);
Tensor softsign(const Tensor& x);
Tensor squareplus(const Tensor& x, SquareplusOptions options = {});
Tensor soft_shrink(const Tensor& x, SoftShrinkOptions options = {});
Tensor sparse_plus(const Tensor& x);
Tensor silu(const Tensor& x);
Tensor gelu(const Tensor& x, GeluOptions options = {});
Tensor glu(const Tensor& x, GluOptions options = {});
Tensor tanh(const Tensor& x);
Tensor tanh_shrink(const Tensor& x);
Tensor threshold(const Tensor& x, ThresholdOptions options);
Tensor sigmoid(const Tensor& x);
Tensor sparse_sigmoid(const Tensor& x);
Tensor exponential(const Tensor& x);
Tensor hard_sigmoid(const Tensor& x);
Tensor hard_silu(const Tensor& x);
Tensor hard_tanh(const Tensor& x);
Tensor hard_shrink(const Tensor& x, HardShrinkOptions options = {});
Tensor linear(const Tensor& x);
Tensor mish(const Tensor& x);
Tensor log_softmax(const Tensor& x, LogSoftmaxOptions options = {});
Tensor log_sigmoid(const Tensor& x);
Tensor sparsemax(const Tensor& x, SparsemaxOptions options = {});
Tensor swish(const Tensor& x);
Tensor hard_swish(const Tensor& x);

}  // namespace keratin::activations
