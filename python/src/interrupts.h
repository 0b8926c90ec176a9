// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <functional>
#include <thread>

#include "keratin/parallel/parallel.h"
#include "released.h"

namespace keratin::python {

/// Ctrl-C in a long call, and the end of Python: looked for by the thread that called, between batches, or
/// between the chunks of work whose results can be thrown away. Python lets Ctrl-C pass on its main thread only.
class Interrupts {
 public:
  void operator()() {
    if (std::this_thread::get_id() != caller_) return;
    if (Released::python_ends()) {
      const nanobind::gil_scoped_acquire gil;
      Released::check_exit();
    }
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(50)) return;
    last_ = now;
    const nanobind::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
  }

 private:
  std::thread::id caller_ = std::this_thread::get_id();
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// The same in a call of one batch, or one that draws weights, as long as it lives. With or without the GIL.
class Interruptible {
 private:
  Interrupts interrupts_;
  std::function<void()> ask_ = std::ref(interrupts_);
  parallel::Interruptible here_{&ask_};
};

/// The GIL given up in a call that can be thrown away at any moment.
class ReleasedInterruptible {
 private:
  Released released_;
  Interruptible here_;
};

}  // namespace keratin::python
