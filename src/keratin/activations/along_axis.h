// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <initializer_list>
#include <utility>
#include <vector>

#include "keratin/activations/activation.h"

namespace keratin::activations {

/// One axis, or several whose elements are one line together: `-1`, `{1, 2}`. Negative ones count
/// from the end.
class LineAxes {
 public:
  template <std::integral Int>
  LineAxes(Int axis) : axes_{static_cast<int>(axis)} {}
  LineAxes(std::initializer_list<int> axes) : axes_(axes), is_list_(true) {}
  LineAxes(std::vector<int> axes) : axes_(std::move(axes)), is_list_(true) {}

  const std::vector<int>& values() const { return axes_; }
  bool operator==(const LineAxes&) const = default;

  friend Config to_config(const LineAxes& axes);
  friend void from_config(const Config& config, LineAxes& axes);

 private:
  std::vector<int> axes_;
  bool is_list_ = false;
};

/// An activation that maps each line along `axis` (negative counts from the end):
/// `Softmax({.axis = 1})`. `FunctionOptions` names the function.
/// Throws std::invalid_argument for a shape that lacks the axis, and for an axis named twice.
template <class FunctionOptions>
class AlongAxis final : public Activation {
 public:
  using Options = FunctionOptions;

  explicit AlongAxis(Options options = {}) : options_(options) {}
  static Options options_from(const Config& config);

  std::string_view name() const override;
  Config get_config() const override;
  bool has_default_options() const override { return options_.axis == Options().axis; }
  Shape compute_output_shape(const Shape& shape) const override;
  void forward(std::span<const float> x, const Shape& shape, std::span<float> y) const override;
  void backward(std::span<const float> x, std::span<const float> y,
                std::span<const float> y_gradient, const Shape& shape,
                std::span<float> x_gradient) const override;

 private:
  Options options_;
};

/// exp(x) / sum(exp(x)).
struct SoftmaxOptions {
  LineAxes axis = -1;
};
using Softmax = AlongAxis<SoftmaxOptions>;

/// x - log(sum(exp(x))).
struct LogSoftmaxOptions {
  LineAxes axis = -1;
};
using LogSoftmax = AlongAxis<LogSoftmaxOptions>;

/// a sigmoid(b), where a and b are the halves of x. The result has half the length along the axis;
/// throws std::invalid_argument when that is odd.
struct GluOptions {
  int axis = -1;
};
using Glu = AlongAxis<GluOptions>;

/// The nearest point of the probability simplex: max(x - tau, 0) with sum 1 (Martins and Astudillo,
/// arXiv:1602.02068).
struct SparsemaxOptions {
  int axis = -1;
};
using Sparsemax = AlongAxis<SparsemaxOptions>;

}  // namespace keratin::activations
