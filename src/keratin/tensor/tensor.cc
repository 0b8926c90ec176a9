// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/tensor.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include <sys/mman.h>

#include "keratin/base/error.h"
#include "keratin/tensor/pages.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line, and the widest vector register
// Memory of that size comes as fresh pages: they are zero without being written, and take up room
// only when they are touched, which is what large tables want.
constexpr std::size_t kFromTheKernel = std::size_t{32} << 20;

std::size_t padded(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

/// Makes a control block and, behind it in the same piece of memory, room for elements: one
/// allocation for a tensor, of which a step makes many.
template <class T>
struct WithElements {
  using value_type = T;
  WithElements(std::size_t bytes, void** elements) : bytes(bytes), elements(elements) {}
  template <class Other>
  WithElements(const WithElements<Other>& other) : bytes(other.bytes), elements(other.elements) {}

  T* allocate(std::size_t count) {
    const std::size_t front = count * sizeof(T);
    void* memory = ::operator new(front + bytes + kAlignment - 1);
    const auto end = reinterpret_cast<std::uintptr_t>(memory) + front;
    *elements = static_cast<std::byte*>(memory) + front + (padded(end) - end);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t /*count*/) { ::operator delete(memory); }
  template <class Other>
  bool operator==(const WithElements<Other>&) const {
    return true;
  }

  std::size_t bytes;
  void** elements;  // where the one who allocates wants to hear where they are
};

struct Nothing {};

struct Block {
  void* memory = nullptr;  // null when there is none
  std::size_t bytes = 0;
};

Block fresh_pages(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return {};
  advise_huge_pages(memory, bytes);
  return {memory, bytes};
}

/// Large blocks that were given up last: the next result of that size need not wait for the kernel
/// to make and clear its pages, which takes longer than a lookup does. No more than
/// set_kept_memory() says, and none where a sanitizer wants to see every use after free.
class KeptBlocks {
 public:
  KeptBlocks() { blocks_.reserve(kMost + 1); }

  Block take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    for (auto block = blocks_.begin(); block != blocks_.end(); ++block) {
      if (block->bytes < bytes || block->bytes - bytes > bytes / 4) continue;
      const Block found = *block;
      blocks_.erase(block);
      kept_ -= found.bytes;
      return found;
    }
    return {};
  }
  void keep(Block block) {
    const std::lock_guard lock(mutex_);
    blocks_.push_back(block);
    kept_ += block.bytes;
    drop_to(limit_);
  }
  void set_limit(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (kKeeps) limit_ = bytes;
    drop_to(limit_);
  }
  std::size_t drop_all() {
    const std::lock_guard lock(mutex_);
    const std::size_t given = kept_;
    drop_to(0);
    return given;
  }
  std::size_t kept() {
    const std::lock_guard lock(mutex_);
    return kept_;
  }

 private:
  void drop_to(std::size_t limit) {
    while (!blocks_.empty() && (kept_ > limit || blocks_.size() > kMost)) {
      kept_ -= blocks_.front().bytes;
      munmap(blocks_.front().memory, blocks_.front().bytes);
      blocks_.erase(blocks_.begin());
    }
  }

  static constexpr std::size_t kMost = 16;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr bool kKeeps = false;
#else
  static constexpr bool kKeeps = true;
#endif
  std::size_t limit_ =
      kKeeps ? std::min<std::size_t>(static_cast<std::size_t>(physical_memory()) / 16, 1U << 30)
             : 0;
  std::mutex mutex_;
  std::vector<Block> blocks_;  // oldest first
  std::size_t kept_ = 0;
};

KeptBlocks& kept_blocks() {
  static auto* const blocks = new KeptBlocks;  // outlives every tensor
  return *blocks;
}

/// What owns `bytes` bytes at `elements`. Throws std::bad_alloc.
std::shared_ptr<void> pages(std::size_t bytes, bool zero, void** elements) {
  Block block = zero ? Block{} : kept_blocks().take(bytes);
  if (block.memory == nullptr) block = fresh_pages(bytes);
  if (block.memory == nullptr) throw std::bad_alloc();
  *elements = block.memory;
  return {block.memory, [block](void*) { kept_blocks().keep(block); }};
}

/// The same for any size; null when there is no memory.
std::shared_ptr<void> allocate(std::size_t bytes, bool zero, void** elements) noexcept try {
  if (bytes >= kFromTheKernel) return pages(bytes, zero, elements);  // zero where they are fresh
  const auto block = std::allocate_shared<Nothing>(WithElements<Nothing>(bytes, elements));
  if (zero) std::memset(*elements, 0, bytes);
  return block;
} catch (const std::bad_alloc&) {
  return nullptr;
}

}  // namespace

std::int64_t release_kept_memory() { return static_cast<std::int64_t>(kept_blocks().drop_all()); }
std::int64_t kept_memory() { return static_cast<std::int64_t>(kept_blocks().kept()); }
void set_kept_memory(std::int64_t bytes) {
  if (bytes < 0)
    invalid_argument("set_kept_memory", "bytes must not be negative. Received: ", bytes);
  kept_blocks().set_limit(static_cast<std::size_t>(bytes));
}

Tensor Tensor::uninitialized(const Shape& shape, DType dtype) {
  return allocated(shape, dtype, false);
}
Tensor Tensor::zeros(const Shape& shape, DType dtype) { return allocated(shape, dtype, true); }

Tensor Tensor::allocated(const Shape& shape, DType dtype, bool zero) {
  Tensor tensor;
  tensor.size_ = shape.size();
  const std::size_t width = size_of(dtype);
  const auto count = static_cast<std::size_t>(tensor.size_);
  if (count >
      (static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) - kAlignment) / width) {
    invalid_argument("Tensor", "shape ", shape, " of ", to_string(dtype),
                     " does not fit an address space.");
  }
  const std::size_t bytes = padded(count * width);
  // The kernel would give the addresses, and end some process once they are written to.
  const bool fits = bytes <= static_cast<std::size_t>(physical_memory());
  if (fits) {
    tensor.storage_ = allocate(bytes, zero, &tensor.data_);
    if (!tensor.storage_ && kept_blocks().drop_all() > 0)
      tensor.storage_ = allocate(bytes, zero, &tensor.data_);
  }
  if (!tensor.storage_) {
    throw OutOfMemory(str("[Tensor] out of memory: shape ", shape, " of ", to_string(dtype),
                          " needs ", bytes, " bytes."));
  }
  tensor.shape_ = shape;
  tensor.dtype_ = dtype;
  tensor.null_ = false;
  return tensor;
}

Tensor Tensor::reshaped(const Shape& shape) const {
  check_count(static_cast<std::size_t>(size_), shape);
  Tensor result = *this;
  result.shape_ = shape;
  result.mask_.reset();
  return result;
}

Tensor Tensor::with_mask(Tensor mask) const {
  Tensor result = *this;
  result.mask_.reset();
  if (!mask) return result;
  bool fits = mask.dtype() == DType::kBool && mask.shape().rank() <= shape_.rank();
  for (std::size_t i = 0; fits && i < mask.shape().rank(); ++i) fits = mask.shape()[i] == shape_[i];
  if (!fits) {
    invalid_argument("Tensor", "a mask must be bool and have the leading axes of shape ", shape_,
                     ". Received: ", to_string(mask.dtype()), " of shape ", mask.shape());
  }
  mask.mask_.reset();
  result.mask_ = std::make_shared<const Tensor>(std::move(mask));
  return result;
}

void Tensor::check_count(std::size_t count, const Shape& shape) {
  const std::int64_t wanted = shape.size();
  if (static_cast<std::size_t>(wanted) != count) {
    invalid_argument("Tensor", "shape ", shape, " has ", wanted, " elements. Received: ", count,
                     " elements.");
  }
}

void Tensor::check_type(DType wanted) const {
  if (null_) invalid_argument("Tensor", "there is no tensor: it has no elements.");
  if (wanted != dtype_) {
    invalid_argument("Tensor", "data<T>() asked for ", to_string(wanted), ", the tensor holds ",
                     to_string(dtype_), ".");
  }
}

void Tensor::check_writable() const {
  if (read_only_)
    invalid_argument("Tensor", "the tensor is a view over const memory: it cannot be written.");
}

Tensor copy_of(const Tensor& tensor) {
  if (!tensor) return {};
  Tensor copy = uninitialized(tensor.shape(), tensor.dtype());
  TensorAccess::copy_elements(tensor, copy);
  return copy;
}

namespace {

/// Bytes of one row along the first axis; 0 for a tensor without elements.
std::size_t row_bytes(const Tensor& tensor) {
  const std::int64_t rows = tensor.shape().dim(0);
  return rows == 0 ? 0 : TensorAccess::bytes(tensor) / static_cast<std::size_t>(rows);
}

}  // namespace

Tensor slice_rows(const Tensor& tensor, std::int64_t first, std::int64_t count) {
  const std::int64_t rows = tensor.shape().dim(0);
  if (first < 0 || count < 0 || first > rows - count) {
    invalid_argument("Tensor", "rows [", first, ", ", first + count, ") are not in shape ",
                     tensor.shape(), ".");
  }
  const Shape shape = tensor.shape().with_batch(count);
  const std::int64_t row_size = rows == 0 ? 0 : tensor.size() / rows;
  return TensorAccess::part(tensor, first * row_size, shape);
}

Tensor take_rows(const Tensor& tensor, const std::int64_t* indices, std::int64_t count) {
  Tensor result = uninitialized(tensor.shape().with_batch(count), tensor.dtype());
  const std::size_t width = row_bytes(tensor);
  const auto* from = static_cast<const std::byte*>(TensorAccess::raw(tensor));
  auto* to = static_cast<std::byte*>(TensorAccess::raw(result));
  if (width == 0) return result;
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(to + static_cast<std::size_t>(i) * width,
                from + static_cast<std::size_t>(indices[i]) * width, width);
  }
  return result;
}

Tensor cast(const Tensor& tensor, DType dtype) {
  if (!tensor || tensor.dtype() == dtype) return tensor;
  Tensor result = uninitialized(tensor.shape(), dtype);
  visit_dtype(tensor.dtype(), [&](auto from_zero) {
    using From = decltype(from_zero);
    const auto from = tensor.data<From>();
    visit_dtype(dtype, [&](auto to_zero) {
      using To = decltype(to_zero);
      const auto to = result.data<To>();
      for (std::size_t i = 0; i < from.size(); ++i) {
        if constexpr (std::is_same_v<To, bool>) {
          to[i] = from[i] != From{};
        } else {
          to[i] = static_cast<To>(from[i]);
        }
      }
    });
  });
  return result;
}

}  // namespace keratin
