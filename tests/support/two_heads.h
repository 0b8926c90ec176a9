// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keratin/graph/op.h"
#include "keratin/trainers/trainer.h"

/// The smallest Trainable with several inputs and outputs: of "user" u and "film" f, (B, 1) each,
///   rating = a u + b f      seen = a f
/// with the weights a and b, (1, 1). tests/golden/make_heads.py trains the same.
namespace keratin::testing {

class TwoHeads final : public trainers::Trainer {
 public:
  TwoHeads(float a, float b)
      : a_(std::make_unique<Variable>("a/kernel", Tensor::zeros({1, 1}))),
        b_(std::make_unique<Variable>("b/kernel", Tensor::zeros({1, 1}))) {
    a_->assign(Tensor::from<float>({a}, {1, 1}));
    b_->assign(Tensor::from<float>({b}, {1, 1}));
  }

  std::vector<std::string> input_names() const override { return {"user", "film"}; }
  std::vector<std::string> output_names() const override { return {"rating", "seen"}; }
  void build_for(const Tensors&) const override {}

  Values forward(const Values& inputs, Pass& pass) const override {
    const Tensor u = inputs[0].tensor();
    const Tensor f = inputs[1].tensor();
    const Value a = pass.value(*a_);
    const Value b = pass.value(*b_);
    const Value rating = compute({&a, &b}, [&](const Arguments& in) {
      Tensor y = scaled(u, in[0]);
      const Tensor other = scaled(f, in[1]);
      for (std::size_t i = 0; i < y.data<float>().size(); ++i)
        y.data<float>()[i] += other.data<float>()[i];
      return Result{y, [u, f](Slopes& slopes) {
                      slopes.add(0, product(slopes.of(), u));
                      slopes.add(1, product(slopes.of(), f));
                    }};
    });
    const Value seen = compute({&a}, [&](const Arguments& in) {
      return Result{scaled(f, in[0]),
                    [f](Slopes& slopes) { slopes.add(0, product(slopes.of(), f)); }};
    });
    return {rating, seen};
  }

  std::vector<Variable*> trainable_variables() const override { return variables(); }
  std::vector<Variable*> variables() const override { return {a_.get(), b_.get()}; }

 private:
  static Tensor scaled(const Tensor& x, const Tensor& factor) {
    Tensor y = Tensor::zeros(x.shape());
    for (std::size_t i = 0; i < y.data<float>().size(); ++i)
      y.data<float>()[i] = x.data<float>()[i] * factor.data<float>()[0];
    return y;
  }
  static Tensor product(const Tensor& slope, const Tensor& x) {
    float sum = 0;
    for (std::size_t i = 0; i < x.data<float>().size(); ++i)
      sum += slope.data<float>()[i] * x.data<float>()[i];
    return Tensor::from<float>({sum}, {1, 1});
  }

  std::unique_ptr<Variable> a_;
  std::unique_ptr<Variable> b_;
};

}  // namespace keratin::testing
