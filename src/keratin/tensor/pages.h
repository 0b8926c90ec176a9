// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

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

  /// Makes room for `bytes` in all; what was there keeps its values and may move. Throws
  /// OutOfMemory that says `what` it was for; then nothing has changed.
  void grow(std::size_t bytes, std::string_view what);
  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

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
