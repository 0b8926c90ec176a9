// SPDX-License-Identifier: Apache-2.0
#include "memory/memory_that_ends.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include <dlfcn.h>
#include <sys/mman.h>

namespace {

/// How many allocations of this thread succeed, and one: then memory has run out. Below zero: there
/// is enough.
thread_local std::int64_t g_left = -1;

/// The largest piece of memory that this thread has asked for.
thread_local std::size_t g_largest = 0;

thread_local std::int64_t g_asked = 0;

bool fails(std::size_t bytes) {
  ++g_asked;
  g_largest = std::max(g_largest, bytes);
  if (g_left > 0) --g_left;
  return g_left == 0;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// In place of those of the C and C++ libraries, for the library too: the program comes first where
// symbols are looked up. Not inlined: GCC would see a free() of what new gave.

[[gnu::noinline]] void* operator new(std::size_t bytes) {
  void* memory = fails(bytes) ? nullptr : std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

extern "C" {
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  static auto* const real = next<void*(std::size_t, std::size_t)>("aligned_alloc");
  return fails(bytes) ? nullptr : real(alignment, bytes);
}
void* mmap(void* at, std::size_t bytes, int protection, int flags, int file,
           off_t offset) noexcept {
  static auto* const real = next<void*(void*, std::size_t, int, int, int, off_t)>("mmap");
  return fails(bytes) ? MAP_FAILED : real(at, bytes, protection, flags, file, offset);
}
void* mremap(void* old, std::size_t old_bytes, std::size_t bytes, int flags, ...) noexcept {
  static auto* const real = next<void*(void*, std::size_t, std::size_t, int, ...)>("mremap");
  return fails(bytes) ? MAP_FAILED : real(old, old_bytes, bytes, flags);
}
}

namespace testing_memory {

void ends_after(std::int64_t allocations) { g_left = allocations + 1; }
void is_enough() { g_left = -1; }
std::size_t& largest() { return g_largest; }
std::int64_t asked() { return g_asked; }

}  // namespace testing_memory
