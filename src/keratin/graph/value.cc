// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/value.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/graph/node.h"
#include "keratin/graph/tape.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin {

void Value::take_mask() {
  mask_ = std::make_shared<const Value>(tensor_.mask());
  tensor_ = tensor_.with_mask({});
}

const Spec& Value::symbolic_spec() const {
  return static_cast<const Node&>(*origin_).outputs[static_cast<std::size_t>(place_)];
}

bool Value::is_of_running_tape() const {
  return !origin_->is_node() && !static_cast<const Tape&>(*origin_).has_ended();
}

void Value::refuse_symbolic() const {
  wrong_moment("Value",
               "a symbolic value has a shape and a type, and elements only when a model runs. "
               "Received: one of shape ",
               shape());
}

Value Value::constant() const {
  Value result = *this;
  if (!is_symbolic()) {
    result.origin_.reset();
    result.place_ = -1;
  }
  return result;
}

Value Value::with_mask(Value mask) const {
  Value result = *this;
  result.mask_ = mask ? std::make_shared<const Value>(std::move(mask)) : nullptr;
  return result;
}

Value Value::kept() const {
  if (is_symbolic() || !TensorAccess::is_borrowed(tensor_)) return *this;
  Value result = *this;
  result.tensor_ = copy_of(tensor_);
  return result;
}

Tensor Value::with_masked_elements() const {
  return mask_ ? tensor().with_mask(mask_->tensor()) : tensor();
}

std::shared_ptr<Tape> Value::tape() const {
  return is_recorded() ? std::static_pointer_cast<Tape>(origin_) : nullptr;
}

std::shared_ptr<const Node> Value::node() const {
  return is_symbolic() ? std::static_pointer_cast<const Node>(origin_) : nullptr;
}

Value Value::recorded(Tensor tensor, std::shared_ptr<Origin> tape, std::int32_t place) {
  Value value(std::move(tensor));
  value.origin_ = std::move(tape);
  value.place_ = place;
  return value;
}

Value Value::symbolic(std::shared_ptr<Origin> node, std::int32_t output) {
  Value value;
  value.origin_ = std::move(node);
  value.place_ = output;
  return value;
}

namespace {

void require_one(std::size_t size) {
  if (size != 1) wrong_moment("Values", "one value is wanted. Received: ", size);
}

}  // namespace

Values::operator Value() const& {
  require_one(size());
  return (*this)[0];
}

Values::operator Value() && {
  require_one(size());
  return std::move((*this)[0]);
}

Value Inputs::mask(std::size_t i) const {
  if (const Values* given = find("mask")) return i < given->size() ? (*given)[i] : Value();
  return i < values.size() ? values[i].mask() : Value();
}

const Values* Inputs::find(std::string_view name) const {
  for (const auto& [key, found] : named) {
    if (key == name) return &found;
  }
  return nullptr;
}

bool Inputs::any_symbolic() const {
  const auto symbolic = [](const Value& value) { return value.is_symbolic(); };
  return std::any_of(values.begin(), values.end(), symbolic) ||
         std::any_of(named.begin(), named.end(), [&](const auto& entry) {
           return std::any_of(entry.second.begin(), entry.second.end(), symbolic);
         });
}

}  // namespace keratin
