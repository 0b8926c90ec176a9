// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// Smooth functions of many floats, and the ways back through them. An element has the same bits
/// wherever it stands. NaN gives NaN. `y` and `dx` may be `x`, `y` or `dy`.
namespace keratin::kernels {

/// y = 1 / (1 + exp(-x)).
void sigmoid(std::int64_t count, const float* x, float* y);
/// y = tanh(x).
void tanh(std::int64_t count, const float* x, float* y);
/// dx = dy (1 - y^2).
void tanh_back(std::int64_t count, const float* y, const float* dy, float* dx);

void exp(std::int64_t count, const float* x, float* y);
/// y = exp(x) - 1.
void expm1(std::int64_t count, const float* x, float* y);

/// Natural logarithms: of 0 minus infinity, of less NaN.
void log(std::int64_t count, const float* x, float* y);
/// y = log(1 + x).
void log1p(std::int64_t count, const float* x, float* y);

/// What the kin of ELU are: scale x right of 0, else scale alpha (exp(x / width) - 1).
struct EluShape {
  float width = 1;
  float alpha = 1;
  float scale = 1;
};
void elu(std::int64_t count, const EluShape& shape, const float* x, float* y);

/// y = log(1 / (1 + exp(-x))).
void log_sigmoid(std::int64_t count, const float* x, float* y);
/// y = log(1 + exp(x)).
void softplus(std::int64_t count, const float* x, float* y);
/// dx = dy sigmoid(x).
void softplus_back(std::int64_t count, const float* x, const float* dy, float* dx);

/// y = x sigmoid(x).
void silu(std::int64_t count, const float* x, float* y);
void silu_back(std::int64_t count, const float* x, const float* dy, float* dx);

/// y = x Phi(x), Phi the normal distribution, within 4.3e-7 of it (8 ulp): D. Hendrycks, K. Gimpel,
/// "Gaussian error linear units", arXiv:1606.08415.
void gelu(std::int64_t count, const float* x, float* y);
void gelu_back(std::int64_t count, const float* x, const float* dy, float* dx);
/// The tanh form of the same paper: y = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
void gelu_by_tanh(std::int64_t count, const float* x, float* y);
void gelu_by_tanh_back(std::int64_t count, const float* x, const float* dy, float* dx);

}  // namespace keratin::kernels
