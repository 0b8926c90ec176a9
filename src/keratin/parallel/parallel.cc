// SPDX-License-Identifier: Apache-2.0
#include "keratin/parallel/parallel.h"

#include <mutex>
#include <thread>
#include <utility>

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#ifdef KERATIN_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

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
  std::unique_ptr<tbb::global_control>
      limit;  // oneTBB's own, raised where more than the cores are wanted
  int threads = cores();
};

Pool& pool() {
  static Pool instance;
  return instance;
}

/// Tells the thread sanitizer what oneTBB guarantees and the sanitizer cannot see, because libtbb
/// is not built with it: the caller happens before every chunk, every chunk before the caller goes
/// on. This unit itself is built without the sanitizer (CMakeLists.txt), the bodies of the chunks
/// with it.
class Order {
 public:
#ifdef KERATIN_THREAD_SANITIZER
  void caller_is_ready() { __tsan_release(&begun_); }
  void chunk_begins() { __tsan_acquire(&begun_); }
  void chunk_ends() { __tsan_release(&ended_); }
  void all_ended() { __tsan_acquire(&ended_); }

 private:
  char begun_ = 0;
  char ended_ = 0;
#else
  void caller_is_ready() {}
  void chunk_begins() {}
  void chunk_ends() {}
  void all_ended() {}
#endif
};

thread_local const std::function<void()>* ask_interrupt = nullptr;

}  // namespace

Interruptible::Interruptible(const std::function<void()>* ask)
    : before_(std::exchange(ask_interrupt, ask != nullptr && *ask ? ask : nullptr)) {}
Interruptible::~Interruptible() { ask_interrupt = before_; }

void check_interrupt() {
  if (ask_interrupt != nullptr) (*ask_interrupt)();
}

void set_num_threads(int threads) {
  if (threads < 0)
    invalid_argument("set_num_threads", "threads must be 0 or more. Received: ", threads);
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  p.threads = threads == 0 ? cores() : threads;
  if (p.threads > cores()) {
    p.limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                    static_cast<std::size_t>(p.threads));
  }
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
    for (std::int64_t i = 0; i < chunks; ++i) {
      call(body, i);
      check_interrupt();
    }
    return;
  }
  // In the caller's mode of floating-point arithmetic: one thread gives the bits of many.
  using Context = tbb::task_group_context;
  Context context(Context::bound, Context::default_traits | Context::fp_settings);
  Order order;
  order.caller_is_ready();
  arena->execute([&] {
    // Isolated: while it waits, this thread takes no task from outside. Its caller may hold a mutex
    // that such a task wants.
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(
          std::int64_t{0}, chunks,
          [&](std::int64_t i) {
            order.chunk_begins();
            call(body, i);
            order.chunk_ends();
            check_interrupt();  // on the caller's thread; the others have nobody to ask
          },
          context);
    });
  });
  order.all_ended();
}

}  // namespace keratin::parallel
