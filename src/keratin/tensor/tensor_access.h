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
  static const void* raw(const Tensor& tensor) {
    return tensor.body_ != nullptr ? tensor.body_->data : nullptr;
  }
  static void* raw(Tensor& tensor) {
    return tensor.body_ != nullptr ? tensor.body_->data : nullptr;
  }
  /// True over memory of the caller's, which others may write to meanwhile.
  static bool is_view(const Tensor& tensor) {
    return tensor.body_ != nullptr && tensor.body_->is_view;
  }
  /// True over const memory.
  static bool is_read_only(const Tensor& tensor) {
    return tensor.body_ != nullptr && tensor.body_->read_only;
  }
  /// A handle that does not keep the tensor alive, for use while another one does: handles are
  /// counted, and many threads that read one tensor would all write to that count. Has no mask.
  static Tensor borrowed(const Tensor& tensor) {
    Tensor result;
    result.body_ = tensor.body_;
    result.borrows_ = tensor.body_ != nullptr;
    return result;
  }
  /// True of what borrowed() gave, and of a view without owner.
  static bool is_borrowed(const Tensor& tensor) {
    return tensor.borrows_ || (tensor.body_ != nullptr && !tensor.body_->keeps);
  }
  /// True when no other handle has these elements, and nobody else their memory.
  static bool is_alone(const Tensor& tensor) {
    if (!tensor.is_counted() || tensor.body_->is_view || !tensor.body_->keeps) return false;
    return tensor.body_->handles.load(std::memory_order_acquire) == 1 &&
           (!tensor.body_->whole || is_alone(tensor.body_->whole));
  }
  /// The elements of `shape` from element `first` on: shares and keeps the storage alive.
  static Tensor part(const Tensor& tensor, std::int64_t first, const Shape& shape) {
    return tensor.part(static_cast<std::byte*>(tensor.body_->data) +
                           static_cast<std::size_t>(first) * size_of(tensor.body_->dtype),
                       shape);
  }
  static std::size_t bytes(const Tensor& tensor) {
    return static_cast<std::size_t>(tensor.size()) * size_of(tensor.dtype());
  }
  /// All elements of `from` to those of `to`, which has as many of the same type; they may be the
  /// same. A tensor without elements may be without memory, which memmove does not take.
  static void copy_elements(const Tensor& from, Tensor& to) {
    if (to.size() > 0) std::memmove(raw(to), raw(from), bytes(to));
  }
};

/// A tensor whose elements are not set yet: for results that are written whole.
/// The float32 elements; null of a null tensor.
inline const float* elements(const Tensor& tensor) {
  return tensor ? tensor.data<float>().data() : nullptr;
}

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
