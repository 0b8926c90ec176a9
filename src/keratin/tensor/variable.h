// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "keratin/tensor/tensor.h"
#include "keratin/tensor/variable_storage.h"

namespace keratin {

namespace regularizers {
class Regularizer;
}
namespace constraints {
class Constraint;
}

/// A weight: a named tensor, float32 but for the codes of a quantized one, which are int8. The
/// regularizer and the constraint are carried for the trainer and the optimizer; nothing here calls
/// them. Threads: as Tensor.
class Variable : public std::enable_shared_from_this<Variable> {
 public:
  Variable(std::string path, Tensor value, bool trainable = true);
  /// A table: its values are wherever `storage` has them.
  Variable(std::string path, std::shared_ptr<VariableStorage> storage, bool trainable = true);

  /// "sequential/embedding/embeddings": the names of the model, where it was built by one, the
  /// layer and the weight.
  const std::string& path() const { return path_; }
  /// "embeddings".
  std::string name() const;
  const Shape& shape() const { return storage_ ? storage_->shape() : value_.shape(); }
  DType dtype() const {
    if (storage_) return storage_->dtype();
    return value_ ? value_.dtype() : DType::kFloat32;
  }
  bool trainable() const { return trainable_; }
  /// Throws std::invalid_argument for what no step can move: codes, and what fix() says.
  void set_trainable(bool trainable);
  /// It is not to be trained, ever: the scales that belong to codes, for example.
  void fix() { is_fixed_ = true; }

  /// The values as they are now; a handle that shares them, but for a table whose values do not lie
  /// together as float32: then a copy. What a table's handle shows after the next training step is
  /// not specified: ask again. Throws OutOfMemory where the copy does not fit.
  Tensor value() const { return storage_ ? storage_->value() : value_; }
  /// The values of a weight that is a tensor, without a handle of one's own: handles are counted,
  /// and many threads that read would all write to that count. A null tensor for a table.
  const Tensor& tensor() const { return value_; }
  /// A copy of the rows `ids` along the first axis as they are now, (n, ...): costs these rows, not
  /// the table. Throws std::out_of_range for an id outside [0, shape()[0]), std::invalid_argument
  /// where there is no first axis.
  Tensor rows(const std::vector<std::int64_t>& ids) const;
  /// Null for a weight that is a tensor.
  const std::shared_ptr<VariableStorage>& storage() const { return storage_; }
  /// Copies `value` in. Throws std::invalid_argument, and changes nothing, unless it is of this
  /// shape. Another type is cast; to int8 only whole numbers that it has room for.
  void assign(const Tensor& value);
  /// What assign() makes of a value of this shape: of dtype(). Throws as it does.
  Tensor as_stored(const Tensor& value) const;
  /// Whether take_over() takes that shape: its own, and what a table that grows takes beside it.
  bool takes(const Shape& other) const;
  /// The same of a tensor that nobody else will write to: a table of float32 takes its memory, a
  /// mapped file's for example, in place of a copy.
  void take_over(const Tensor& value);

  std::shared_ptr<const regularizers::Regularizer> regularizer;  // may be null
  std::shared_ptr<const constraints::Constraint> constraint;     // may be null

 private:
  void check(const Tensor& value) const;

  std::string path_;
  Tensor value_;                              // or
  std::shared_ptr<VariableStorage> storage_;  // one of the two
  bool trainable_;
  bool is_fixed_ = false;
};

}  // namespace keratin
