// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/tensors.h"

#include <algorithm>

#include "keratin/base/error.h"

namespace keratin {

Tensors::Tensors(std::vector<Named> named) {
  for (auto& [name, tensor] : named) {
    if (std::find(names_.begin(), names_.end(), name) != names_.end())
      invalid_argument("Tensors", "'", name, "' is given twice.");
    names_.push_back(std::move(name));
    all_.push_back(std::move(tensor));
  }
}

Tensors::operator bool() const {
  return std::any_of(begin(), end(),
                     [](const Tensor& tensor) { return static_cast<bool>(tensor); });
}

const Tensor& Tensors::one() const {
  static const Tensor none;
  if (size() > 1) invalid_argument("Tensors", "one tensor is wanted where there are ", size(), ".");
  return empty() ? none : all_[0];
}

std::string Tensors::name_of(std::string_view whole, std::size_t i) const {
  if (!names_.empty()) return str(whole, "['", names_[i], "']");
  return size() == 1 ? std::string(whole) : str(whole, "[", i, "]");
}

}  // namespace keratin
