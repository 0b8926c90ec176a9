// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/graph/pass.h"
#include "keratin/graph/value.h"

namespace keratin {

/// What turns values into values: a layer, a model, an op. Keras: `Operation`.
/// Threads: const, and safe from any number of them; a Pass belongs to one.
class Operation : public std::enable_shared_from_this<Operation> {
 public:
  virtual ~Operation() = default;
  /// Keras's: "Dense", "NotEqual".
  virtual std::string_view class_name() const = 0;
  /// Empty for an op, which has none.
  virtual const std::string& name() const;
  virtual Config get_config() const = 0;

  /// Shapes and types of the outputs. Throws std::invalid_argument for what it cannot take.
  virtual std::vector<Spec> compute_output_spec(const Inputs& inputs) const = 0;
  /// The function itself, made of ops on values: with elements, or symbolic ones.
  virtual Values call(const Inputs& inputs, Pass& pass) const = 0;

  /// True when it can be given a mask: it uses it, passes it on, or both.
  virtual bool supports_masking() const { return false; }
  /// True when a mask may reach it, be it to end there: an op drops it, as in Keras 3.
  virtual bool carries_mask() const { return supports_masking(); }
  /// The masks of the outputs, none where all their steps count. None by default.
  virtual Values compute_mask(const Inputs& inputs) const;
  /// False where outputs have no masks under that policy: Keras 3's recurrent layers drop them.
  virtual bool keeps_mask(MaskPolicy /*policy*/) const { return true; }

  /// Looks at elements of its first input alone, without computing anything: Embedding throws for
  /// bad ids. What fit, evaluate and predict ask about all data before they begin.
  virtual void check_inputs(const Tensor& /*inputs*/) const {}
  /// One operation that does this and then `next`, to the bit, or null. `masked`: next is given the
  /// mask of this one.
  virtual std::shared_ptr<const Operation> fused_with(const Operation& /*next*/,
                                                      bool /*masked*/) const {
    return nullptr;
  }

  /// What comes before a node is left: a layer builds its weights.
  virtual void prepare(const Inputs& /*inputs*/) const {}
  /// call() on elements, and what surrounds it: a layer is built first, casts its inputs, adds its
  /// losses. Outputs carry their masks. What a Function runs.
  virtual Values run(const Inputs& inputs, Pass& pass) const;
  /// What everybody else calls: outputs carry their masks; a node where an input is symbolic.
  /// Throws std::logic_error there unless the operation is held by a shared_ptr.
  Values operator()(const Inputs& inputs, Pass& pass) const;

  /// How often it drew by chance (Pass::draw).
  std::int64_t draws() const { return draws_; }
  void set_draws(std::int64_t draws) const { draws_ = draws; }
  /// Counts its symbolic calls: which one the next is. Threads: safe.
  std::int64_t next_call() const { return std::atomic_ref(calls_).fetch_add(1); }

 protected:
  Operation() = default;
  Operation(const Operation&) = default;
  Operation& operator=(const Operation&) = default;

 private:
  mutable std::int64_t draws_ = 0;  // written by Pass::commit alone
  mutable std::int64_t calls_ = 0;
};

/// What errors call it: "'dense_1' (Dense)".
std::string text_of(const Operation& operation);

/// The outputs with these masks; fewer masks than outputs: the rest has none.
Values with_masks(Values outputs, const Values& masks);

}  // namespace keratin
