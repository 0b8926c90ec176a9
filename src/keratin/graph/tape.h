// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "keratin/base/pointer_places.h"
#include "keratin/graph/pullback.h"
#include "keratin/graph/value.h"
#include "keratin/tensor/gradients.h"
#include "keratin/tensor/variable.h"

namespace keratin {

class Tape;

/// What a way back reads and writes: the derivatives of the loss (slopes) by the outputs of one
/// operation, and by its inputs.
class Slopes {
 public:
  /// dL/d(output), float32 of its shape; null: that output has no part in the loss.
  const Tensor& of(std::size_t output = 0) const;
  /// Whether somebody asks for dL/d(input).
  bool wants(std::size_t input) const;
  /// Adds to dL/d(input), which nobody may want: then nothing happens. The first is taken over.
  /// Throws std::logic_error unless it is float32 of the input's shape.
  void add(std::size_t input, Tensor slope);
  /// Adds to the gradient of a table.
  void add(const Variable& table, SparseRows rows);

 private:
  friend class Tape;
  Slopes(Tape& tape, std::size_t record) : tape_(tape), record_(record) {}
  Tape& tape_;
  std::size_t record_;
};

/// What an operation gives: outputs, and the way back where an input is recorded.
struct Result {
  Few<Tensor> outputs;
  Pullback pullback = {};
};

/// The ways back of one pass in the order in which they ran (R. E. Wengert, "A simple automatic
/// derivative evaluation program", 1964). Read from the last to the first they give the gradients.
/// A tape is held by a shared_ptr. Threads: one.
class Tape final : public Origin, public std::enable_shared_from_this<Tape> {
 public:
  Tape() : Tape(false) {}
  /// `persistent`: it may be asked any number of times, and ends with its last handle.
  explicit Tape(bool persistent) : Origin(false), persistent_(persistent) {}

  /// A value to differentiate by.
  Value watch(Tensor tensor);
  /// A weight to differentiate by: the same place for the same variable.
  Value leaf(const Variable& variable);
  /// The outputs as values of this tape. Without a pullback they are constants. Inputs that are of
  /// no tape have no slope; those of another tape are an error.
  Values record(Result result, const Arguments& inputs);

  /// The gradients of the weights by `loss`, one number, times `slope`. Ends the tape: its values
  /// are constants from then on. Throws std::logic_error for a loss of more than one number, and
  /// where it has ended. A loss that no weight has part in gives none.
  void gradients(const Value& loss, float slope, Gradients& gradients);
  /// The derivatives of sum(y * slope) by the values `by`; zeros where they have no part. Ends the
  /// tape. Null slope: ones. The first `since` ways back have no part: what they gave is constant.
  std::vector<Tensor> slopes(const Value& y, const Tensor& slope, std::span<const Value> by,
                             Gradients* gradients = nullptr, std::size_t since = 0);
  /// From now on it may be asked any number of times, and ends with its last handle.
  void make_persistent() { persistent_ = true; }
  bool has_ended() const { return ended_; }
  /// Begins again; keeps its memory. Only where no value of the old pass is left.
  void clear();
  /// How many ways back it holds.
  std::size_t size() const { return records_.size(); }

 private:
  friend class Slopes;
  struct Record {
    Pullback pullback;
    std::int32_t first_output;
    std::int32_t outputs;
    std::size_t first_input;
    std::size_t inputs;
  };
  struct Leaf {
    const Variable* variable;
    std::int32_t place;
  };
  std::int32_t new_place(const Shape& shape);
  void add_slope(std::int32_t place, Tensor slope);
  void run(const Value& y, const Tensor& slope, Gradients* gradients, std::size_t since);
  void finish();

  std::vector<Record> records_;
  std::vector<std::int32_t> inputs_;  // places, one record's behind another's; -1: not recorded
  std::vector<Shape> shapes_;         // one a place
  std::vector<Tensor> slopes_;        // one a place, while the way back runs
  std::vector<bool> kept_;            // places whose slope outlives their record
  std::vector<Leaf> leaves_;
  PointerPlaces known_;  // of the leaves' variables, in leaves_
  Gradients* gradients_ = nullptr;
  bool ended_ = false;
  bool persistent_;
};

}  // namespace keratin
