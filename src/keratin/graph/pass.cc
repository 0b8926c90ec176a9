// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/pass.h"

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
  const std::size_t updated = updated_.find(&variable);
  if (updated != PointerPlaces::kNone) return updates_[updated].second;
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
  const std::size_t known = updated_.find(&variable);
  if (known != PointerPlaces::kNone) {
    updates_[known].second = std::move(value);
    return;
  }
  make_room(updates_);
  updated_.add(&variable);
  updates_.emplace_back(&variable, std::move(value));
}

std::int64_t Pass::draw(const Operation& who) {
  const std::size_t known = drawing_.find(&who);
  if (known != PointerPlaces::kNone) return who.draws() + draws_[known].second++;
  make_room(draws_);
  drawing_.add(&who);
  draws_.emplace_back(&who, 1);
  return who.draws();
}

std::shared_ptr<Pass::Change>& Pass::change(const Operation& who) {
  const std::size_t known = changing_.find(&who);
  if (known != PointerPlaces::kNone) return changes_[known];
  make_room(changes_);
  changing_.add(&who);
  return changes_.emplace_back();
}

void Pass::commit() {
  for (const auto& [variable, value] : updates_) variable->assign(value);
  for (const auto& [operation, count] : draws_) operation->set_draws(operation->draws() + count);
  for (const auto& change : changes_) {
    if (change) change->commit();
  }
  changes_.clear();
  changing_.clear();
  updates_.clear();
  updated_.clear();
  draws_.clear();
  drawing_.clear();
}

}  // namespace keratin
