// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>

namespace keratin::parallel {

/// How many threads the library may use, the caller's among them. 0 (the start) means one a core.
/// Work is shared out among as many of them as it is worth, so a larger number makes nothing
/// slower. It is 1 in the child of a fork whose parent shared out work: those threads stay behind.
/// Threads: safe; running work keeps the number it began with.
void set_num_threads(int threads);
int num_threads();

namespace detail {
void run(std::int64_t chunks, void* body, void (*call)(void*, std::int64_t));
}

/// Calls body(begin, end) for [0, chunk), [chunk, 2 chunk) ... up to n, on the library's threads:
/// on half as many as there are chunks at most, or two. So a chunk should be worth the waking of a
/// thread (10 to 20 us).
///
/// The chunks depend on n and `chunk` alone, never on the number of threads: work that writes a
/// place per chunk gives equal bits for 1 and for N threads. All compute in the caller's mode of
/// floating-point arithmetic. An exception of body leaves here, once.
template <class Body>
void for_chunks(std::int64_t n, std::int64_t chunk, Body&& body) {
  if (n <= chunk) {
    if (n > 0) body(std::int64_t{0}, n);
    return;
  }
  auto one = [&](std::int64_t index) {
    const std::int64_t begin = index * chunk;
    body(begin, n - begin < chunk ? n : begin + chunk);
  };
  detail::run((n - 1) / chunk + 1, std::addressof(one),
              [](void* f, std::int64_t index) { (*static_cast<decltype(one)*>(f))(index); });
}

/// A chunk for for_chunks that splits `n` items, of `size` each, into equal parts of `least` or
/// more, and less than twice that where an item is not larger: a part too small costs more to hand
/// to a thread than it saves. `size` and `least` are above 0.
inline std::int64_t even_chunk(std::int64_t n, std::int64_t size, std::int64_t least) {
  const std::int64_t most = std::max<std::int64_t>(1, n / std::max<std::int64_t>(1, least / size));
  return std::max<std::int64_t>(1, (n - 1) / most + 1);
}

// -- a user's interrupt ---------------------------------------------------------------------------

/// While it lives, this thread calls `ask` between the chunks of for_chunks that it does itself,
/// and in check_interrupt(). What `ask` throws leaves for_chunks as an exception of a body does:
/// for work whose results are thrown away then. `ask` says itself how often it looks. May be null.
class Interruptible {
 public:
  explicit Interruptible(const std::function<void()>* ask);
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  const std::function<void()>* before_;
};

/// While it lives, nobody is asked: for what must run to its end once it has begun.
class Uninterrupted : Interruptible {
 public:
  Uninterrupted() : Interruptible(nullptr) {}
};

/// For long work that is not in chunks.
void check_interrupt();

}  // namespace keratin::parallel
