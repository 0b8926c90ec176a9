// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keratin/tensor/tensor.h"

namespace keratin {

/// Where a weight's values are when they are not simply a tensor at rest: the rows of a table, some
/// of which an optimizer still owes steps to, or which have not been drawn yet
/// (table/row_storage.h).
class VariableStorage {
 public:
  virtual ~VariableStorage() = default;
  virtual const Shape& shape() const = 0;
  /// Whether a value of that shape can be taken over: of a table that grows also another number of
  /// rows.
  virtual bool takes(const Shape& other) const { return other == shape(); }
  virtual DType dtype() const { return DType::kFloat32; }
  /// All values as they are now: of dtype() and shape(). Threads: safe from any number of threads.
  /// Throws OutOfMemory, with the bytes that are wanted, where they do not fit.
  virtual Tensor value() = 0;
  /// The rows `ids` along the first axis as they are now, (n, D), without the others. The ids were
  /// checked. Threads: as value().
  virtual Tensor rows_at(const std::vector<std::int64_t>& ids) const = 0;
  /// `value` is of dtype() and shape(). Throws before anything has changed, or not at all.
  virtual void assign(const Tensor& value) = 0;
  /// Does what may fail in take_over(value). Where it throws, all that could be read is as it was.
  virtual void prepare_take_over(const Tensor& /*value*/) {}
  /// assign() of memory that nobody else writes to, which may become that of the values.
  virtual void take_over(const Tensor& value) { assign(value); }
  /// A number that was computed from all the values as they are now, if it is at hand. `of` says
  /// what it is of: the address of whatever computed it.
  virtual std::optional<double> remembered(const void* /*of*/) const { return std::nullopt; }
};

}  // namespace keratin
