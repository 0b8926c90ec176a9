// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/variable.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin {

Variable::Variable(std::string path, Tensor value, bool trainable)
    : path_(std::move(path)), value_(std::move(value)), trainable_(trainable) {}

std::string Variable::name() const { return path_.substr(path_.rfind('/') + 1); }

void Variable::assign(const Tensor& value) {
  if (!value || value.shape() != shape()) {
    invalid_argument(path_, "a weight of shape ", shape(), " was given a value of shape ",
                     value.shape(), ".");
  }
  const Tensor floats = cast(value, DType::kFloat32);
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
  if (!rows_.values) {
    rows_ = std::move(more);
    return;
  }
  // Merge two ascending lists of ids; a row in both is summed.
  SparseRows sum;
  std::set_union(rows_.ids.begin(), rows_.ids.end(), more.ids.begin(), more.ids.end(),
                 std::back_inserter(sum.ids));
  const auto width = static_cast<std::size_t>(shape().back());
  sum.values = Tensor::zeros({static_cast<std::int64_t>(sum.ids.size()), shape().back()});
  for (const SparseRows* part : {&std::as_const(rows_), &std::as_const(more)}) {
    const auto from = part->values.data<float>();
    const auto to = sum.values.data<float>();
    std::size_t at = 0;
    for (std::size_t i = 0; i < part->ids.size(); ++i) {
      while (sum.ids[at] != part->ids[i]) ++at;
      for (std::size_t d = 0; d < width; ++d) to[at * width + d] += from[i * width + d];
    }
  }
  rows_ = std::move(sum);
}

void Variable::clear_gradient() {
  gradient_ = Tensor();
  rows_ = SparseRows();
}

}  // namespace keratin
