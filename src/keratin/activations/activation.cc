// SPDX-License-Identifier: Apache-2.0
#include "keratin/activations/activation.h"

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::activations {

Tensor Activation::operator()(const Tensor& x) const {
  const Tensor input = cast(x, DType::kFloat32);
  Tensor y = uninitialized(compute_output_shape(input.shape()));
  forward(input.data<float>(), input.shape(), y.data<float>());
  return y;
}

Tensor Activation::gradient(const Tensor& x, const Tensor& y, const Tensor& y_gradient) const {
  const Shape wanted = compute_output_shape(x.shape());
  if (y.shape() != wanted || y_gradient.shape() != wanted) {
    invalid_argument(name(), "y and its gradient must have shape ", wanted,
                     ". Received: ", y.shape(), " and ", y_gradient.shape());
  }
  Tensor x_gradient = uninitialized(x.shape());
  backward(x.data<float>(), y.data<float>(), y_gradient.data<float>(), x.shape(),
           x_gradient.data<float>());
  return x_gradient;
}

}  // namespace keratin::activations
