// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/variable.h"

#include <cmath>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin {

Variable::Variable(std::string path, Tensor value, bool trainable)
    : path_(std::move(path)), value_(std::move(value)), trainable_(trainable) {}

Variable::Variable(std::string path, std::shared_ptr<VariableStorage> storage, bool trainable)
    : path_(std::move(path)), storage_(std::move(storage)), trainable_(trainable) {}

std::string Variable::name() const { return path_.substr(path_.rfind('/') + 1); }

void Variable::set_trainable(bool trainable) {
  if (trainable && (is_fixed_ || dtype() == DType::kInt8)) {
    invalid_argument("Variable", "codes, and the scales and groups that belong to them, are not ",
                     "trained. Received: trainable=True for '", path_, "' of ", to_string(dtype()));
  }
  trainable_ = trainable;
}

Tensor Variable::rows(const std::vector<std::int64_t>& ids) const {
  const std::int64_t count = shape().dim(0);
  for (const std::int64_t id : ids) {
    if (id < 0 || id >= count)
      out_of_range(path_, "there is no row ", id, ": it has ", count, " of them.");
  }
  if (storage_) return storage_->rows_at(ids);
  return take_rows(value_, ids.data(), static_cast<std::int64_t>(ids.size()));
}

bool Variable::takes(const Shape& other) const {
  return storage_ ? storage_->takes(other) : other == shape();
}

void Variable::check(const Tensor& value) const {
  if (!storage_ && !value_) invalid_argument(path_, "this weight was made without values.");
  if (!value || value.shape() != shape()) {
    invalid_argument(path_, "a weight of shape ", shape(), " was given a value of shape ",
                     value.shape(), ".");
  }
}

Tensor Variable::as_stored(const Tensor& value) const {
  if (dtype() != DType::kInt8 || value.dtype() == DType::kInt8) return cast(value, dtype());
  const Tensor numbers = cast(value, DType::kFloat64);
  for (const double number : numbers.data<double>()) {
    if (!(number >= -128 && number <= 127) || number != std::trunc(number)) {
      invalid_argument(path_,
                       "this weight is of whole numbers from -128 to 127. Received: ", number);
    }
  }
  return cast(numbers, DType::kInt8);
}

void Variable::assign(const Tensor& value) {
  check(value);
  const Tensor numbers = as_stored(value);
  if (storage_) return storage_->assign(numbers);
  TensorAccess::copy_elements(numbers, value_);
}

void Variable::take_over(const Tensor& value) {
  if (!value || !takes(value.shape())) check(value);
  if (storage_ && value.dtype() == dtype()) return storage_->take_over(value);
  assign(value);
}

}  // namespace keratin
