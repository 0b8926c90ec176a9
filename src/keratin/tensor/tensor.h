// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
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
  Tensor(const Tensor& other) noexcept : body_(other.body_), borrows_(other.borrows_) {
    if (is_counted()) count_one_more();
  }
  /// The other is null then.
  Tensor(Tensor&& other) noexcept
      : body_(std::exchange(other.body_, nullptr)),
        borrows_(std::exchange(other.borrows_, false)) {}
  // What this handle had goes last: to give it up may run code of others.
  Tensor& operator=(const Tensor& other) noexcept {
    Tensor(other).swap(*this);
    return *this;
  }
  Tensor& operator=(Tensor&& other) noexcept {
    Tensor(std::move(other)).swap(*this);
    return *this;
  }
  ~Tensor() {
    if (is_counted()) count_one_less();
  }
  void swap(Tensor& other) noexcept {
    std::swap(body_, other.body_);
    std::swap(borrows_, other.borrows_);
  }

  /// All elements zero. Throws std::invalid_argument for a shape with unknown, negative or too
  /// large dimensions and OutOfMemory when the memory cannot be had.
  static Tensor zeros(const Shape& shape, DType dtype = DType::kFloat32);

  /// Copies `values`. Throws std::invalid_argument when shape.size() differs from their number.
  template <class T>
  static Tensor from(const std::vector<T>& values, const Shape& shape) {
    check_count(values.size(), shape);
    Tensor tensor = uninitialized(shape, dtype_of<T>());
    const std::span<T> out = tensor.data<T>();
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = values[i];
    return tensor;
  }
  /// A vector of one dimension.
  template <class T>
  static Tensor from(const std::vector<T>& values) {
    return from(values, Shape{static_cast<std::int64_t>(values.size())});
  }

  /// Copies the texts: a tensor of strings, which is never written to. Its elements are
  /// `data<std::string_view>()`.
  static Tensor from(const std::vector<std::string>& texts, const Shape& shape);
  static Tensor from(const std::vector<std::string>& texts) {
    return from(texts, Shape{static_cast<std::int64_t>(texts.size())});
  }
  /// The same of texts whose bytes `owner` keeps.
  static Tensor strings(std::vector<std::string_view> texts, const Shape& shape,
                        std::shared_ptr<const void> owner);

  /// A view over the caller's memory, which must be aligned for T and stay alive as long as any
  /// copy of the Tensor: `owner`, when given, is held until then. Over const memory the view is
  /// read-only.
  template <class T>
  static Tensor view(std::span<T> memory, const Shape& shape,
                     std::shared_ptr<const void> owner = {}) {
    check_count(memory.size(), shape);
    return view(const_cast<std::remove_const_t<T>*>(memory.data()), shape, dtype_of<T>(),
                std::is_const_v<T>, std::move(owner));
  }

  explicit operator bool() const { return body_ != nullptr; }
  const Shape& shape() const;
  DType dtype() const;
  std::int64_t size() const;

  /// The elements, which live as long as some copy of this Tensor: give the Tensor a name before
  /// you keep its elements (`auto y = model.predict(x); auto values = y.data<float>();`). Throws
  /// std::invalid_argument when T is not the element type, and for the non-const form also when the
  /// tensor is a read-only view.
  template <class T>
  std::span<const T> data() const;
  template <class T>
  std::span<T> data();

  /// The same elements under another shape of the same size. Shares the memory, and has no mask.
  Tensor reshaped(const Shape& shape) const&;
  Tensor reshaped(const Shape& shape) &&;

  /// Which steps count, bool of the leading axes; null where all do. What a layer makes or passes
  /// on when it is called by itself, and the next layer, loss or metric takes where it is given no
  /// other. Handles made of this one carry it; what is computed from the elements does not. Keras:
  /// `_keras_mask`.
  Tensor mask() const;
  bool has_mask() const;
  /// The same elements with that mask, null for none. Throws std::invalid_argument unless it is
  /// bool and has the leading axes of this one.
  Tensor with_mask(Tensor mask) const;

 private:
  friend struct TensorAccess;
  struct Body;
  bool is_counted() const { return body_ != nullptr && !borrows_; }
  void count_one_more() const noexcept;
  void count_one_less() const noexcept;
  static void give_up(Body* body) noexcept;
  static Tensor uninitialized(const Shape& shape, DType dtype);
  static Tensor allocated(const Shape& shape, DType dtype, bool zero);
  static Tensor view(void* data, const Shape& shape, DType dtype, bool read_only,
                     std::shared_ptr<const void> owner);
  /// Elements among those of this one, of the same type.
  Tensor part(void* data, const Shape& shape) const;
  static void check_count(std::size_t count, const Shape& shape);
  static const Shape& no_shape();
  [[noreturn]] void refuse_type(DType wanted) const;
  [[noreturn]] static void refuse_to_write();

  Body* body_ = nullptr;  // null: the null tensor
  bool borrows_ = false;  // a handle that is not counted: another one keeps the body
};

/// What the handles of a tensor share. Where it is not a part, a view or very large, its elements
/// lie behind it in the same piece of memory: a step makes many of them.
struct Tensor::Body {
  static Body* make(std::size_t bytes);
  static Body* with_elements(std::size_t bytes, bool zero) noexcept;

  std::atomic<std::int64_t> handles = 1;
  DType dtype = DType::kFloat32;
  bool read_only = false;
  bool is_view = false;
  bool keeps = true;  // the elements live as long as this
  std::int64_t size = 0;
  void* data = nullptr;
  std::size_t memory = 0;  // bytes, of the piece that begins with this
  Shape shape = {};
  Tensor mask = {};                        // has none itself
  Tensor whole = {};                       // of a part, or what was reshaped: whose elements it has
  std::shared_ptr<const void> owner = {};  // of a view, or of pages
};

inline void Tensor::count_one_more() const noexcept {
  body_->handles.fetch_add(1, std::memory_order_relaxed);
}
inline void Tensor::count_one_less() const noexcept {
  // The only handle needs no agreement with others.
  if (body_->handles.load(std::memory_order_acquire) == 1 ||
      body_->handles.fetch_sub(1, std::memory_order_acq_rel) == 1)
    give_up(body_);
}
inline const Shape& Tensor::shape() const { return body_ != nullptr ? body_->shape : no_shape(); }
inline DType Tensor::dtype() const { return body_ != nullptr ? body_->dtype : DType::kFloat32; }
inline std::int64_t Tensor::size() const { return body_ != nullptr ? body_->size : 0; }
inline bool Tensor::has_mask() const { return is_counted() && body_->mask; }
inline Tensor Tensor::mask() const { return is_counted() ? body_->mask : Tensor(); }

template <class T>
std::span<const T> Tensor::data() const {
  if (body_ == nullptr || body_->dtype != dtype_of<T>()) refuse_type(dtype_of<T>());
  return {static_cast<const T*>(body_->data), static_cast<std::size_t>(body_->size)};
}
template <class T>
std::span<T> Tensor::data() {
  if (body_ == nullptr || body_->dtype != dtype_of<T>()) refuse_type(dtype_of<T>());
  if (body_->read_only) refuse_to_write();
  return {static_cast<T*>(body_->data), static_cast<std::size_t>(body_->size)};
}

/// Memory of large tensors (1 MiB or more) that are gone is kept for the next ones: fresh pages
/// take the kernel longer to make than a lookup takes. At most `bytes` from now on; 0 keeps none.
/// Without this call a sixteenth of the machine's memory, and 1 GiB at most. Threads: safe.
void set_kept_memory(std::int64_t bytes);
/// How many bytes are kept now. Threads: safe.
std::int64_t kept_memory();
/// Gives all that is kept back to the system, and returns how many bytes that was. Threads: safe.
std::int64_t release_kept_memory();

}  // namespace keratin
