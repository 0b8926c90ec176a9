// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/variable.h"

#include <cstring>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin {

Variable::Variable(std::string path, Tensor value, bool trainable)
    : path_(std::move(path)), value_(std::move(value)), trainable_(trainable) {}

Variable::Variable(std::string path, std::shared_ptr<VariableStorage> storage, bool trainable)
    : path_(std::move(path)), storage_(std::move(storage)), trainable_(trainable) {}

std::string Variable::name() const { return path_.substr(path_.rfind('/') + 1); }

void Variable::assign(const Tensor& value) {
  if (!value || value.shape() != shape()) {
    invalid_argument(path_, "a weight of shape ", shape(), " was given a value of shape ",
                     value.shape(), ".");
  }
  const Tensor floats = cast(value, DType::kFloat32);
  if (storage_) return storage_->assign(floats);
  std::memmove(TensorAccess::raw(value_), TensorAccess::raw(floats), TensorAccess::bytes(value_));
}

void Variable::add_gradient(Tensor gradient) {
  if (!gradient_) {
    gradient_ = std::move(gradient);
    return;
  }
  const auto more = std::as_const(gradient).data<float>();
  const auto sum = gradient_.data<float>();
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
}

void Variable::add_gradient(SparseRows more) {
  rows_ = rows_.values ? sum_of(rows_, more, shape().back()) : std::move(more);
}

void Variable::clear_gradient() {
  gradient_ = Tensor();
  rows_ = SparseRows();
}

}  // namespace keratin
