// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "keratin/regularizers/regularizer.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/gradients.h"

/// The gradient of a variable between the trainer and the rule. Not installed.
namespace keratin::optimizers {

/// The widest row that a step visits by itself; wider ones are swept with all others.
using table::kLongestRow;

/// A variable as rows: (V, D) for a matrix; otherwise all dimensions but the last, and the last.
struct Layout {
  std::int64_t rows = 1;
  std::int64_t width = 1;
};
Layout layout_of(const Shape& shape);
/// The rows of so many elements; one at least.
std::int64_t rows_in(std::int64_t elements, std::int64_t width);

/// The sum of a variable's gradients over the calls of a gradient accumulation. Rows stay rows.
class GradientSum {
 public:
  /// Adds the gradient (null: zero) of the variable / divisor. With `penalty`, also the
  /// regularizer's gradient at the present weights: the sum is dense then.
  void add(const Variable& variable, const Gradients::Entry* gradient, float divisor, bool penalty);
  void clear();

  const Tensor& dense() const { return dense_; }
  const SparseRows& rows() const { return rows_; }

  /// As Keras keeps it: a tensor of the variable's shape.
  Tensor to_tensor(const Shape& shape) const;
  /// Takes over such a tensor.
  void from_tensor(const Tensor& tensor);

 private:
  Tensor dense_;     // null, or
  SparseRows rows_;  // without values; both when nothing has been added
};

/// The memory in which blocks of a gradient are put together; each thread has its own. On the stack
/// but for blocks of more than kElements.
class GradientBlock {
 public:
  static constexpr std::size_t kElements = 4096;

  /// `large` is for such blocks, and as large as they are.
  explicit GradientBlock(std::span<float> large = {})
      : memory_(large.size() > kElements ? large : std::span<float>(values_)) {}
  GradientBlock(const GradientBlock&) = delete;
  GradientBlock& operator=(const GradientBlock&) = delete;

 private:
  friend class StepGradient;
  std::array<float, kElements> values_;
  std::span<float> memory_;
  std::size_t clear_ = 0;        // so many elements are zero but for what the last block left:
  std::size_t dirty_begin_ = 0;  // those from here
  std::size_t dirty_end_ = 0;    // to here
};

/// The gradient that one step applies to one variable, given out row by row or block by block, so
/// that a table never needs a gradient of its own size:
///   clip((dense or rows or zero) / divisor + gradient of the penalty)
class StepGradient {
 public:
  /// At most one of `dense` and `rows` is set. `penalty` adds the variable's regularizer (if any).
  /// The variable and the rows must stay alive, and the weights as they are until block() was
  /// called.
  StepGradient(const Variable& variable, const Tensor& dense, const SparseRows* rows, float divisor,
               bool penalty);

  /// True when rows() names every row whose gradient may differ from zero.
  bool is_sparse() const { return !dense_ && penalty_ == nullptr && keeps_zeros(); }
  /// False when dividing and clipping make NaN of 0, as Keras does with a norm that is NaN: then
  /// every element of the variable has a gradient.
  bool keeps_zeros() const { return 0 / divisor_ * scale_factor_ / scale_divisor_ == 0; }
  const std::vector<std::int64_t>& ids() const;
  /// The weights of these rows, one after another, if they were read when the table's version() was
  /// `version`; else null.
  const float* weights(std::uint64_t version) const;

  /// The squared norm before clipping, summed in double in an order that depends on the shape
  /// alone.
  double squared_norm() const;

  // Clipping: after the last squared_norm().
  /// g * factor / divisor
  void clip_by_scale(float factor, float divisor);
  /// min(max(g, -limit), limit)
  void clip_by_value(float limit) { limit_ = limit; }

  /// The gradient of rows [begin, end): valid until the next call with the same memory.
  const float* block(std::int64_t begin, std::int64_t end, GradientBlock& memory) const;
  /// The gradients of `count` rows from ids()[index] on, one after another, where is_sparse(). May
  /// write them to `memory`, which has room for them.
  const float* rows(std::size_t index, std::size_t count, std::span<float> memory) const;

 private:
  bool is_changed() const { return divisor_ != 1 || penalty_ != nullptr || clips(); }
  bool clips() const { return scales_ || limit_.has_value(); }
  void clip(float* g, std::size_t n) const;
  void divide(float* g, std::size_t n) const;
  double squared_norm_of_rows() const;
  double squared_norm_of_blocks() const;

  Layout layout_;
  Tensor dense_;
  const SparseRows* rows_;
  float divisor_;
  const regularizers::Regularizer* penalty_ = nullptr;  // what is left to add by blocks
  Tensor weights_;                                      // that it is of
  bool scales_ = false;
  float scale_factor_ = 1;
  float scale_divisor_ = 1;
  std::optional<float> limit_;
};

}  // namespace keratin::optimizers
