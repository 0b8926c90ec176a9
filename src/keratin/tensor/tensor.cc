// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/tensor.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
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
// Of that size it is made anew where it must be zero: fresh pages are that without being written,
// and take up room only when they are touched, which is what large tables want.
constexpr std::size_t kFreshFrom = std::size_t{32} << 20;

std::size_t padded(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kKeeps = false;  // a sanitizer wants to see every use after free
#else
constexpr bool kKeeps = true;
#endif

// Memory up to that size is kept by the thread that gave it up.
constexpr std::size_t kSmallUpTo = std::size_t{64} << 10;
// From that size on it comes as pages, which are kept for the next tensors: malloc gives memory
// from 128 KiB on back to the kernel, and to have pages made and cleared again takes longer than to
// fill them. A sanitizer sees past the end of what malloc gives.
constexpr std::size_t kPagesFrom = kKeeps ? kSmallUpTo : std::size_t{1} << 20;

/// Small pieces of memory that this thread gave up last, for its next tensors: a step makes and
/// drops the same ones over and over. Threads: each its own; memory may be given up by another one
/// than took it.
class SmallBlocks {
 public:
  /// At least `bytes`, which becomes how many there are. Throws std::bad_alloc.
  static void* take(std::size_t& bytes) {
    if (bytes > kSmallUpTo || !kKeeps) return ::operator new(bytes);
    const Size size(bytes);
    bytes = size.bytes;
    Free*& first = kept.first[size.list];
    if (first == nullptr) return ::operator new(bytes);
    kept.bytes -= bytes;
    return std::exchange(first, first->next);
  }
  /// What take() gave.
  static void give(void* memory, std::size_t bytes) noexcept {
    if (bytes > kSmallUpTo || !kKeeps || kept.bytes + bytes > kept.limit)
      return ::operator delete(memory);
    if (kept.bytes == 0) drop_at_end.begin();
    Free*& first = kept.first[Size(bytes).list];
    first = new (memory) Free{first};
    kept.bytes += bytes;
  }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 20;

  /// One of four sizes between a power of two and the next, from 256 on, and which list has it.
  struct Size {
    explicit Size(std::size_t wanted) {
      const std::size_t last = std::max<std::size_t>(wanted, 256) - 1;
      const auto shift = static_cast<std::size_t>(std::bit_width(last)) - 3;
      const std::size_t quarters = (last >> shift) + 1;  // 5 to 8
      bytes = quarters << shift;
      list = 4 * (shift - 5) + quarters - 8;
    }
    std::size_t bytes, list;
  };
  struct Free {
    Free* next;
  };
  /// Without a destructor: tensors may be dropped when the objects of their thread are gone.
  struct Kept {
    std::array<Free*, 33> first;
    std::size_t bytes;
    std::size_t limit;
  };
  struct DropAtEnd {
    void begin() {}
    ~DropAtEnd() {
      kept.limit = 0;
      for (Free*& first : kept.first) {
        while (first != nullptr) ::operator delete(std::exchange(first, first->next));
      }
    }
  };
  static constinit thread_local Kept kept;
  static thread_local DropAtEnd drop_at_end;
};
constinit thread_local SmallBlocks::Kept SmallBlocks::kept{.first = {}, .bytes = 0, .limit = kMost};
thread_local SmallBlocks::DropAtEnd SmallBlocks::drop_at_end;

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

  /// The last one given up that fits: its elements may be in a cache yet.
  Block take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
      if (block->bytes < bytes || block->bytes - bytes > bytes / 4) continue;
      const Block found = *block;
      blocks_.erase(std::prev(block.base()));
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

  static constexpr std::size_t kMost = 512;
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

/// So many bytes that are zero if they must be, from those that are kept or from the kernel. None
/// where there is no memory.
Block pages(std::size_t bytes, bool zero) {
  Block block = zero && bytes >= kFreshFrom ? Block{} : kept_blocks().take(bytes);
  if (block.memory == nullptr) return fresh_pages(bytes);
  if (zero) std::memset(block.memory, 0, bytes);
  return block;
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
  if (dtype == DType::kString) refuse_strings();  // they are made of texts that are there
  const std::int64_t size = shape.size();
  const std::size_t width = size_of(dtype);
  const auto count = static_cast<std::size_t>(size);
  if (count >
      (static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) - kAlignment) / width) {
    invalid_argument("Tensor", "shape ", shape, " of ", to_string(dtype),
                     " does not fit an address space.");
  }
  const std::size_t bytes = padded(count * width);
  Tensor tensor;
  // The kernel would give the addresses, and end some process once they are written to.
  if (bytes <= static_cast<std::size_t>(physical_memory())) {
    tensor.body_ = Body::with_elements(bytes, zero);
    if (!tensor && kept_blocks().drop_all() > 0) tensor.body_ = Body::with_elements(bytes, zero);
  }
  if (!tensor) {
    throw OutOfMemory(str("[Tensor] out of memory: shape ", shape, " of ", to_string(dtype),
                          " needs ", bytes, " bytes."));
  }
  tensor.body_->shape = shape;
  tensor.body_->size = size;
  tensor.body_->dtype = dtype;
  return tensor;
}

/// A body with room for `bytes` bytes behind it. Throws std::bad_alloc.
Tensor::Body* Tensor::Body::make(std::size_t bytes) {
  bytes += sizeof(Body);
  void* const memory = SmallBlocks::take(bytes);
  return new (memory) Body{.memory = bytes};
}

/// A body of elements of its own, whatever they are; null where there is no memory.
Tensor::Body* Tensor::Body::with_elements(std::size_t bytes, bool zero) noexcept try {
  if (bytes < kPagesFrom) {
    Body* const body = make(bytes + kAlignment - 1);
    auto* const behind = reinterpret_cast<std::byte*>(body + 1);
    const auto at = reinterpret_cast<std::uintptr_t>(behind);
    body->data = behind + (padded(at) - at);
    if (zero) std::memset(body->data, 0, bytes);
    return body;
  }
  const Block block = pages(bytes, zero);
  if (block.memory == nullptr) return nullptr;
  std::shared_ptr<void> owner(block.memory, [block](void*) { kept_blocks().keep(block); });
  Body* const body = make(0);
  body->data = block.memory;
  body->owner = std::move(owner);
  return body;
} catch (const std::bad_alloc&) {
  return nullptr;
}

void Tensor::give_up(Body* body) noexcept {
  const std::size_t bytes = body->memory;
  body->~Body();
  SmallBlocks::give(body, bytes);
}

Tensor Tensor::view(void* data, const Shape& shape, DType dtype, bool read_only,
                    std::shared_ptr<const void> owner) {
  Tensor tensor;
  tensor.body_ = Body::make(0);
  Body& body = *tensor.body_;
  body.dtype = dtype;
  body.read_only = read_only;
  body.is_view = true;
  body.keeps = owner != nullptr;
  body.size = shape.size();
  body.data = data;
  body.shape = shape;
  body.owner = std::move(owner);
  return tensor;
}

Tensor Tensor::strings(std::vector<std::string_view> texts, const Shape& shape,
                       std::shared_ptr<const void> owner) {
  check_count(texts.size(), shape);
  struct Owned {
    std::vector<std::string_view> texts;
    std::shared_ptr<const void> bytes;
  };
  const auto owned = std::make_shared<Owned>(std::move(texts), std::move(owner));
  Tensor tensor = view(owned->texts.data(), shape, DType::kString, true, owned);
  tensor.body_->is_view = false;  // nobody else writes to it
  return tensor;
}

Tensor Tensor::from(const std::vector<std::string>& texts, const Shape& shape) {
  const auto copies = std::make_shared<const std::vector<std::string>>(texts);
  return strings({copies->begin(), copies->end()}, shape, copies);
}

Tensor Tensor::part(void* data, const Shape& shape) const {
  Tensor tensor;
  tensor.body_ = Body::make(0);
  Body& body = *tensor.body_;
  body.dtype = body_->dtype;
  body.read_only = body_->read_only;
  body.is_view = body_->is_view;
  body.keeps = !borrows_ && body_->keeps;
  body.size = shape.size();
  body.data = data;
  body.shape = shape;
  if (body.keeps) body.whole = body_->whole ? body_->whole : *this;
  return tensor;
}

Tensor Tensor::reshaped(const Shape& shape) const& {
  check_count(static_cast<std::size_t>(size()), shape);
  return body_ != nullptr ? part(body_->data, shape) : Tensor();
}

Tensor Tensor::reshaped(const Shape& shape) && {
  if (!is_counted() || body_->handles.load(std::memory_order_acquire) != 1)
    return std::as_const(*this).reshaped(shape);
  check_count(static_cast<std::size_t>(size()), shape);
  body_->shape = shape;
  body_->mask = Tensor();
  return std::move(*this);
}

Tensor Tensor::with_mask(Tensor mask) const {
  if (!mask) return has_mask() ? part(body_->data, body_->shape) : *this;
  bool fits =
      body_ != nullptr && mask.dtype() == DType::kBool && mask.shape().rank() <= shape().rank();
  for (std::size_t i = 0; fits && i < mask.shape().rank(); ++i)
    fits = mask.shape()[i] == shape()[i];
  if (!fits) {
    invalid_argument("Tensor", "a mask must be bool and have the leading axes of shape ", shape(),
                     ". Received: ", to_string(mask.dtype()), " of shape ", mask.shape());
  }
  Tensor result = part(body_->data, body_->shape);
  result.body_->mask = mask.with_mask({});
  return result;
}

const Shape& Tensor::no_shape() {
  static const Shape none;
  return none;
}

void Tensor::check_count(std::size_t count, const Shape& shape) {
  const std::int64_t wanted = shape.size();
  if (static_cast<std::size_t>(wanted) != count) {
    invalid_argument("Tensor", "shape ", shape, " has ", wanted, " elements. Received: ", count,
                     " elements.");
  }
}

void Tensor::refuse_type(DType wanted) const {
  if (body_ == nullptr) invalid_argument("Tensor", "there is no tensor: it has no elements.");
  if (dtype() == DType::kString) refuse_strings();
  invalid_argument("Tensor", "data<T>() asked for ", to_string(wanted), ", the tensor holds ",
                   to_string(dtype()), ".");
}

void Tensor::refuse_to_write() {
  invalid_argument("Tensor", "the tensor is a view over const memory: it cannot be written.");
}

}  // namespace keratin
