// SPDX-License-Identifier: Apache-2.0
#include "keratin/parallel/parallel.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>
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

/// Threads that work together: an arena of oneTBB.
struct Team {
  explicit Team(int count) : threads(count), arena(count) {}

  int threads;
  tbb::task_arena arena;
  std::atomic<int> callers = 0;
};

/// The thread pool: teams of 2, 4, 8 ... threads and one of all that are allowed. Work goes to a
/// team that it is worth: oneTBB wakes every thread of an arena for the smallest piece of work.
struct Pool {
  std::mutex mutex;
  std::vector<std::shared_ptr<Team>> teams;  // smallest first; made anew when the number changes
  std::unique_ptr<tbb::global_control>
      limit;  // oneTBB's own, raised where more than the cores are wanted
  int threads = cores();
  bool at_work = false;  // whether oneTBB has been called
  bool forked = false;   // this is the child of a fork, and oneTBB's threads stayed in the parent

  Pool();
  int threads_now() const { return forked ? 1 : threads; }
  std::shared_ptr<Team> team_for(std::int64_t chunks);
};

Pool& pool() {
  static auto* const instance = new Pool;  // outlives every thread
  return *instance;
}

/// oneTBB cannot be used in the child of a fork: what waits for threads that are not there, or for
/// locks that they held, waits for ever. There the caller does all the work.
Pool::Pool() {
  pthread_atfork([] { pool().mutex.lock(); }, [] { pool().mutex.unlock(); },
                 [] {
                   pool().forked = pool().at_work;
                   pool().mutex.unlock();
                 });
}

/// The team for so many chunks, each worth the waking of a thread: two chunks for each of its
/// threads, or there are only two. Null where the caller works alone.
std::shared_ptr<Team> Pool::team_for(std::int64_t chunks) {
  const std::lock_guard lock(mutex);
  if (threads_now() == 1) return nullptr;
  if (teams.empty()) {
    for (int size = 2; size < threads; size *= 2) teams.push_back(std::make_shared<Team>(size));
    teams.push_back(std::make_shared<Team>(threads));
  }
  at_work = true;
  const std::int64_t worth = std::max<std::int64_t>(2, chunks / 2);
  auto best = teams.begin();
  while (best + 1 != teams.end() && (*(best + 1))->threads <= worth) ++best;
  return *best;
}

/// One of those that have a team work for them at once. More than it has threads besides would wait
/// for each other: they work alone.
class Caller {
 public:
  explicit Caller(std::shared_ptr<Team> team) : team_(std::move(team)) {
    if (team_ && team_->callers.fetch_add(1, std::memory_order_relaxed) >= team_->threads - 1)
      leave();
  }
  ~Caller() { leave(); }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  Team* team() const { return team_.get(); }

 private:
  void leave() {
    if (team_) team_->callers.fetch_sub(1, std::memory_order_relaxed);
    team_.reset();
  }
  std::shared_ptr<Team> team_;
};

/// Tells the thread sanitizer what oneTBB guarantees and the sanitizer cannot see, because libtbb
/// is not built with it: the caller happens before every chunk, every chunk before the caller goes
/// on, with an exception too. This unit itself is built without the sanitizer (CMakeLists.txt), the
/// bodies of the chunks with it.
class Order {
 public:
#ifdef KERATIN_THREAD_SANITIZER
  Order() { __tsan_release(&begun_); }
  ~Order() { __tsan_acquire(&ended_); }
  struct Chunk {
    explicit Chunk(Order& o) : order(o) { __tsan_acquire(&order.begun_); }
    ~Chunk() { __tsan_release(&order.ended_); }
    Order& order;
  };

 private:
  char begun_ = 0;
  char ended_ = 0;
#else
  struct Chunk {
    explicit Chunk(Order&) {}
  };
#endif
};

/// Whether this thread is at a chunk that a team shares: what is in chunks itself within it goes to
/// the same team.
thread_local bool in_team = false;

class InTeam {
 public:
  InTeam() : before_(std::exchange(in_team, true)) {}
  ~InTeam() { in_team = before_; }
  InTeam(const InTeam&) = delete;
  InTeam& operator=(const InTeam&) = delete;

 private:
  bool before_;
};

/// Chunks in the mode of floating-point arithmetic of the thread that makes this, so that one
/// thread gives the bits of many. Made before the team is entered: within it a thread is in the
/// mode of whoever had the team begin.
struct CallersMode {
  using Context = tbb::task_group_context;
  Context context{Context::bound, Context::default_traits | Context::fp_settings};
};

/// On the threads of the team whose thread this is.
void run_here(CallersMode& mode, std::int64_t chunks, void* body,
              void (*call)(void*, std::int64_t)) {
  Order order;
  // Isolated: while it waits, this thread takes no task from outside. Its caller may hold a mutex
  // that such a task wants.
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        std::int64_t{0}, chunks,
        [&](std::int64_t i) {
          // oneTBB looks for a cancelled context between ranges of chunks, and a range may be some
          // hundredth of all: a Ctrl-C would wait for the range that the other threads are at.
          if (mode.context.is_group_execution_cancelled()) return;
          {
            [[maybe_unused]] const Order::Chunk chunk(order);
            const InTeam here;
            call(body, i);
          }
          check_interrupt();  // on the caller's thread; the others have nobody to ask
        },
        mode.context);
  });
}

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
  if (p.threads > cores() && !p.forked) {
    p.limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                    static_cast<std::size_t>(p.threads));
  }
  p.teams.clear();
}

int num_threads() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  return p.threads_now();
}

void detail::run(std::int64_t chunks, void* body, void (*call)(void*, std::int64_t)) {
  if (in_team) {
    CallersMode mode;
    return run_here(mode, chunks, body, call);
  }
  const Caller caller(pool().team_for(chunks));
  if (caller.team() != nullptr) {
    CallersMode mode;
    // Where all of its places are taken, one of its threads does this for the caller.
    Order order;
    caller.team()->arena.execute([&] {
      [[maybe_unused]] const Order::Chunk chunk(order);
      run_here(mode, chunks, body, call);
    });
    return;
  }
  for (std::int64_t i = 0; i < chunks; ++i) {
    call(body, i);
    check_interrupt();
  }
}

}  // namespace keratin::parallel
