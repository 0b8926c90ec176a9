// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

/// Who may use a model now. In C++ that is the caller's business (Trainer: one thread trains, or any
/// number predict); Python's users share models between threads, and long calls give up the GIL.
namespace keratin::python {

/// Counts the calls of models within calls of models on this thread, as callbacks make them. Each takes far
/// more of the stack than Python reckons for a call, and a thread's stack may be small.
class Nesting {
 public:
  Nesting() {
    if (depth_ == kMost) {
      PyErr_SetString(PyExc_RecursionError, "[Model] callbacks call models within models, 32 deep");
      throw nanobind::python_error();
    }
    ++depth_;
  }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  static constexpr int kMost = 32;
  static inline thread_local int depth_ = 0;
};

class Access {
 public:
  /// Held while a thread trains, judges or changes the model: no other thread uses it. The same thread
  /// may use it again, as a callback does.
  class Alone {
   public:
    explicit Alone(Access& access) : access_(access) { access_.take_alone(); }
    ~Alone() {
      const std::lock_guard lock(access_.mutex_);
      if (--access_.depth_ == 0) access_.owner_ = std::thread::id();
      access_.changed_.notify_all();
    }
    Alone(const Alone&) = delete;
    Alone& operator=(const Alone&) = delete;

   private:
    Nesting nesting_;
    Access& access_;
  };

  /// Held while a thread predicts: others may predict too.
  class Shared {
   public:
    explicit Shared(Access& access) : access_(access) { access_.take_shared(); }
    ~Shared() {
      const std::lock_guard lock(access_.mutex_);
      auto& readers = access_.readers_;
      readers.erase(std::find(readers.begin(), readers.end(), std::this_thread::get_id()));
      access_.changed_.notify_all();
    }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;

   private:
    Nesting nesting_;
    Access& access_;
  };

 private:
  bool is_mine() const { return owner_ == std::this_thread::get_id(); }

  void take_alone() {
    if (reads_here()) throw std::logic_error("[Model] a callback of predict may not train or change the model.");
    wait_until([&] { return is_mine() || (depth_ == 0 && readers_.empty()); },
               [&] {
                 owner_ = std::this_thread::get_id();
                 ++depth_;
               });
  }
  void take_shared() {
    wait_until([&] { return is_mine() || depth_ == 0; },
               [&] { readers_.push_back(std::this_thread::get_id()); });
  }
  bool reads_here() {
    const std::lock_guard lock(mutex_);
    return !is_mine() && std::find(readers_.begin(), readers_.end(), std::this_thread::get_id()) !=
                             readers_.end();
  }

  /// With the GIL; gives it up while it waits, and looks for Ctrl-C.
  template <class Ready, class Take>
  void wait_until(Ready&& ready, Take&& take) {
    while (true) {
      {
        const std::lock_guard lock(mutex_);
        if (ready()) return take();
      }
      {
        const nanobind::gil_scoped_release release;
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::milliseconds(50), ready);
      }
      if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread::id owner_;
  int depth_ = 0;
  std::vector<std::thread::id> readers_;
};

}  // namespace keratin::python
