// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/pages.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "keratin/base/error.h"

namespace keratin {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

void* map(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

/// As many bytes of which the first `old` are those of `data`; null when there are none.
void* remap(void* data, std::size_t old, std::size_t bytes) {
  if (data == nullptr) return map(bytes);
#ifdef MREMAP_MAYMOVE
  void* memory = mremap(data, old, bytes, MREMAP_MAYMOVE);
  return memory == MAP_FAILED ? nullptr : memory;
#else
  void* memory = map(bytes);
  if (memory == nullptr) return nullptr;
  std::memcpy(memory, data, old);
  munmap(data, old);
  return memory;
#endif
}

}  // namespace

Tensor untouched_zeros(const Shape& shape) {
  const auto count = static_cast<std::size_t>(shape.size());
  const bool fits = count <= std::numeric_limits<std::size_t>::max() / sizeof(float);
  const std::size_t bytes = std::max<std::size_t>(1, count * sizeof(float));
  void* const memory = fits ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                            : MAP_FAILED;
  if (memory == MAP_FAILED)
    throw OutOfMemory(str("[Tensor] out of memory: no room for float32 of shape ", shape, "."));
  advise_huge_pages(memory, bytes);
  return Tensor::view(
      std::span<float>(static_cast<float*>(memory), count), shape,
      std::shared_ptr<void>(memory, [bytes](void* begin) { munmap(begin, bytes); }));
}

std::int64_t physical_memory() {
  // A container may have less than its machine. Both generations of control groups say so in a file
  // of one number; "max", or more than there is, means no limit.
  static const std::int64_t bytes = [] {
    std::int64_t least = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
    for (const char* path :
         {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
      std::int64_t limit = 0;
      if (std::ifstream(path) >> limit && limit > 0) least = std::min(least, limit);
    }
    return least;
  }();
  return bytes;
}

void check_memory(std::string_view who, std::string_view what, std::int64_t count,
                  std::int64_t bytes) {
  if (count <= physical_memory() / bytes) return;
  std::int64_t all = 0;
  const bool fits = !__builtin_mul_overflow(count, bytes, &all);
  invalid_argument(who, what, ", ", count, ", takes ", fits ? str(all) : std::string("2^63"),
                   " bytes: more than the ", physical_memory(), " bytes of memory there are.");
}

void advise_huge_pages([[maybe_unused]] void* data, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  const auto begin = (reinterpret_cast<std::uintptr_t>(data) + kPage - 1) / kPage * kPage;
  const auto end = (reinterpret_cast<std::uintptr_t>(data) + bytes) / kPage * kPage;
  // Advice only: where it is not taken, small pages do.
  if (end > begin && end - begin >= kHugePage)
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

Pages::~Pages() {
  if (data_ != nullptr && !owner_) munmap(data_, bytes_);
}

Pages::Pages(void* data, std::size_t bytes, std::shared_ptr<const void> owner)
    : data_(data), bytes_((bytes + kPage - 1) / kPage * kPage), owner_(std::move(owner)) {}

Pages::Pages(Pages&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      owner_(std::move(other.owner_)) {}

Pages& Pages::operator=(Pages&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(owner_, other.owner_);
  return *this;
}

void Pages::grow(std::size_t bytes, std::string_view what) {
  bytes = (bytes + kPage - 1) / kPage * kPage;
  if (bytes <= bytes_) return;
  if (owner_) wrong_moment("Embedding", what, " lie where they cannot grow.");
  void* memory = remap(data_, bytes_, bytes);
  if (memory == nullptr) {
    throw OutOfMemory(str("[Embedding] out of memory: ", what, " need ", bytes, " bytes."));
  }
  data_ = memory;
  bytes_ = bytes;
  advise_huge_pages(memory, bytes);
}

}  // namespace keratin
