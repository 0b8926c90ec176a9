// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/base/dtype.h"
#include "keratin/base/shape.h"

namespace keratin {

/// A dense, row-major array of one DType.
///
/// A Tensor is a handle: copies are cheap and share the elements. A default-made Tensor is null: no
/// elements, shape (), `if (!tensor)`. Elements are aligned to 64 bytes unless it is a view.
/// Threads: any number may read; a writer must be alone.
class Tensor {
 public:
  Tensor() = default;
  Tensor(const Tensor&) = default;
  Tensor& operator=(const Tensor&) = default;
  /// The other is null then.
  Tensor(Tensor&& other) noexcept
      : storage_(std::move(other.storage_)),
        mask_(std::move(other.mask_)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        shape_(std::move(other.shape_)),
        dtype_(std::exchange(other.dtype_, DType::kFloat32)),
        read_only_(std::exchange(other.read_only_, false)),
        is_view_(std::exchange(other.is_view_, false)),
        null_(std::exchange(other.null_, true)) {}
  Tensor& operator=(Tensor&& other) noexcept {
    if (this == &other) return *this;
    // What this handle had goes last: to give it up may run code of others.
    const std::shared_ptr<void> storage = std::exchange(storage_, std::move(other.storage_));
    const std::shared_ptr<const Tensor> mask = std::exchange(mask_, std::move(other.mask_));
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    shape_ = std::move(other.shape_);
    dtype_ = std::exchange(other.dtype_, DType::kFloat32);
    read_only_ = std::exchange(other.read_only_, false);
    is_view_ = std::exchange(other.is_view_, false);
    null_ = std::exchange(other.null_, true);
    return *this;
  }
  void swap(Tensor& other) noexcept {
    std::swap(storage_, other.storage_);
    std::swap(mask_, other.mask_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(shape_, other.shape_);
    std::swap(dtype_, other.dtype_);
    std::swap(read_only_, other.read_only_);
    std::swap(is_view_, other.is_view_);
    std::swap(null_, other.null_);
  }

  /// All elements zero. Throws std::invalid_argument for a shape with unknown, negative or too
  /// large dimensions and OutOfMemory when the memory cannot be had.
  static Tensor zeros(const Shape& shape, DType dtype = DType::kFloat32);

  /// Copies `values`. Throws std::invalid_argument when shape.size() differs from their number.
  template <class T>
  static Tensor from(const std::vector<T>& values, const Shape& shape) {
    check_count(values.size(), shape);
    Tensor tensor = uninitialized(shape, dtype_of<T>());
    T* out = static_cast<T*>(tensor.data_);
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = values[i];
    return tensor;
  }
  /// A vector of one dimension.
  template <class T>
  static Tensor from(const std::vector<T>& values) {
    return from(values, Shape{static_cast<std::int64_t>(values.size())});
  }

  /// A view over the caller's memory, which must be aligned for T and stay alive as long as any
  /// copy of the Tensor: `owner`, when given, is held until then. Over const memory the view is
  /// read-only.
  template <class T>
  static Tensor view(std::span<T> memory, const Shape& shape,
                     std::shared_ptr<const void> owner = {}) {
    check_count(memory.size(), shape);
    Tensor tensor;
    tensor.storage_ = std::const_pointer_cast<void>(std::move(owner));
    tensor.is_view_ = true;
    tensor.data_ = const_cast<std::remove_const_t<T>*>(memory.data());
    tensor.shape_ = shape;
    tensor.size_ = static_cast<std::int64_t>(memory.size());
    tensor.dtype_ = dtype_of<T>();
    tensor.read_only_ = std::is_const_v<T>;
    tensor.null_ = false;
    return tensor;
  }

  explicit operator bool() const { return !null_; }
  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  std::int64_t size() const { return size_; }

  /// The elements, which live as long as some copy of this Tensor: give the Tensor a name before
  /// you keep its elements (`auto y = model.predict(x); auto values = y.data<float>();`). Throws
  /// std::invalid_argument when T is not the element type, and for the non-const form also when the
  /// tensor is a read-only view.
  template <class T>
  std::span<const T> data() const {
    check_type(dtype_of<T>());
    return {static_cast<const T*>(data_), static_cast<std::size_t>(size_)};
  }
  template <class T>
  std::span<T> data() {
    check_type(dtype_of<T>());
    check_writable();
    return {static_cast<T*>(data_), static_cast<std::size_t>(size_)};
  }

  /// The same elements under another shape of the same size. Shares the memory, and has no mask.
  Tensor reshaped(const Shape& shape) const;

  /// Which steps count, bool of the leading axes; null where all do. What a layer makes or passes
  /// on when it is called by itself, and the next layer, loss or metric takes where it is given no
  /// other. Handles made of this one carry it; what is computed from the elements does not. Keras:
  /// `_keras_mask`.
  Tensor mask() const { return mask_ ? *mask_ : Tensor(); }
  bool has_mask() const { return mask_ != nullptr; }
  /// The same elements with that mask, null for none. Throws std::invalid_argument unless it is
  /// bool and has the leading axes of this one.
  Tensor with_mask(Tensor mask) const;

 private:
  friend struct TensorAccess;
  static Tensor uninitialized(const Shape& shape, DType dtype);
  static Tensor allocated(const Shape& shape, DType dtype, bool zero);
  static void check_count(std::size_t count, const Shape& shape);
  void check_type(DType wanted) const;
  void check_writable() const;

  std::shared_ptr<void> storage_;       // of a view: what keeps the memory alive, or null
  std::shared_ptr<const Tensor> mask_;  // has none itself
  void* data_ = nullptr;
  std::int64_t size_ = 0;
  Shape shape_;
  DType dtype_ = DType::kFloat32;
  bool read_only_ = false;
  bool is_view_ = false;
  bool null_ = true;
};

/// Memory of large tensors (32 MiB or more) that are gone is kept for the next ones: fresh pages
/// take the kernel longer to make than a lookup takes. At most `bytes` from now on; 0 keeps none.
/// Without this call a sixteenth of the machine's memory, and 1 GiB at most. Threads: safe.
void set_kept_memory(std::int64_t bytes);
/// How many bytes are kept now. Threads: safe.
std::int64_t kept_memory();
/// Gives all that is kept back to the system, and returns how many bytes that was. Threads: safe.
std::int64_t release_kept_memory();

}  // namespace keratin
