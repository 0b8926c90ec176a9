// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/base/few.h"
#include "keratin/tensor/tensor.h"

namespace keratin {

class Tape;
struct Node;

/// What is known of a value before it has elements. Keras: `KerasTensor`'s shape and dtype.
struct Spec {
  Shape shape;
  DType dtype = DType::kFloat32;
};

/// Where a value comes from: a Tape, or a Node.
class Origin {
 public:
  virtual ~Origin() = default;
  bool is_node() const { return is_node_; }

 protected:
  explicit Origin(bool is_node) : is_node_(is_node) {}

 private:
  bool is_node_;
};

/// What flows between operations: a tensor with its mask, and where it comes from. It is
///   a constant    elements, and nobody asks for a derivative by them
///   recorded      elements that a tape knows
///   symbolic      a shape and a type; the elements come when a Function runs (Keras: KerasTensor)
/// A handle, as a Tensor: copies are cheap. Threads: as Tensor; a recorded value belongs to the
/// thread of its tape.
class Value {
 public:
  Value() = default;  // none
  /// A constant, with the tensor's mask.
  Value(const Tensor& tensor) : Value(Tensor(tensor)) {}
  Value(Tensor&& tensor) : tensor_(std::move(tensor)) {
    if (tensor_.has_mask()) take_mask();
  }

  explicit operator bool() const { return tensor_ || is_symbolic(); }
  const Shape& shape() const { return is_symbolic() ? symbolic_spec().shape : tensor_.shape(); }
  DType dtype() const { return is_symbolic() ? symbolic_spec().dtype : tensor_.dtype(); }
  bool is_symbolic() const { return origin_ && origin_->is_node(); }
  /// Of a tape that has not ended: an operation on it is recorded.
  bool is_recorded() const { return origin_ && is_of_running_tape(); }
  /// Throws std::logic_error where it is symbolic: it has no elements.
  const Tensor& tensor() const {
    if (is_symbolic()) refuse_symbolic();
    return tensor_;
  }

  /// The same elements without an origin. Keras: `stop_gradient`. Of a symbolic value, itself.
  Value constant() const;
  /// Which steps count, bool of the leading axes; none where all do. Keras: `_keras_mask`.
  Value mask() const { return mask_ ? *mask_ : Value(); }
  bool has_mask() const { return mask_ != nullptr; }
  /// The same with that mask, none for no mask.
  Value with_mask(Value mask) const;
  /// With elements that outlive the call: a copy where they are those of a weight or of the caller.
  Value kept() const;
  /// The tensor with the mask on it: what leaves the graph for the user.
  Tensor with_masked_elements() const;

  // -- what made it: for graph/ -------------------------------------------------------------------

  /// Null where it is not recorded, or its tape has ended.
  std::shared_ptr<Tape> tape() const;
  bool is_of(const Origin& origin) const { return origin_.get() == &origin; }
  /// Null where it is not symbolic.
  std::shared_ptr<const Node> node() const;
  /// The place on the tape, or which output of the node it is.
  std::int32_t place() const { return place_; }
  static Value recorded(Tensor tensor, std::shared_ptr<Origin> tape, std::int32_t place);
  static Value symbolic(std::shared_ptr<Origin> node, std::int32_t output);
  /// Whether both are the same output of the same node, or the same place of the same tape.
  bool is_same(const Value& other) const {
    return origin_ && origin_ == other.origin_ && place_ == other.place_;
  }

 private:
  const Spec& symbolic_spec() const;
  bool is_of_running_tape() const;
  [[noreturn]] void refuse_symbolic() const;
  void take_mask();

  Tensor tensor_;
  std::shared_ptr<const Value> mask_;
  std::shared_ptr<Origin> origin_;  // null: a constant
  std::int32_t place_ = -1;
};

/// Values in order. One converts to Values, and Values that are one to it.
class Values : public Few<Value> {
 public:
  using Few<Value>::Few;
  Values() = default;
  Values(Tensor tensor) : Few<Value>(Value(std::move(tensor))) {}
  /// Throw std::logic_error unless it is one.
  operator Value() const&;
  operator Value() &&;
};

/// What an op computes from: the elements of its inputs, and which of them are differentiated by. A
/// view: the values are the caller's.
class Arguments {
 public:
  explicit Arguments(std::span<const Value> values) : first_(values.data()), size_(values.size()) {
    look();
  }
  explicit Arguments(std::span<const Value* const> values)
      : pointers_(values.data()), size_(values.size()) {
    look();
  }
  std::size_t size() const { return size_; }
  const Tensor& operator[](std::size_t i) const { return value(i).tensor(); }
  const Value& value(std::size_t i) const { return pointers_ ? *pointers_[i] : first_[i]; }
  /// Whether somebody may ask for dL/d(input i): the way back is for these.
  bool wants(std::size_t i) const { return (wanted_ >> (i < 63 ? i : 63) & 1) != 0; }
  bool wants_any() const { return wanted_ != 0; }

 private:
  void look() {
    for (std::size_t i = 0; i < size_; ++i) {
      if (value(i).is_recorded()) wanted_ |= std::uint64_t{1} << (i < 63 ? i : 63);
    }
  }

  const Value* first_ = nullptr;
  const Value* const* pointers_ = nullptr;
  std::size_t size_;
  std::uint64_t wanted_ = 0;  // a bit an input; the last is that of all from 63 on
};

/// The arguments of a call. Keras: those of `call`.
struct Inputs {
  Values values = {};
  std::vector<std::pair<std::string, Values>> named = {};  // "mask", "initial_state" ...
  Config options = {};  // what is no tensor: {"use_causal_mask": true}

  Inputs() = default;
  Inputs(Value value) : values(std::move(value)) {}
  Inputs(Tensor tensor) : values(std::move(tensor)) {}
  Inputs(Values all, std::vector<std::pair<std::string, Values>> by_name = {}, Config rest = {})
      : values(std::move(all)), named(std::move(by_name)), options(std::move(rest)) {}

  std::size_t size() const { return values.size(); }
  const Value& operator[](std::size_t i) const { return values[i]; }
  /// The mask of value `i`: the one given by name, else the value's own. May be none.
  Value mask(std::size_t i = 0) const;
  /// The values given by that name; null where there are none.
  const Values* find(std::string_view name) const;
  /// Whether a value among them is symbolic.
  bool any_symbolic() const;
};

}  // namespace keratin
