// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/pass.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/graph/operation.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin {

Pass::Training::Training(Pass& pass, const Config& options) : pass_(pass), before_(pass.training) {
  if (options.is_null()) return;
  const Config* training = options.find("training");
  // Keras 3.3 to 3.15 wrote false of calls that said nothing, and did not mean it in fit.
  if (training != nullptr && training->as_bool()) pass.training = true;
}

Value Pass::value(const Variable& variable) const {
  for (const auto& [updated, value] : updates_) {
    if (updated == &variable) return value;
  }
  if (tape && variable.trainable()) return tape->leaf(variable);
  return constant(variable);
}

Value Pass::constant(const Variable& variable) const {
  if (variable.storage()) return variable.value();
  // Without a tape nothing outlives the call, and the weights do.
  return tape ? Value(variable.tensor()) : Value(TensorAccess::borrowed(variable.tensor()));
}

void Pass::update(Variable& variable, Tensor given) {
  if (!given || given.shape() != variable.shape()) {
    invalid_argument("Variable",
                     "The shape of the target variable and the shape of the target value in "
                     "`variable.assign(value)` must match. variable.shape=",
                     variable.shape(),
                     ", Received: value.shape=", given ? to_string(given.shape()) : "none");
  }
  Tensor value = copy_of(cast(given, DType::kFloat32));  // what it is of may change before
  const auto known = std::ranges::find(updates_, &variable, &std::pair<Variable*, Tensor>::first);
  if (known != updates_.end()) {
    known->second = std::move(value);
  } else {
    updates_.emplace_back(&variable, std::move(value));
  }
}

std::int64_t Pass::draw(const Operation& who) {
  using Draws = std::pair<const Operation*, std::int64_t>;
  const auto known = std::ranges::find(draws_, &who, &Draws::first);
  if (known != draws_.end()) return who.draws() + known->second++;
  draws_.emplace_back(&who, 1);
  return who.draws();
}

void Pass::commit() {
  for (const auto& [variable, value] : updates_) variable->assign(value);
  for (const auto& [operation, count] : draws_) operation->set_draws(operation->draws() + count);
  updates_.clear();
  draws_.clear();
}

}  // namespace keratin
