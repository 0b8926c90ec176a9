// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/few.h"
#include "keratin/tensor/tensor.h"

namespace keratin {

/// What fit, evaluate and predict take and give: a tensor, some in order, or some by name. An entry
/// of several may be null: no target, or no weights, for that output. A handle, as a Tensor.
class Tensors {
 public:
  using Named = std::pair<std::string, Tensor>;

  Tensors() = default;  // none
  /// None for a null tensor.
  Tensors(Tensor one) {
    if (one) all_ = Few<Tensor>(std::move(one));
  }
  Tensors(std::vector<Tensor> list) : all_(std::move(list)) {}
  Tensors(std::initializer_list<Tensor> list) : all_(list) {}
  Tensors(std::vector<Named> named);
  Tensors(std::initializer_list<Named> named) : Tensors(std::vector<Named>(named)) {}

  std::size_t size() const { return all_.size(); }
  bool empty() const { return all_.empty(); }
  /// Whether there is a tensor at all.
  explicit operator bool() const;
  const Tensor& operator[](std::size_t i) const { return all_[i]; }
  const Tensor* begin() const { return all_.begin(); }
  const Tensor* end() const { return all_.end(); }
  /// Empty where they were given in order.
  std::span<const std::string> names() const { return names_; }

  /// The one tensor, null where there is none. Throws std::invalid_argument where there are
  /// several.
  const Tensor& one() const;
  operator const Tensor&() const { return one(); }

  void push_back(Tensor next) { all_.push_back(std::move(next)); }
  /// The same, `call(tensor)` in place of each.
  template <class Call>
  Tensors each(Call&& call) const {
    Tensors result;
    result.names_ = names_;
    for (const Tensor& tensor : all_) result.all_.push_back(call(tensor));
    return result;
  }
  /// How errors call entry `i` of "x": x, x[1] or x['film'].
  std::string name_of(std::string_view whole, std::size_t i) const;

 private:
  Few<Tensor> all_;
  std::vector<std::string> names_;
};

}  // namespace keratin
