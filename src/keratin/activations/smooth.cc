// SPDX-License-Identifier: Apache-2.0
#include "keratin/activations/smooth.h"

#include <cmath>

#include "keratin/activations/elementwise_loops.h"
#include "keratin/kernels/smooth.h"

namespace keratin::activations {
namespace {

float sigmoid_of(float x) {
  const float z = std::exp(-std::fabs(x));  // never overflows
  return (x < 0 ? z : 1.0f) / (1.0f + z);
}

}  // namespace

template <>
struct Formula<CeluOptions> {
  static constexpr std::string_view kName = "celu";
  template <class F>
  static void fields(F& f, CeluOptions& o) {
    f("alpha", o.alpha);
  }
  explicit Formula(const CeluOptions& o) : alpha(static_cast<float>(o.alpha)) {}
  void values(std::int64_t count, const float* x, float* y) const {
    kernels::elu(count, {.width = alpha, .alpha = alpha}, x, y);
  }
  float derivative(float x, float y) const { return x > 0 ? 1.0f : y / alpha + 1.0f; }
  float alpha;
};

template <>
struct Formula<EluOptions> {
  static constexpr std::string_view kName = "elu";
  template <class F>
  static void fields(F& f, EluOptions& o) {
    f("alpha", o.alpha);
  }
  explicit Formula(const EluOptions& o) : alpha(static_cast<float>(o.alpha)) {}
  void values(std::int64_t count, const float* x, float* y) const {
    kernels::elu(count, {.alpha = alpha}, x, y);
  }
  float derivative(float x, float y) const { return x > 0 ? 1.0f : y + alpha; }
  float alpha;
};

template <>
struct Formula<SeluOptions> : NoFields {
  static constexpr std::string_view kName = "selu";
  static constexpr float kAlpha = 1.6732632423543772f;
  static constexpr float kScale = 1.0507009873554805f;
  explicit Formula(const SeluOptions&) {}
  void values(std::int64_t count, const float* x, float* y) const {
    kernels::elu(count, {.alpha = kAlpha, .scale = kScale}, x, y);
  }
  float derivative(float x, float y) const { return x > 0 ? kScale : y + kScale * kAlpha; }
};

template <>
struct Formula<SoftplusOptions> : NoFields {
  static constexpr std::string_view kName = "softplus";
  explicit Formula(const SoftplusOptions&) {}
  void values(std::int64_t count, const float* x, float* y) const {
    kernels::softplus(count, x, y);
  }
  void slopes(std::int64_t count, const float* x, const float*, const float* dy, float* dx) const {
    kernels::softplus_back(count, x, dy, dx);
  }
};

template <>
struct Formula<SoftsignOptions> : NoFields {
  static constexpr std::string_view kName = "softsign";
  explicit Formula(const SoftsignOptions&) {}
  float value(float x) const { return x / (std::fabs(x) + 1.0f); }
  float derivative(float x, float) const {
    const float d = std::fabs(x) + 1.0f;
    return 1.0f / (d * d);
  }
};

template <>
struct Formula<SquareplusOptions> {
  static constexpr std::string_view kName = "squareplus";
  template <class F>
  static void fields(F& f, SquareplusOptions& o) {
    f("b", o.b);
  }
  explicit Formula(const SquareplusOptions& o) : b(static_cast<float>(o.b)) {}
  // Left of 0 the sum cancels; multiplying by (root - x) / (root - x) keeps all digits.
  float value(float x) const {
    const float root = std::sqrt(x * x + b);
    return x < 0 ? b / (2.0f * (root - x)) : 0.5f * (x + root);
  }
  float derivative(float x, float y) const { return y / std::sqrt(x * x + b); }
  float b;
};

template <>
struct Formula<SiluOptions> : NoFields {
  static constexpr std::string_view kName = "silu";
  explicit Formula(const SiluOptions&) {}
  void values(std::int64_t count, const float* x, float* y) const { kernels::silu(count, x, y); }
  void slopes(std::int64_t count, const float* x, const float*, const float* dy, float* dx) const {
    kernels::silu_back(count, x, dy, dx);
  }
};

template <>
struct Formula<GeluOptions> {
  static constexpr std::string_view kName = "gelu";
  template <class F>
  static void fields(F& f, GeluOptions& o) {
    f("approximate", o.approximate);
  }
  explicit Formula(const GeluOptions& o) : approximate(o.approximate) {}
  void values(std::int64_t count, const float* x, float* y) const {
    approximate ? kernels::gelu_by_tanh(count, x, y) : kernels::gelu(count, x, y);
  }
  void slopes(std::int64_t count, const float* x, const float*, const float* dy, float* dx) const {
    approximate ? kernels::gelu_by_tanh_back(count, x, dy, dx)
                : kernels::gelu_back(count, x, dy, dx);
  }
  bool approximate;
};

template <>
struct Formula<TanhOptions> : NoFields {
  static constexpr std::string_view kName = "tanh";
  explicit Formula(const TanhOptions&) {}
  void values(std::int64_t count, const float* x, float* y) const { kernels::tanh(count, x, y); }
  float derivative(float, float y) const { return (1.0f - y) * (1.0f + y); }
};

template <>
struct Formula<TanhShrinkOptions> : NoFields {
  static constexpr std::string_view kName = "tanh_shrink";
  explicit Formula(const TanhShrinkOptions&) {}
  float value(float x) const { return x - std::tanh(x); }
  float derivative(float x, float) const {
    const float t = std::tanh(x);
    return t * t;
  }
};

template <>
struct Formula<SigmoidOptions> : NoFields {
  static constexpr std::string_view kName = "sigmoid";
  explicit Formula(const SigmoidOptions&) {}
  void values(std::int64_t count, const float* x, float* y) const { kernels::sigmoid(count, x, y); }
  float derivative(float, float y) const { return y * (1.0f - y); }
};

template <>
struct Formula<ExponentialOptions> : NoFields {
  static constexpr std::string_view kName = "exponential";
  explicit Formula(const ExponentialOptions&) {}
  void values(std::int64_t count, const float* x, float* y) const { kernels::exp(count, x, y); }
  float derivative(float, float y) const { return y; }
};

// With n = exp(x)^2 + 2 exp(x): tanh(log(1 + exp(x))) = n / (n + 2), one exponential and no
// cancellation. Right of 0 both are divided by exp(x)^2, so that nothing overflows.
template <>
struct Formula<MishOptions> : NoFields {
  static constexpr std::string_view kName = "mish";
  explicit Formula(const MishOptions&) {}
  static float gate(float x, float e) {
    const float n = x > 0 ? 1.0f + 2.0f * e : e * (e + 2.0f);
    return n / (n + 2.0f * (x > 0 ? e * e : 1.0f));
  }
  float value(float x) const { return x * gate(x, std::exp(-std::fabs(x))); }
  float derivative(float x, float) const {
    const float e = std::exp(-std::fabs(x));
    const float unit = x > 0 ? e * e : 1.0f;
    const float n = x > 0 ? 1.0f + 2.0f * e : e * (e + 2.0f);
    const float below = n + 2.0f * unit;
    const float gate_slope = 4.0f * (n + unit) * unit / (below * below) * sigmoid_of(x);
    return n / below + x * gate_slope;
  }
};

template <>
struct Formula<LogSigmoidOptions> : NoFields {
  static constexpr std::string_view kName = "log_sigmoid";
  explicit Formula(const LogSigmoidOptions&) {}
  void values(std::int64_t count, const float* x, float* y) const {
    kernels::log_sigmoid(count, x, y);
  }
  float derivative(float x, float) const { return sigmoid_of(-x); }
};

template class Elementwise<CeluOptions>;
template class Elementwise<EluOptions>;
template class Elementwise<SeluOptions>;
template class Elementwise<SoftplusOptions>;
template class Elementwise<SoftsignOptions>;
template class Elementwise<SquareplusOptions>;
template class Elementwise<SiluOptions>;
template class Elementwise<GeluOptions>;
template class Elementwise<TanhOptions>;
template class Elementwise<TanhShrinkOptions>;
template class Elementwise<SigmoidOptions>;
template class Elementwise<ExponentialOptions>;
template class Elementwise<MishOptions>;
template class Elementwise<LogSigmoidOptions>;

}  // namespace keratin::activations
