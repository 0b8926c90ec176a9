// SPDX-License-Identifier: Apache-2.0
#include "keratin/activations/piecewise.h"

#include <cmath>

#include "keratin/activations/elementwise_loops.h"
#include "keratin/base/error.h"

namespace keratin::activations {
namespace {

float hard_sigmoid_of(float x) {
  float y = x + 3.0f;
  y = y < 0 ? 0.0f : y;
  return (y > 6 ? 6.0f : y) * (1.0f / 6.0f);
}
float hard_sigmoid_slope(float x) {
  const float y = x + 3.0f;
  return (y > 0) & (y < 6) ? 1.0f / 6.0f : 0.0f;
}

}  // namespace

// No branch below stops the loops from being vectorised.

template <>
struct Formula<ReluOptions> {
  static constexpr std::string_view kName = "relu";
  template <class F>
  static void fields(F& f, ReluOptions& o) {
    f("negative_slope", o.negative_slope);
    f("max_value", o.max_value);
    f("threshold", o.threshold);
  }
  explicit Formula(const ReluOptions& o)
      : slope(static_cast<float>(o.negative_slope)),
        threshold(static_cast<float>(o.threshold)),
        top(static_cast<float>(o.max_value.value_or(0))),
        clips(o.max_value.has_value()),
        leaky(o.negative_slope != 0 && !clips && o.threshold == 0) {}
  float passed(float x) const { return x <= threshold ? 0.0f : x; }
  float value(float x) const {
    if (leaky) return x >= 0 ? x : slope * x;
    float y = passed(x);
    if (clips) {
      y = y < 0 ? 0.0f : y;
      y = y > top ? top : y;
    }
    const float below = threshold - x;
    return slope == 0 ? y : y - slope * (below <= 0 ? 0.0f : below);
  }
  // Keras: at the ends of the clip the derivative is 1/2 (jnp.clip), but 0 at 6 where relu6 is
  // used.
  float derivative(float x, float) const {
    if (leaky) return x >= 0 ? 1.0f : slope;
    float d = x <= threshold ? 0.0f : 1.0f;
    if (clips) {
      const float at_top = top == 6 && threshold == 0 ? 0.0f : 0.5f;
      const float v = passed(x);
      d *= v < top ? 1.0f : v > top ? 0.0f : at_top;
      d *= v > 0 ? 1.0f : v < 0 ? 0.0f : 0.5f;
    }
    return d + (x < threshold ? slope : 0.0f);
  }
  float slope, threshold, top;
  bool clips, leaky;
};

template <>
struct Formula<LeakyReluOptions> {
  static constexpr std::string_view kName = "leaky_relu";
  template <class F>
  static void fields(F& f, LeakyReluOptions& o) {
    f("negative_slope", o.negative_slope);
  }
  explicit Formula(const LeakyReluOptions& o) : slope(static_cast<float>(o.negative_slope)) {}
  float value(float x) const { return x >= 0 ? x : slope * x; }
  float derivative(float x, float) const { return x >= 0 ? 1.0f : slope; }
  float slope;
};

template <>
struct Formula<Relu6Options> : NoFields {
  static constexpr std::string_view kName = "relu6";
  explicit Formula(const Relu6Options&) {}
  float value(float x) const {
    const float y = x <= 0 ? 0.0f : x;
    return y > 6 ? 6.0f : y;
  }
  float derivative(float x, float) const { return (x > 0) & (x < 6) ? 1.0f : 0.0f; }
};

template <>
struct Formula<SoftShrinkOptions> {
  static constexpr std::string_view kName = "soft_shrink";
  template <class F>
  static void fields(F& f, SoftShrinkOptions& o) {
    f("threshold", o.threshold);
  }
  explicit Formula(const SoftShrinkOptions& o) : threshold(static_cast<float>(o.threshold)) {}
  float value(float x) const {
    return x > threshold ? x - threshold : x < -threshold ? x + threshold : x - x;  // 0, or NaN
  }
  float derivative(float x, float) const {
    return (x > threshold) | (x < -threshold) ? 1.0f : 0.0f;
  }
  float threshold;
};

template <>
struct Formula<SparsePlusOptions> : NoFields {
  static constexpr std::string_view kName = "sparse_plus";
  explicit Formula(const SparsePlusOptions&) {}
  float value(float x) const {
    const float middle = (x + 1.0f) * (x + 1.0f) * 0.25f;
    return x <= -1 ? 0.0f : x >= 1 ? x : middle;
  }
  float derivative(float x, float) const {
    const float middle = (x + 1.0f) * 0.5f;
    return x <= -1 ? 0.0f : x >= 1 ? 1.0f : middle;
  }
};

template <>
struct Formula<ThresholdOptions> {
  static constexpr std::string_view kName = "threshold";
  template <class F>
  static void fields(F& f, ThresholdOptions& o) {
    f("threshold", o.threshold);
    f("default_value", o.default_value);
  }
  explicit Formula(const ThresholdOptions& o) {
    if (!o.threshold || !o.default_value) {
      invalid_argument(kName, "needs both threshold and default_value.");
    }
    threshold = static_cast<float>(*o.threshold);
    default_value = static_cast<float>(*o.default_value);
  }
  float value(float x) const { return x <= threshold ? default_value : x; }
  float derivative(float x, float) const { return x > threshold ? 1.0f : 0.0f; }
  float threshold, default_value;
};

template <>
struct Formula<SparseSigmoidOptions> : NoFields {
  static constexpr std::string_view kName = "sparse_sigmoid";
  explicit Formula(const SparseSigmoidOptions&) {}
  float value(float x) const {
    float y = x + 1.0f;
    y = y < 0 ? 0.0f : y;
    return 0.5f * (y > 2 ? 2.0f : y);
  }
  // Keras: half of the slope at the two corners (jnp.clip).
  float derivative(float x, float) const {
    const float size = std::fabs(x);
    return size < 1 ? 0.5f : size > 1 ? 0.0f : 0.25f;
  }
};

template <>
struct Formula<HardSigmoidOptions> : NoFields {
  static constexpr std::string_view kName = "hard_sigmoid";
  explicit Formula(const HardSigmoidOptions&) {}
  float value(float x) const { return hard_sigmoid_of(x); }
  float derivative(float x, float) const { return hard_sigmoid_slope(x); }
};

template <>
struct Formula<Keras2HardSigmoidOptions> : NoFields {
  static constexpr std::string_view kName = "keras2_hard_sigmoid";
  explicit Formula(const Keras2HardSigmoidOptions&) {}
  float value(float x) const {
    float y = 0.2f * x + 0.5f;
    y = y < 0 ? 0.0f : y;
    return y > 1 ? 1.0f : y;
  }
  float derivative(float x, float) const { return std::fabs(x) < 2.5f ? 0.2f : 0.0f; }
};

template <>
struct Formula<HardSiluOptions> : NoFields {
  static constexpr std::string_view kName = "hard_silu";
  explicit Formula(const HardSiluOptions&) {}
  float value(float x) const { return x * hard_sigmoid_of(x); }
  float derivative(float x, float) const {
    const float slope = hard_sigmoid_slope(x);  // infinity times 0 is no part of it
    return hard_sigmoid_of(x) + (slope == 0 ? 0.0f : x * slope);
  }
};

template <>
struct Formula<HardTanhOptions> : NoFields {
  static constexpr std::string_view kName = "hard_tanh";
  explicit Formula(const HardTanhOptions&) {}
  float value(float x) const {
    const float y = x > 1 ? 1.0f : x;
    return y < -1 ? -1.0f : y;
  }
  float derivative(float x, float) const { return std::fabs(x) > 1 ? 0.0f : 1.0f; }
};

template <>
struct Formula<HardShrinkOptions> {
  static constexpr std::string_view kName = "hard_shrink";
  template <class F>
  static void fields(F& f, HardShrinkOptions& o) {
    f("threshold", o.threshold);
  }
  explicit Formula(const HardShrinkOptions& o) : threshold(static_cast<float>(o.threshold)) {}
  float value(float x) const { return std::fabs(x) <= threshold ? 0.0f : x; }
  float derivative(float x, float) const { return std::fabs(x) > threshold ? 1.0f : 0.0f; }
  float threshold;
};

template <>
struct Formula<LinearOptions> : NoFields {
  static constexpr std::string_view kName = "linear";
  explicit Formula(const LinearOptions&) {}
  float value(float x) const { return x; }
  float derivative(float, float) const { return 1.0f; }
};

template class Elementwise<ReluOptions>;
template class Elementwise<LeakyReluOptions>;
template class Elementwise<Relu6Options>;
template class Elementwise<SoftShrinkOptions>;
template class Elementwise<SparsePlusOptions>;
template class Elementwise<ThresholdOptions>;
template class Elementwise<SparseSigmoidOptions>;
template class Elementwise<HardSigmoidOptions>;
template class Elementwise<Keras2HardSigmoidOptions>;
template class Elementwise<HardSiluOptions>;
template class Elementwise<HardTanhOptions>;
template class Elementwise<HardShrinkOptions>;
template class Elementwise<LinearOptions>;

}  // namespace keratin::activations
