// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/graph/node.h"
#include "keratin/graph/op.h"
#include "keratin/tensor/tensor_access.h"

/// The smallest operations that a graph can be made of, for its tests.
namespace keratin::graph_test {

/// a * b, elementwise.
struct Times final : Op {
  std::string_view class_name() const override { return "Times"; }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override {
    if (inputs.size() != 2) invalid_argument("Times", "two values are wanted.");
    return {{inputs[0].shape()}};
  }
  static Tensor product(const Tensor& a, const Tensor& b) {
    Tensor y = uninitialized(a.shape());
    for (std::size_t i = 0; i < static_cast<std::size_t>(a.size()); ++i)
      y.data<float>()[i] = a.data<float>()[i] * b.data<float>()[i];
    return y;
  }
  Result forward(const Arguments& x) const override {
    Result result{product(x[0], x[1])};
    if (x.wants_any()) {
      result.pullback = [a = x[0], b = x[1]](Slopes& slopes) {
        slopes.add(0, product(slopes.of(), b));
        slopes.add(1, product(slopes.of(), a));
      };
    }
    return result;
  }
};
inline Value times(const Value& a, const Value& b) {
  static const auto op = std::make_shared<const Times>();
  return apply_op(std::static_pointer_cast<const Op>(op), Values{a, b});
}

/// The sum of all elements.
struct Total final : Op {
  std::string_view class_name() const override { return "Total"; }
  std::vector<Spec> compute_output_spec(const Inputs&) const override { return {{Shape{}}}; }
  Result forward(const Arguments& x) const override {
    float sum = 0;
    for (const float v : x[0].data<float>()) sum += v;
    Result result{Tensor::from<float>({sum}, Shape{})};
    if (x.wants_any()) {
      result.pullback = [shape = x[0].shape()](Slopes& slopes) {
        Tensor slope = uninitialized(shape);
        for (float& v : slope.data<float>()) v = slopes.of().data<float>()[0];
        slopes.add(0, slope);
      };
    }
    return result;
  }
};
inline Value total(const Value& a) {
  static const auto op = std::make_shared<const Total>();
  return apply_op(std::static_pointer_cast<const Op>(op), a);
}

/// A layer without weights: x times a number, and what it does with masks.
struct Scale : Operation {
  explicit Scale(std::string name, float by = 1, bool carries = true, bool makes = false)
      : name_(std::move(name)), by_(by), carries_(carries), makes_(makes) {}
  std::string_view class_name() const override { return "Scale"; }
  const std::string& name() const override { return name_; }
  Config get_config() const override { return Config::dict(); }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override {
    return {{inputs[0].shape()}};
  }
  Values call(const Inputs& inputs, Pass&) const override {
    Tensor by = uninitialized(inputs[0].shape());
    for (float& v : by.data<float>()) v = by_;
    return times(inputs[0], by);
  }
  bool supports_masking() const override { return carries_; }
  Values compute_mask(const Inputs& inputs) const override {
    if (makes_) return inputs[0].constant();
    return carries_ ? Values(inputs.mask()) : Values();
  }
  std::string name_;
  float by_;
  bool carries_, makes_;
};

/// What comes in.
struct Entry final : Operation {
  explicit Entry(std::string name, Shape shape)
      : name_(std::move(name)), shape_(std::move(shape)) {}
  std::string_view class_name() const override { return "InputLayer"; }
  const std::string& name() const override { return name_; }
  Config get_config() const override { return Config::dict(); }
  std::vector<Spec> compute_output_spec(const Inputs&) const override { return {{shape_}}; }
  Values call(const Inputs& inputs, Pass&) const override { return inputs.values; }
  std::string name_;
  Shape shape_;
};
inline Value entry(std::string name, Shape shape) {
  return leave_node(*std::make_shared<Entry>(std::move(name), std::move(shape)), Inputs());
}

}  // namespace keratin::graph_test
