// SPDX-License-Identifier: Apache-2.0
#include "keratin/parallel/parallel.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <mutex>
#include <thread>

#include "keratin/base/error.h"

namespace keratin::parallel {
namespace {

int cores() {
  const unsigned n = std::thread::hardware_concurrency();
  return n == 0 ? 1 : static_cast<int>(n);
}

/// The thread pool: an arena of oneTBB, replaced when the number of threads changes.
struct Pool {
  std::mutex mutex;
  std::shared_ptr<tbb::task_arena> arena = std::make_shared<tbb::task_arena>(cores());
  int threads = cores();
};

Pool& pool() {
  static Pool instance;
  return instance;
}

}  // namespace

void set_num_threads(int threads) {
  if (threads < 0) invalid_argument("set_num_threads", "threads must be 0 or more. Received: ", threads);
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  p.threads = threads == 0 ? cores() : threads;
  p.arena = std::make_shared<tbb::task_arena>(p.threads);
}

int num_threads() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  return p.threads;
}

void detail::run(std::int64_t chunks, void* body, void (*call)(void*, std::int64_t)) {
  std::shared_ptr<tbb::task_arena> arena;
  {
    Pool& p = pool();
    const std::lock_guard lock(p.mutex);
    if (p.threads > 1) arena = p.arena;
  }
  if (!arena) {
    for (std::int64_t i = 0; i < chunks; ++i) call(body, i);
    return;
  }
  arena->execute([&] {
    tbb::parallel_for(std::int64_t{0}, chunks, [&](std::int64_t i) { call(body, i); });
  });
}

}  // namespace keratin::parallel
