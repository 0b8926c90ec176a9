// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <chrono>
#include <thread>

/// The GIL, given up in long calls, and the end of the interpreter. When Python ends it kills a daemon thread
/// that asks for the GIL again: through C++, which ends the process with it. So `end_calls`, which Python
/// calls at its exit, has the calls of other threads end before that.
namespace keratin::python {

/// Without the GIL as long as it lives.
class Released {
 public:
  /// With the GIL. Throws SystemExit while Python ends, which a thread takes for its own end.
  Released() {
    check_exit();
    ++calls_;
    ++own_;
    state_ = PyEval_SaveThread();
  }
  ~Released() {
    PyEval_RestoreThread(state_);
    --calls_;
    --own_;
  }
  Released(const Released&) = delete;
  Released& operator=(const Released&) = delete;

  /// Whether Python ends, on another thread than this one.
  static bool python_ends() { return ends_ && std::this_thread::get_id() != end_; }
  /// With the GIL.
  static void check_exit() {
    if (!python_ends()) return;
    PyErr_SetNone(PyExc_SystemExit);
    throw nanobind::python_error();
  }
  /// With the GIL: other threads leave their calls, as Ctrl-C would have them do, and begin no new ones. Waits for
  /// them, but not for ever: one may be in a callback that does not return.
  static void end_calls() {
    end_ = std::this_thread::get_id();
    ends_ = true;
    const nanobind::gil_scoped_release release;
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (calls_ > 0 && std::chrono::steady_clock::now() < limit)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  /// In the child of a fork, which has none of the other threads.
  static void after_fork() { calls_ = own_; }

 private:
  static inline thread_local int own_ = 0;  // of this thread
  static inline std::atomic<int> calls_ = 0;
  static inline std::atomic<bool> ends_ = false;
  static inline std::thread::id end_;  // written once, before ends_

  PyThreadState* state_;
};

}  // namespace keratin::python
