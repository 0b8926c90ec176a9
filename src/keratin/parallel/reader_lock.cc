// SPDX-License-Identifier: Apache-2.0
#include "keratin/parallel/reader_lock.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"

namespace keratin::parallel {
namespace {

/// The counts of a lock: one a core of the machine, a power of two.
std::size_t count_of_counts() {
  static const std::size_t counts =
      std::bit_ceil(static_cast<std::size_t>(std::clamp(sysconf(_SC_NPROCESSORS_CONF), 1L, 128L)));
  return counts;
}

/// The core that this thread runs on. It may be another one the next moment: a count that two cores
/// share for that moment is as right, and slower.
std::size_t this_core() { return static_cast<std::size_t>(std::max(sched_getcpu(), 0)); }

/// Waits: first in the hope that it is a matter of nanoseconds, in the end asleep.
class Patience {
 public:
  void wait() {
    if (++turns_ < 64) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    check_interrupt();
  }

 private:
  int turns_ = 0;
};

}  // namespace

struct ReaderLock::All {
  std::mutex mutex;
  ReaderLock* first = nullptr;

  All() {
    pthread_atfork([] { all().mutex.lock(); }, [] { all().mutex.unlock(); },
                   [] {
                     all().after_fork();
                     all().mutex.unlock();
                   });
  }
  static All& all() {
    static All* const instance = new All;  // outlives every lock
    return *instance;
  }

  /// In the child, which has one thread: it was not reading when it forked.
  void after_fork() {
    for (ReaderLock* lock = first; lock != nullptr; lock = lock->next_) {
      for (std::size_t i = 0; i < count_of_counts(); ++i) lock->counts_[i].readers = 0;
      if (lock->state_ == kChanging) lock->state_ = kLost;
    }
  }
};

ReaderLock::ReaderLock(const char* guarded)
    : guarded_(guarded), counts_(std::make_unique<Count[]>(count_of_counts())) {
  All& all = All::all();
  const std::lock_guard lock(all.mutex);
  next_ = all.first;
  if (next_ != nullptr) next_->before_ = this;
  all.first = this;
}

ReaderLock::~ReaderLock() {
  All& all = All::all();
  const std::lock_guard lock(all.mutex);
  if (next_ != nullptr) next_->before_ = before_;
  (before_ != nullptr ? before_->next_ : all.first) = next_;
}

/// A reader says that it is there and then looks for a change; a change says that it is there and
/// then looks for readers. Both do so in the one order that all threads see
/// (memory_order_seq_cst): of two that meet, one at least sees the other. With anything weaker both
/// could look before either has spoken.
ReaderLock::Count& ReaderLock::begin_reading() const {
  while (true) {
    Count& count = counts_[this_core() & (count_of_counts() - 1)];
    count.readers.fetch_add(1, std::memory_order_seq_cst);
    // Where it is at rest, this load acquires what the last change released in end_change().
    if (state_.load(std::memory_order_seq_cst) == kAtRest) [[likely]]
      return count;
    count.readers.fetch_sub(1, std::memory_order_release);
    wait_at_rest();
  }
}

void ReaderLock::wait_at_rest() const {
  Patience patience;
  for (State state; (state = state_.load(std::memory_order_acquire)) != kAtRest; patience.wait()) {
    if (state != kLost) continue;
    throw std::runtime_error(str(
        guarded_,
        " cannot be used in this process: it was forked from one where another thread "
        "changed it, and left it half changed. Fork while nothing changes it, or make it anew."));
  }
}

void ReaderLock::begin_change() {
  State at_rest = kAtRest;
  while (!state_.compare_exchange_strong(at_rest, kChanging, std::memory_order_seq_cst)) {
    wait_at_rest();
    at_rest = kAtRest;
  }
  Patience patience;
  for (std::size_t i = 0; i < count_of_counts(); ++i) {
    // Seen as 0, this load acquires what the readers that left released. A reader that comes now
    // adds one and takes it back, which harms nobody.
    while (counts_[i].readers.load(std::memory_order_seq_cst) != 0) {
      try {
        patience.wait();
      } catch (...) {
        end_change();
        throw;
      }
    }
  }
}

void ReaderLock::end_change() { state_.store(kAtRest, std::memory_order_release); }

}  // namespace keratin::parallel
