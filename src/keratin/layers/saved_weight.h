// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "keratin/tensor/tensor_access.h"
#include "keratin/tensor/variable.h"

/// What stands in a file for a weight that is another one in memory. Not installed.
namespace keratin::layers {

/// A weight as a file has it: another value, and something to do once it was read.
class InFile final : public VariableStorage {
 public:
  InFile(std::shared_ptr<Variable> weight, std::function<Tensor()> value,
         std::function<void()> was_read)
      : weight_(std::move(weight)), value_(std::move(value)), was_read_(std::move(was_read)) {}
  const Shape& shape() const override { return weight_->shape(); }
  DType dtype() const override { return weight_->dtype(); }
  Tensor value() override { return value_(); }
  Tensor rows_at(const std::vector<std::int64_t>& ids) const override {
    return take_rows(value_(), ids.data(), static_cast<std::int64_t>(ids.size()));
  }
  void prepare_take_over(const Tensor& value) override {
    if (weight_->storage()) weight_->storage()->prepare_take_over(value);
  }
  void assign(const Tensor& value) override {
    weight_->assign(value);
    was_read_();
  }
  void take_over(const Tensor& value) override {
    weight_->take_over(value);
    was_read_();
  }

 private:
  std::shared_ptr<Variable> weight_;
  std::function<Tensor()> value_;
  std::function<void()> was_read_;
};

/// After a file was read: a LoRA update, which is in the weight that it gave, is nothing.
inline std::function<void()> without_update(std::shared_ptr<Variable> a,
                                            std::shared_ptr<Variable> b) {
  return [a = std::move(a), b = std::move(b)] {
    a->assign(Tensor::zeros(a->shape()));
    b->assign(Tensor::zeros(b->shape()));
  };
}

inline std::shared_ptr<Variable> in_file(const std::shared_ptr<Variable>& weight,
                                         std::function<Tensor()> value,
                                         std::function<void()> was_read) {
  return std::make_shared<Variable>(
      weight->path(), std::make_shared<InFile>(weight, std::move(value), std::move(was_read)),
      weight->trainable());
}

}  // namespace keratin::layers
