// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/activations/elementwise.h"

/// The elementwise activations made of exponentials and their kin.
namespace keratin::activations {

/// x, or alpha (exp(x / alpha) - 1) where x < 0.
struct CeluOptions {
  double alpha = 1.0;
};
using Celu = Elementwise<CeluOptions>;

/// x, or alpha (exp(x) - 1) where x < 0.
struct EluOptions {
  double alpha = 1.0;
};
using Elu = Elementwise<EluOptions>;

/// scale * elu(x, alpha) with the constants of Klambauer et al., arXiv:1706.02515.
struct SeluOptions {};
using Selu = Elementwise<SeluOptions>;

/// log(1 + exp(x)).
struct SoftplusOptions {};
using Softplus = Elementwise<SoftplusOptions>;

/// x / (1 + |x|).
struct SoftsignOptions {};
using Softsign = Elementwise<SoftsignOptions>;

/// (x + sqrt(x^2 + b)) / 2.
struct SquareplusOptions {
  double b = 4;
};
using Squareplus = Elementwise<SquareplusOptions>;

/// x sigmoid(x). Also "swish".
struct SiluOptions {};
using Silu = Elementwise<SiluOptions>;

/// x Phi(x), Phi the normal distribution; `approximate`: its tanh form (arXiv:1606.08415).
struct GeluOptions {
  bool approximate = false;
};
using Gelu = Elementwise<GeluOptions>;

struct TanhOptions {};
using Tanh = Elementwise<TanhOptions>;

/// x - tanh(x).
struct TanhShrinkOptions {};
using TanhShrink = Elementwise<TanhShrinkOptions>;

/// 1 / (1 + exp(-x)).
struct SigmoidOptions {};
using Sigmoid = Elementwise<SigmoidOptions>;

/// exp(x).
struct ExponentialOptions {};
using Exponential = Elementwise<ExponentialOptions>;

/// x tanh(softplus(x)).
struct MishOptions {};
using Mish = Elementwise<MishOptions>;

/// log(sigmoid(x)).
struct LogSigmoidOptions {};
using LogSigmoid = Elementwise<LogSigmoidOptions>;

}  // namespace keratin::activations
