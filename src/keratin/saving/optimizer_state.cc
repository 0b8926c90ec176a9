// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/optimizer_state.h"

#include <charconv>
#include <cmath>
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

OptimizerState state_of(const optimizers::Optimizer& optimizer) {
  return {std::string(optimizer.class_name()), optimizer.get_weights(),
          optimizer.variables().size(), optimizer.learning_rate_option().schedule() == nullptr};
}

namespace {

/// A number of steps as it must be, int64; null for anything else.
Tensor steps_from(const Tensor& saved) {
  if (!is_number(saved)) return {};
  const double number = cast(saved, DType::kFloat64).data<double>()[0];
  constexpr double kMost = 9007199254740992;  // 2^53: above it a float tells no two steps apart
  if (!(number >= 0 && number <= kMost) || number != std::floor(number)) return {};
  return cast(saved, DType::kInt64);
}

bool fits(std::vector<Tensor>& saved, const std::vector<Tensor>& wanted) {
  if (saved.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < saved.size(); ++i) {
    if (i < 2 && is_number(saved[i]) && is_number(wanted[i]))
      saved[i] = saved[i].reshaped(wanted[i].shape());
    if (saved[i].shape() != wanted[i].shape()) return false;
  }
  saved[0] = steps_from(saved[0]);
  return static_cast<bool>(saved[0]);
}

}  // namespace

std::optional<std::vector<Tensor>> state_for(const OptimizerState& now, std::vector<Tensor> saved,
                                             std::string_view keras_version, const Warn& warn) {
  if (saved.empty()) return std::nullopt;
  const std::size_t wanted = now.weights.size();
  const std::size_t count = saved.size();
  if (is_by_kind(keras_version)) {
    // Keras 2.3 wrote a number for each third moment that Adam does not have.
    while (saved.size() + (now.has_rate ? 1 : 0) > wanted && is_number(saved.back()))
      saved.pop_back();
    put_by_variable(saved, 1, now.variables);
  }
  if (now.has_rate && saved.size() + 1 == wanted) saved.insert(saved.begin() + 1, now.weights[1]);
  if (!now.has_rate && saved.size() == wanted + 1 && is_number(saved[1]))
    saved.erase(saved.begin() + 1);
  if (fits(saved, now.weights)) return saved;
  warn(str("the optimizer starts anew: the file has ", count,
           " arrays of its state, which are not those of ", now.class_name, " for ", now.variables,
           " weights, ", wanted, "."));
  return std::nullopt;
}

}  // namespace keratin::saving
