// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "keratin/tensor/tensor.h"

namespace keratin {

/// Memory for rows: zero at first, taking up room only where it was touched, growing without being
/// copied. Large memory asks for huge pages, which save a page walk for each random row.
/// Threads: grow() needs the memory alone. Movable.
class Pages {
 public:
  Pages() = default;
  ~Pages();
  Pages(Pages&& other) noexcept;
  Pages& operator=(Pages&& other) noexcept;

  /// Whole pages at `data` for `bytes`, which `owner` keeps: they do not grow.
  Pages(void* data, std::size_t bytes, std::shared_ptr<const void> owner);

  /// Makes room for `bytes` in all; what was there keeps its values and may move. Throws
  /// OutOfMemory that says `what` it was for; then nothing has changed.
  void grow(std::size_t bytes, std::string_view what);
  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  std::shared_ptr<const void> owner_;  // null: its own
};

/// A float32 tensor of zeros that takes up room only where it is touched, and may be larger than
/// the memory: for values that are put there, or replaced, later. Throws OutOfMemory where there
/// are not so many addresses.
Tensor untouched_zeros(const Shape& shape);

/// Bytes of memory that the machine has, or the container that this process lives in.
std::int64_t physical_memory();

/// Throws std::invalid_argument, `[who] what, <count>, takes <n> bytes: ...`, where `count` things
/// of `bytes` each take more than physical_memory(): before anything is allocated for a number that
/// somebody wrote into a config.
void check_memory(std::string_view who, std::string_view what, std::int64_t count,
                  std::int64_t bytes);

/// Advises the kernel that a large piece of memory be made of huge pages.
void advise_huge_pages(void* data, std::size_t bytes);

}  // namespace keratin
