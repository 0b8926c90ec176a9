// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace keratin::parallel {

/// A lock for what many threads read all the time and one changes now and then.
///
/// Who reads writes to a count of the core it runs on, and to nothing that another core reads: any
/// number of cores read as fast as one (a std::shared_mutex has one count for all of them). Who
/// changes pays: it looks at every count. It comes first, so that readers cannot keep it out: a
/// reader that comes later waits until it is done. So a thread must not read again, or change,
/// while it reads. A wait asks parallel::check_interrupt(), and leaves nothing behind where that
/// throws.
///
/// In the child of a fork the readers of other threads are gone. What another thread was changing
/// then is half done: to read or change it throws std::runtime_error, which names it.
class ReaderLock {
 private:
  /// Two cache lines: processors fetch them in pairs.
  struct alignas(128) Count {
    std::atomic<int> readers = 0;
  };

 public:
  /// `guarded` goes into the error above ("[Embedding] this table"), and lives as long as the lock.
  explicit ReaderLock(const char* guarded);
  ~ReaderLock();
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

  /// Held while a thread reads.
  class Reading {
   public:
    explicit Reading(const ReaderLock& lock) : count_(lock.begin_reading()) {}
    /// Release: what was read came before what the next change writes.
    ~Reading() { count_.readers.fetch_sub(1, std::memory_order_release); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    Count& count_;
  };

  /// Held while a thread changes what the others read; alone.
  class Changing {
   public:
    explicit Changing(ReaderLock& lock) : lock_(lock) { lock_.begin_change(); }
    ~Changing() { lock_.end_change(); }
    Changing(const Changing&) = delete;
    Changing& operator=(const Changing&) = delete;

   private:
    ReaderLock& lock_;
  };

 private:
  struct All;  // the locks of the process, for the child of a fork
  enum State : int { kAtRest, kChanging, kLost };

  Count& begin_reading() const;
  void wait_at_rest() const;
  void begin_change();
  void end_change();

  const char* guarded_;
  std::unique_ptr<Count[]> counts_;  // one a core
  std::atomic<State> state_ = kAtRest;
  ReaderLock* next_ = nullptr;  // in All
  ReaderLock* before_ = nullptr;
};

}  // namespace keratin::parallel
