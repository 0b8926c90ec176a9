// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/run_state.h"

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::trainers {

void RunState::set_integer(std::string name, std::int64_t value) {
  set(std::move(name), Tensor::from(std::vector<std::int64_t>{value}, Shape{}));
}

void RunState::set_number(std::string name, double value) {
  set(std::move(name), Tensor::from(std::vector<double>{value}, Shape{}));
}

void RunState::set_number(std::string name, const std::optional<double>& value) {
  if (value) set_number(std::move(name), *value);
}

void RunState::add(std::string_view prefix, const RunState& part) {
  for (const auto& [name, value] : part) set(str(prefix, "/", name), value);
}

RunState RunState::part(std::string_view prefix) const {
  RunState found;
  for (const auto& [name, value] : arrays_) {
    if (name.size() > prefix.size() && name.starts_with(prefix) && name[prefix.size()] == '/')
      found.set(name.substr(prefix.size() + 1), value);
  }
  return found;
}

const Tensor* RunState::find(std::string_view name) const {
  for (const auto& [known, value] : arrays_) {
    if (known == name) return &value;
  }
  return nullptr;
}

const Tensor& RunState::at(std::string_view name) const {
  const Tensor* const found = find(name);
  if (found == nullptr) invalid_argument("fit", "the state of the run has no '", name, "'.");
  return *found;
}

namespace {

template <class T>
T single(const Tensor& tensor, std::string_view name) {
  if (tensor.shape().size() != 1) {
    invalid_argument("fit", "'", name,
                     "' in the state of the run must be one number. Received: ", "shape ",
                     tensor.shape());
  }
  const Tensor number = cast(tensor, dtype_of<T>());
  return number.data<T>()[0];
}

}  // namespace

std::int64_t RunState::integer(std::string_view name) const {
  return single<std::int64_t>(at(name), name);
}
double RunState::number(std::string_view name) const { return single<double>(at(name), name); }

std::optional<double> RunState::optional_number(std::string_view name) const {
  if (find(name) == nullptr) return std::nullopt;
  return number(name);
}

}  // namespace keratin::trainers
