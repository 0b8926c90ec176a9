// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <span>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "keratin/layers/layer.h"
#include "keratin/metrics/metric.h"
#include "keratin/optimizers/optimizer.h"
#include "released.h"

/// Who may use an object now. In C++ that is the caller's business (Trainer: one thread trains, or any number
/// predict); Python's users share models, layers, weights and optimizers between threads, and long calls give up
/// the GIL. A call claims what it will touch: a model with its layers, their weights and its optimizer, so that
/// two models which share a layer wait for each other.
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
  /// What a call claims, all of it or nothing, so that no two calls wait each for what the other has. Objects
  /// are known by their addresses, and only while somebody has claimed them.
  class Claim {
   public:
    ~Claim() {
      const std::lock_guard lock(mutex_);
      give_back();
      changed_.notify_all();
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

    /// False where another thread has it. An object is looked into after it was taken, never before.
    bool take(const void* object) {
      Users& users = all_[object];
      const bool mine = users.owner == std::this_thread::get_id();
      if (alone_ && !mine && users.reads_here()) {
        throw std::logic_error("[Model] a callback of predict may not train or change the model.");
      }
      if (!mine && (users.depth > 0 || (alone_ && !users.readers.empty()))) return false;
      taken_.reserve(taken_.size() + 1);
      if (alone_) {
        users.owner = std::this_thread::get_id();
        ++users.depth;
      } else {
        users.readers.push_back(std::this_thread::get_id());
      }
      taken_.push_back(object);
      return true;
    }
    bool take(const Variable& variable) { return take(static_cast<const void*>(&variable)); }
    bool take(const std::shared_ptr<Variable>& variable) { return !variable || take(*variable); }
    bool take(const layers::Layer& layer) {
      if (!alone_ && layer.built() && layer.weights().empty()) return true;  // nothing in it changes
      if (!take(static_cast<const void*>(&layer))) return false;
      if (!layer.built()) return true;  // nobody knows its weights
      return take(layer.weights());
    }
    bool take(const std::shared_ptr<layers::Layer>& layer) { return !layer || take(*layer); }
    bool take(const optimizers::Optimizer& optimizer) {
      if (!take(static_cast<const void*>(&optimizer))) return false;
      for (const Variable* variable : optimizer.variables()) {
        if (!take(static_cast<const void*>(variable))) return false;
      }
      return true;
    }
    bool take(const metrics::Metric& metric) { return take(static_cast<const void*>(&metric)); }
    bool take(const std::shared_ptr<metrics::Metric>& metric) { return !metric || take(*metric); }
    template <class Object>
    bool take(const std::vector<Object>& objects) {
      return std::all_of(objects.begin(), objects.end(), [&](const Object& object) { return take(object); });
    }
    /// What is bound for Python says itself what belongs to it.
    template <class Object>
      requires requires(const Object& object, Claim& claim) { object.claim(claim); }
    bool take(const Object& object) {
      return object.claim(*this);
    }

    bool alone() const { return alone_; }

   protected:
    /// With the GIL; gives it up while it waits, and looks for Ctrl-C.
    template <class... Objects>
    explicit Claim(bool alone, const Objects&... objects) : alone_(alone) {
      while (true) {
        {
          const std::lock_guard lock(mutex_);
          if (take_all(objects...)) return;
        }
        {
          const Released released;
          std::unique_lock lock(mutex_);
          changed_.wait_for(lock, std::chrono::milliseconds(50), [&] {
            const bool free = take_all(objects...);
            give_back();
            return free;
          });
        }
        if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
      }
    }

   private:
    template <class... Objects>
    bool take_all(const Objects&... objects) {
      try {
        if ((take(objects) && ...)) return true;
      } catch (...) {
        give_back();
        throw;
      }
      give_back();
      return false;
    }
    void give_back() noexcept {
      for (const void* object : taken_) {
        const auto place = all_.find(object);
        Users& users = place->second;
        if (alone_) {
          if (--users.depth == 0) users.owner = std::thread::id();
        } else {
          users.readers.erase(std::find(users.readers.begin(), users.readers.end(), std::this_thread::get_id()));
        }
        if (users.depth == 0 && users.readers.empty()) all_.erase(place);
      }
      taken_.clear();
    }

    Nesting nesting_;
    bool alone_;
    std::vector<const void*> taken_;
  };

  /// Held while a thread trains, judges or changes the objects: no other thread uses them. The same thread
  /// may use them again, as a callback does.
  class Alone : public Claim {
   public:
    template <class... Objects>
    explicit Alone(const Objects&... objects) : Claim(true, objects...) {}
  };

  /// Held while a thread predicts or reads: others may do so too.
  class Shared : public Claim {
   public:
    template <class... Objects>
    explicit Shared(const Objects&... objects) : Claim(false, objects...) {}
  };

  /// Alone or shared, as `alone` says.
  class Either : public Claim {
   public:
    template <class... Objects>
    explicit Either(bool alone, const Objects&... objects) : Claim(alone, objects...) {}
  };

 private:
  struct Users {
    std::thread::id owner = {};
    int depth = 0;
    std::vector<std::thread::id> readers = {};
    bool reads_here() const {
      return std::find(readers.begin(), readers.end(), std::this_thread::get_id()) != readers.end();
    }
  };

  static inline std::mutex mutex_;
  static inline std::condition_variable changed_;
  static inline std::unordered_map<const void*, Users> all_;
};

}  // namespace keratin::python
