// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "keratin/base/pointer_places.h"
#include "keratin/graph/tape.h"
#include "keratin/graph/value.h"

namespace keratin {

class Operation;

/// What happens when a mask reaches a layer that cannot carry it.
enum class MaskPolicy {
  kStrict,  ///< an error that names both layers: the rule of new models
  kKeras3,  ///< the mask is dropped (Keras 3, after a warning there)
  kKeras2,  ///< the mask is dropped (tf.keras 2, silently)
};

/// One batch on its way through operations: training or not, where it is recorded, and what becomes
/// true when the step is taken. Nothing of the operations changes before commit(). Threads: one.
class Pass {
 public:
  /// What an operation keeps beside its weights and a step changes: keys that are counted.
  class Change {
   public:
    virtual ~Change() = default;
    /// The step is taken. Cannot fail.
    virtual void commit() = 0;
  };

  Pass() = default;
  explicit Pass(bool in_training, std::shared_ptr<Tape> on = {},
                MaskPolicy policy = MaskPolicy::kStrict)
      : training(in_training), tape(std::move(on)), mask_policy(policy) {}

  bool training = false;
  std::shared_ptr<Tape> tape = {};  // null: nobody will ask for derivatives
  MaskPolicy mask_policy = MaskPolicy::kStrict;
  Values losses = {};  // of layers: activity regularizers, add_loss

  /// The weight as it is now: a leaf of the tape where it is trained, else a constant.
  Value value(const Variable& variable) const;
  /// The weight as it is now, of which nobody wants a derivative: it is frozen. Without a tape it
  /// lives as long as the weight: what leaves the call is copied (Value::kept()).
  Value constant(const Variable& variable) const;
  /// A number that joins the loss of this batch.
  void add_loss(Value loss) { losses.push_back(std::move(loss)); }
  /// The variable has that value when the step is taken: moving means. What value() gives of it in
  /// this pass from now on.
  void update(Variable& variable, Tensor value);
  /// Which draw of `who` this is, counted from what it has drawn before: what random layers draw
  /// from. Throws nothing.
  std::int64_t draw(const Operation& who);
  /// The change that `who` has begun in this pass, null before the first call, which sets it: what
  /// is gone with a pass that is not committed has never been.
  std::shared_ptr<Change>& change(const Operation& who);
  /// While it lives the pass is in training where the options of a call say so: {"training": true}.
  class Training {
   public:
    Training(Pass& pass, const Config& options);
    ~Training() { pass_.training = before_; }
    Training(const Training&) = delete;
    Training& operator=(const Training&) = delete;

   private:
    Pass& pass_;
    bool before_;
  };
  /// Updates, draws and changes become true. Cannot fail.
  void commit();
  /// What was read in this pass and might not live on by itself lives as long as the pass: a layer
  /// that a function of the user's made for one call, whose weights the tape knows.
  void keep(std::shared_ptr<const void> object) { kept_.push_back(std::move(object)); }

 private:
  std::vector<std::pair<Variable*, Tensor>> updates_;
  std::vector<std::pair<const Operation*, std::int64_t>> draws_;
  std::vector<std::shared_ptr<Change>> changes_;
  PointerPlaces updated_, drawing_, changing_;  // of those variables and operations
  std::vector<std::shared_ptr<const void>> kept_;
};

}  // namespace keratin
