// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "keratin/tensor/tensor.h"

/// What the library needs of a Tensor and its users do not. Not installed.
namespace keratin {

struct TensorAccess {
  static Tensor uninitialized(const Shape& shape, DType dtype) {
    return Tensor::uninitialized(shape, dtype);
  }
  static const void* raw(const Tensor& tensor) { return tensor.data_; }
  static void* raw(Tensor& tensor) { return tensor.data_; }
  /// True over memory of the caller's, which others may write to meanwhile.
  static bool is_view(const Tensor& tensor) { return tensor.is_view_; }
  /// A handle that does not keep the elements alive, for use while another one does: handles are
  /// counted, and many threads that read one tensor would all write to that count. Has no mask.
  static Tensor borrowed(const Tensor& tensor) {
    Tensor result;
    result.data_ = tensor.data_;
    result.size_ = tensor.size_;
    result.shape_ = tensor.shape_;
    result.dtype_ = tensor.dtype_;
    result.read_only_ = tensor.read_only_;
    result.is_view_ = tensor.is_view_;
    result.null_ = tensor.null_;
    return result;
  }
  /// True of what borrowed() gave, and of a view without owner.
  static bool is_borrowed(const Tensor& tensor) { return !tensor.storage_ && !tensor.null_; }
  /// True when no other handle has these elements, and nobody else their memory.
  static bool is_alone(const Tensor& tensor) {
    return !tensor.is_view_ && tensor.storage_.use_count() == 1;
  }
  /// The elements of `shape` from element `first` on: shares and keeps the storage alive.
  static Tensor part(const Tensor& tensor, std::int64_t first, const Shape& shape) {
    Tensor result = tensor;
    result.mask_.reset();
    result.data_ = static_cast<std::byte*>(tensor.data_) +
                   static_cast<std::size_t>(first) * size_of(tensor.dtype_);
    result.size_ = shape.size();
    result.shape_ = shape;
    return result;
  }
  static std::size_t bytes(const Tensor& tensor) {
    return static_cast<std::size_t>(tensor.size_) * size_of(tensor.dtype_);
  }
  /// All elements of `from` to those of `to`, which has as many of the same type; they may be the
  /// same. A tensor without elements may be without memory, which memmove does not take.
  static void copy_elements(const Tensor& from, Tensor& to) {
    if (to.size_ > 0) std::memmove(to.data_, from.data_, bytes(to));
  }
};

/// A tensor whose elements are not set yet: for results that are written whole.
inline Tensor uninitialized(const Shape& shape, DType dtype = DType::kFloat32) {
  return TensorAccess::uninitialized(shape, dtype);
}

/// A tensor of its own memory with the same elements.
Tensor copy_of(const Tensor& tensor);

/// The elements as they are now: a copy of a view, whose memory another thread may write to between
/// two readings; any other tensor itself. With its mask.
inline Tensor snapshot(const Tensor& tensor) {
  return TensorAccess::is_view(tensor) ? copy_of(tensor).with_mask(tensor.mask()) : tensor;
}
/// The same without a handle of one's own, which is counted where other threads count theirs: a
/// copy is put into `copy`.
inline const Tensor& snapshot(const Tensor& tensor, Tensor& copy) {
  if (!TensorAccess::is_view(tensor)) return tensor;
  copy = snapshot(tensor);
  return copy;
}

/// Elements [first, first + count) along the first axis, sharing the memory.
/// Throws std::invalid_argument when they are not all there.
Tensor slice_rows(const Tensor& tensor, std::int64_t first, std::int64_t count);

/// Copies rows (along the first axis) in the order of `indices`. Every index must be in range.
Tensor take_rows(const Tensor& tensor, const std::int64_t* indices, std::int64_t count);

/// As another type, each element as C++ converts it (bool: not zero). The tensor itself when it has
/// that type already.
Tensor cast(const Tensor& tensor, DType dtype);

}  // namespace keratin
