// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "keratin/layers/layer.h"
#include "keratin/metrics/metric.h"
#include "keratin/optimizers/optimizer.h"
#include "released.h"

/// Who may use an object now. In C++ that is the caller's business (Trainer: one thread trains, or any number
/// predict); Python's users share models, layers, weights and optimizers between threads, and long calls give up
/// the GIL. A call claims what it will touch: a model with its layers, their weights and its optimizer, so that
/// two models which share a layer wait for each other.
///
/// No two calls wait each for what the other has, for a claim is all of it or nothing. They come in their order:
/// readers do not keep a change out, nor changes a reader. What a call claimed it gives back while a function of the
/// user's runs between two steps (a callback, a generator), which may wait for another thread that wants it. A
/// function within a step (a loss, an initializer) may not: where that takes too long, it is an error of who waits.
///
/// The GIL has no line: who asks for it while many threads do so gets it by chance. So nobody needs it to wait for a
/// claim; who reads gives its claim back before it asks for the GIL again, and who changes has the GIL again before
/// it gives its claim back, while those who wait for that claim do not ask.
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
  struct Users;

 public:
  /// Given to a claim: without the GIL as long as it lives.
  struct WithoutGil {};
  static constexpr WithoutGil kWithoutGil = {};

  /// What a call claims, all of it or nothing. Objects are known by their addresses, and only while somebody has
  /// claimed them or waits for them.
  class Claim {
   public:
    ~Claim();
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

    /// False where another thread has it, or comes first. An object is looked into after it was taken, never before.
    bool take(const void* object);
    bool take(const Variable& variable) { return take(static_cast<const void*>(&variable)); }
    bool take(const std::shared_ptr<Variable>& variable) { return !variable || take(*variable); }
    bool take(const layers::Layer& layer) {
      if (!alone_ && layer.built() && layer.weights().empty() && !layer.keeps_more_than_weights())
        return true;  // nothing in it changes
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

    /// Between two batches, without the GIL: those that wait to read may, before this thread goes on.
    void let_readers_in();

   protected:
    /// With the GIL; gives it up while it waits, and looks for Ctrl-C. `objects` outlive the claim.
    template <class... Objects>
    explicit Claim(bool alone, const Objects&... objects)
        : alone_(alone), take_all_([this, &objects...] { return (take(objects) && ...); }) {
      begin();
    }
    template <class... Objects>
    Claim(WithoutGil, bool alone, const Objects&... objects)
        : released_(std::in_place), alone_(alone), take_all_([this, &objects...] { return (take(objects) && ...); }) {
      begin();
    }

   private:
    friend class Access;

    void begin();
    void acquire(bool has_gil);
    bool try_all();
    bool comes_first(const Users& users) const;
    void wait_for(const void* object, Users& users);
    void stop_waiting() noexcept;
    void check_progress(std::chrono::steady_clock::time_point began) const;
    bool give_back() noexcept;
    void lend();
    void take_again();  // with the GIL

    Nesting nesting_;
    std::optional<Released> released_;
    bool alone_;
    bool lent_ = false;
    int functions_ = 0;  // of the user's that run within a step of this call
    Claim* outer_ = nullptr;
    std::function<bool()> take_all_;
    std::vector<const void*> taken_;
    std::uint64_t ticket_ = 0;               // while it waits: who came earlier
    std::vector<const void*> waits_for_;     // while it waits
    std::thread::id blocked_by_;             // while it waits: somebody who has what it wants
  };

  /// Held while a thread trains, judges or changes the objects: no other thread uses them. The same thread
  /// may use them again, as a loss does.
  class Alone : public Claim {
   public:
    template <class... Objects>
    explicit Alone(const Objects&... objects) : Claim(true, objects...) {}
    template <class... Objects>
    explicit Alone(WithoutGil, const Objects&... objects) : Claim(kWithoutGil, true, objects...) {}
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
    template <class... Objects>
    Either(WithoutGil, bool alone, const Objects&... objects) : Claim(kWithoutGil, alone, objects...) {}
  };

  /// Calls `body`, which calls functions of the user's, with the GIL. The call of the library that this thread is in
  /// is between two steps: meanwhile other threads may use what it claimed, and it goes on when they are done.
  template <class Body>
  static void between_steps(Body&& body) {
    const nanobind::gil_scoped_acquire gil;
    Claim* const claim = innermost_;
    const bool lends = claim != nullptr && !claim->lent_ && claim->functions_ == 0;
    if (lends) claim->lend();
    body();
    if (lends) claim->take_again();  // not where `body` threw: that ends the call
  }

  /// Calls `body`, a part of the library, in a function of the user's between two steps, with the GIL: with what
  /// the call claimed.
  template <class Body>
  static void within_call(Body&& body) {
    Claim* const claim = innermost_;
    if (claim == nullptr || !claim->lent_) return body();
    claim->take_again();
    struct Lend {
      Claim* claim;
      ~Lend() { claim->lend(); }
    } const lend{claim};
    body();
  }

  /// The GIL for a function of the user's within a step.
  class UserFunction {
   public:
    UserFunction();
    ~UserFunction();
    UserFunction(const UserFunction&) = delete;
    UserFunction& operator=(const UserFunction&) = delete;

   private:
    nanobind::gil_scoped_acquire gil_;
    Claim* claim_;
  };

  /// In the child of a fork the claims of the other threads are no longer; what they were changing is lost.
  static void prepare_for_forks();

 private:
  struct Waiting {
    std::uint64_t ticket;
    bool alone;
  };
  struct Users {
    std::thread::id owner = {};
    int depth = 0;
    bool open = false;  // its owner is between two steps: others may read
    bool lost = false;  // its owner is not in this process
    std::vector<std::thread::id> readers = {};
    std::vector<Waiting> waiting = {};
    bool reads_here() const {
      return std::find(readers.begin(), readers.end(), std::this_thread::get_id()) != readers.end();
    }
    bool forgotten() const { return depth == 0 && !lost && readers.empty() && waiting.empty(); }
  };
  using Time = std::chrono::steady_clock::time_point;

  using Lock = std::unique_lock<std::mutex>;

  static void after_fork();
  static void something_changed();
  static void wait_for_change(Lock& lock, Time& looked, std::chrono::milliseconds most);

  static inline std::mutex mutex_;
  static inline std::condition_variable changed_;
  static inline std::uint64_t changes_ = 0;
  static inline std::uint64_t tickets_ = 0;
  static inline std::atomic<int> waiting_ = 0;  // claims
  static inline std::unordered_map<const void*, Users> all_;
  static inline std::unordered_map<std::thread::id, Time> in_function_;  // threads that have claims, and since when
  static inline thread_local Claim* innermost_ = nullptr;
  static inline thread_local int held_ = 0;  // claims of this thread that are not lent
  static inline thread_local int depth_ = 0;  // of functions of the user's within steps
};

}  // namespace keratin::python
