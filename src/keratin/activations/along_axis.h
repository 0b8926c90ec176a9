// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/activations/activation.h"

namespace keratin::activations {

/// An activation that maps each line along `axis` (negative counts from the end):
/// `Softmax({.axis = 1})`. `FunctionOptions` names the function.
/// Throws std::invalid_argument for a shape that lacks the axis.
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
  int axis = -1;
};
using Softmax = AlongAxis<SoftmaxOptions>;

/// x - log(sum(exp(x))).
struct LogSoftmaxOptions {
  int axis = -1;
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
