// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <memory>
#include <stdexcept>
#include <vector>

#include "keratin/graph/op.h"
#include "keratin/trainers/trainer.h"

/// The smallest Trainable: x (B, D) times a kernel (D, C) plus a bias (C,), softmax on request. So
/// the tests of trainers/ and callbacks/ stand below models/ and layers/.
namespace keratin::testing {

class LinearModel final : public trainers::Trainer {
 public:
  LinearModel(const Tensor& kernel, const Tensor& bias, bool softmax = false)
      : kernel_(std::make_unique<Variable>("dense/kernel", Tensor::zeros(kernel.shape()))),
        bias_(std::make_unique<Variable>("dense/bias", Tensor::zeros(bias.shape()))),
        softmax_(softmax) {
    kernel_->assign(kernel);
    bias_->assign(bias);
  }
  /// One number in, one out.
  explicit LinearModel(float weight = 0)
      : LinearModel(Tensor::from<float>({weight}, {1, 1}), Tensor::from<float>({0})) {}

  Variable& kernel() { return *kernel_; }
  Variable& bias() { return *bias_; }
  mutable int passes = 0;  // in training

  void build_for(const Tensors& inputs) const override {
    const Tensor& x = inputs.one();
    if (x.shape().rank() != 2 || x.shape()[1] != kernel_->shape()[0]) {
      throw std::invalid_argument("[LinearModel] x has the wrong shape.");
    }
  }

  /// Throws std::out_of_range for an x above 1e6, as a layer does for a bad id.
  Values forward(const Values& inputs, Pass& pass) const override {
    const Tensor& x = inputs[0].tensor();
    for (const float value : x.data<float>()) {
      if (value > 1e6f) throw std::out_of_range("[LinearModel] x is out of range.");
    }
    if (pass.training) ++passes;
    const Value kernel = pass.value(*kernel_);
    const Value bias = pass.value(*bias_);
    return compute({&kernel, &bias}, [&](const Arguments& in) {
      const Tensor y = outputs(x, in[0], in[1]);
      return Result{y, [this, x, y](Slopes& slopes) { pull_back(slopes, x, y); }};
    });
  }

  std::vector<Variable*> trainable_variables() const override { return variables(); }
  std::vector<Variable*> variables() const override { return {kernel_.get(), bias_.get()}; }

 private:
  Tensor outputs(const Tensor& x, const Tensor& kernel, const Tensor& bias) const {
    const auto in = x.data<float>();
    const std::size_t rows = static_cast<std::size_t>(x.shape()[0]);
    const auto w = kernel.data<float>();
    const auto b = bias.data<float>();
    const std::size_t width = b.size();
    const std::size_t depth = w.size() / width;
    Tensor y = Tensor::zeros({static_cast<std::int64_t>(rows), static_cast<std::int64_t>(width)});
    const auto out = y.data<float>();
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < width; ++j) {
        double sum = b[j];
        for (std::size_t k = 0; k < depth; ++k)
          sum += static_cast<double>(in[i * depth + k]) * w[k * width + j];
        out[i * width + j] = static_cast<float>(sum);
      }
      if (softmax_) softmax(out.subspan(i * width, width));
    }
    return y;
  }

  void pull_back(Slopes& slopes, const Tensor& x, const Tensor& y) const {
    const auto in = x.data<float>();
    const auto out = y.data<float>();
    const auto given = slopes.of().data<float>();
    std::vector<float> g(given.begin(), given.end());
    Tensor kernel_gradient = Tensor::zeros(kernel_->shape());
    Tensor bias_gradient = Tensor::zeros(bias_->shape());
    const auto kg = kernel_gradient.data<float>();
    const auto bg = bias_gradient.data<float>();
    const std::size_t width = bg.size();
    const std::size_t depth = kg.size() / width;
    for (std::size_t i = 0; i < g.size() / width; ++i) {
      if (softmax_) {
        double dot = 0;
        for (std::size_t j = 0; j < width; ++j)
          dot += static_cast<double>(g[i * width + j]) * out[i * width + j];
        for (std::size_t j = 0; j < width; ++j) {
          g[i * width + j] = static_cast<float>(out[i * width + j] * (g[i * width + j] - dot));
        }
      }
      for (std::size_t j = 0; j < width; ++j) {
        bg[j] += g[i * width + j];
        for (std::size_t k = 0; k < depth; ++k)
          kg[k * width + j] += in[i * depth + k] * g[i * width + j];
      }
    }
    slopes.add(0, std::move(kernel_gradient));
    slopes.add(1, std::move(bias_gradient));
  }

  static void softmax(std::span<float> row) {
    double largest = row[0];
    for (const float value : row) largest = std::max(largest, static_cast<double>(value));
    double sum = 0;
    for (const float value : row) sum += std::exp(value - largest);
    for (float& value : row) value = static_cast<float>(std::exp(value - largest) / sum);
  }

  std::unique_ptr<Variable> kernel_;
  std::unique_ptr<Variable> bias_;
  bool softmax_;
};

}  // namespace keratin::testing
