// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/optimizer_state.h"

#include <charconv>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving {
namespace {

/// Keras 2.0 to 2.10: all first moments, then all second ones.
bool is_by_kind(std::string_view version) {
  if (!version.starts_with("2.")) return false;
  int minor = 0;
  std::from_chars(version.data() + 2, version.data() + version.size(), minor);
  return minor <= 10;
}

bool is_number(const Tensor& tensor) { return tensor.shape().size() == 1; }

void put_by_variable(std::vector<Tensor>& state, std::size_t first, std::size_t variables) {
  const std::size_t slots = state.size() - first;
  if (variables == 0 || slots % variables != 0) return;
  std::vector<Tensor> by_variable;
  for (std::size_t i = 0; i < variables; ++i) {
    for (std::size_t kind = 0; kind < slots / variables; ++kind)
      by_variable.push_back(state[first + kind * variables + i]);
  }
  std::move(by_variable.begin(), by_variable.end(),
            state.begin() + static_cast<std::ptrdiff_t>(first));
}

}  // namespace

std::vector<Tensor> state_of(const models::Model& model) {
  if (!model.compiled() || !model.optimizer().built()) return {};
  return model.optimizer().get_weights();
}

std::optional<std::vector<Tensor>> state_for(const optimizers::Optimizer& optimizer,
                                             std::vector<Tensor> saved,
                                             std::string_view keras_version, const Warn& warn) {
  if (saved.empty()) return std::nullopt;
  const std::vector<Tensor> wanted = optimizer.get_weights();
  const std::size_t variables = optimizer.variables().size();
  const bool has_rate = optimizer.learning_rate_option().schedule() == nullptr;
  if (is_by_kind(keras_version)) {
    // Keras 2.3 wrote a number for each third moment that Adam does not have.
    while (saved.size() + (has_rate ? 1 : 0) > wanted.size() && is_number(saved.back()))
      saved.pop_back();
    put_by_variable(saved, 1, variables);
  }
  if (has_rate && saved.size() + 1 == wanted.size()) saved.insert(saved.begin() + 1, wanted[1]);
  if (!has_rate && saved.size() == wanted.size() + 1 && is_number(saved[1]))
    saved.erase(saved.begin() + 1);
  bool fits = saved.size() == wanted.size();
  for (std::size_t i = 0; fits && i < saved.size(); ++i) {
    if (i < 2 && is_number(saved[i]) && is_number(wanted[i]))
      saved[i] = saved[i].reshaped(wanted[i].shape());
    fits = saved[i].shape() == wanted[i].shape();
  }
  if (!fits) {
    warn(str("the optimizer starts anew: the file has ", saved.size(),
             " arrays of its state, which are not those of ", optimizer.class_name(), " for ",
             variables, " weights, ", wanted.size(), "."));
    return std::nullopt;
  }
  if (is_floating(saved[0].dtype())) saved[0] = cast(saved[0], DType::kInt64);
  return saved;
}

}  // namespace keratin::saving
