// SPDX-License-Identifier: Apache-2.0
#include "access.h"

#include <new>
#include <stdexcept>

#include <pthread.h>

#include "keratin/base/pointer_places.h"

namespace keratin::python {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a call waits for a function of the user's within a step of another one, before it says that both may
/// wait for ever. Signals are looked for far more often.
constexpr std::chrono::seconds kPatience(5);
constexpr std::chrono::milliseconds kSignals(50);
/// How long a call stops between two batches for those who want to read, and wait for somebody else too.
constexpr std::chrono::milliseconds kPolite(10);

}  // namespace

void Access::something_changed() {
  ++changes_;
  changed_.notify_all();
}

/// Without the GIL. `looked`: when this thread looked for signals, and for the end of Python.
void Access::wait_for_change(Lock& lock, Time& looked, std::chrono::milliseconds most) {
  changed_.wait_for(lock, most, [since = changes_] { return changes_ != since; });
  if (Clock::now() - looked < kSignals) return;
  lock.unlock();
  {
    const nanobind::gil_scoped_acquire gil;
    Released::check_exit();
    if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
  }
  looked = Clock::now();
  lock.lock();
}

// -- to claim -------------------------------------------------------------------------------------

void Access::Claim::begin() {
  acquire(!released_);
  outer_ = std::exchange(innermost_, this);
}

Access::Claim::~Claim() {
  if (alone_) released_.reset();
  innermost_ = outer_;
  if (lent_) return;
  --held_;
  const std::lock_guard lock(mutex_);
  if (give_back()) something_changed();
}

void Access::Claim::acquire(bool has_gil) {
  struct Wait {
    Claim& claim;
    ~Wait() { claim.stop_waiting(); }
  };
  {
    const std::lock_guard lock(mutex_);
    ticket_ = ++tickets_;
    if (try_all()) {
      ++held_;
      return;
    }
    ++waiting_;
  }
  std::optional<Released> while_waiting;
  const Wait wait{*this};
  if (has_gil) while_waiting.emplace();
  const auto began = Clock::now();
  auto looked = began;
  Lock lock(mutex_);
  while (!try_all()) {
    check_progress(began);
    wait_for_change(lock, looked, kSignals);
  }
  ++held_;
}

bool Access::Claim::try_all() {
  try {
    if (take_all_()) return true;
  } catch (...) {
    give_back();
    throw;
  }
  give_back();
  return false;
}

bool Access::Claim::take(const void* object) {
  Users& users = all_[object];
  if (users.lost) {
    throw std::runtime_error(
        "[Model] this process was forked from one where another thread was training or changing what is asked for: "
        "here it is half changed, and cannot be used. Fork while nothing trains, or make it anew.");
  }
  const auto me = std::this_thread::get_id();
  const bool mine = users.owner == me;
  if (alone_ && !mine && users.reads_here()) {
    if (users.forgotten()) all_.erase(object);
    throw std::logic_error("[Model] a function called by predict may not train or change the model.");
  }
  const bool owned = users.depth > 0 && (alone_ || !users.open);
  if (!mine && (owned || (alone_ && !users.readers.empty()) || !comes_first(users))) {
    wait_for(object, users);
    return false;
  }
  make_room(taken_);  // what follows does not fail
  if (alone_) {
    users.owner = me;
    ++users.depth;
  } else {
    users.readers.push_back(me);
  }
  taken_.push_back(object);
  return true;
}

/// Whether nobody waits longer whom this claim would keep out. A thread that has claims does not stand in line: who
/// waits may wait for it. Nor is there a line behind a function of the user's, which may wait for this claim.
bool Access::Claim::comes_first(const Users& users) const {
  if (held_ > 0 || (users.open && !alone_)) return true;
  const bool behind = std::any_of(users.waiting.begin(), users.waiting.end(), [&](const Waiting& other) {
    return other.ticket < ticket_ && (other.alone || alone_);
  });
  if (!behind) return true;
  return in_function_.contains(users.owner) ||
         std::any_of(users.readers.begin(), users.readers.end(), [](auto id) { return in_function_.contains(id); });
}

void Access::Claim::wait_for(const void* object, Users& users) {
  blocked_by_ = users.depth > 0 ? users.owner : users.readers.empty() ? std::thread::id() : users.readers.front();
  if (std::find(waits_for_.begin(), waits_for_.end(), object) != waits_for_.end()) return;
  waits_for_.push_back(object);
  users.waiting.push_back({ticket_, alone_});
}

void Access::Claim::stop_waiting() noexcept {
  const std::lock_guard lock(mutex_);
  --waiting_;
  for (const void* object : waits_for_) {
    const auto place = all_.find(object);
    std::erase_if(place->second.waiting, [&](const Waiting& one) { return one.ticket == ticket_; });
    // Behind what it has, the others go on waiting.
    const bool has = std::find(taken_.begin(), taken_.end(), object) != taken_.end();
    if (!has && !place->second.waiting.empty()) something_changed();
    if (place->second.forgotten()) all_.erase(place);
  }
  waits_for_.clear();
}

/// Throws where whoever has what is wanted is in a function of the user's and does not come back.
void Access::Claim::check_progress(Time began) const {
  const auto place = in_function_.find(blocked_by_);
  if (place == in_function_.end() || Clock::now() - std::max(began, place->second) < kPatience) return;
  throw std::runtime_error(
      "[Model] this call waits for one of another thread, which has been within a function of the user's (a loss, a "
      "metric, an initializer ...) for 5 seconds. If that function waits for this call, both would wait for ever: only "
      "callbacks and generators may wait for other threads that use the model.");
}

/// Whether that lets another one go on. Threads that are woken for nothing keep the rest from the cores.
bool Access::Claim::give_back() noexcept {
  bool lets_go_on = false;
  for (const void* object : taken_) {
    const auto place = all_.find(object);
    Users& users = place->second;
    if (alone_) {
      if (--users.depth == 0) {
        users.owner = std::thread::id();
        users.open = false;
      }
    } else {
      users.readers.erase(std::find(users.readers.begin(), users.readers.end(), std::this_thread::get_id()));
    }
    const bool free = alone_ ? users.depth == 0 : users.readers.empty();
    lets_go_on |= free && (!users.waiting.empty() || users.depth > 0);
    if (users.forgotten()) all_.erase(place);
  }
  taken_.clear();
  return lets_go_on;
}

// -- between two steps ----------------------------------------------------------------------------

void Access::Claim::lend() {
  const std::lock_guard lock(mutex_);
  if (give_back()) something_changed();
  lent_ = true;
  --held_;
}

void Access::Claim::take_again() {
  acquire(true);
  lent_ = false;
}

void Access::Claim::let_readers_in() {
  if (waiting_.load(std::memory_order_relaxed) == 0) return;
  std::uint64_t line = 0;
  const auto wants_to_read = [&](const void* object) {
    const auto& waiting = all_.find(object)->second.waiting;
    return std::any_of(waiting.begin(), waiting.end(), [&](const Waiting& one) { return !one.alone && one.ticket <= line; });
  };
  const auto is_read = [&](const void* object) {
    const auto& readers = all_.find(object)->second.readers;
    return std::any_of(readers.begin(), readers.end(), [](auto id) { return id != std::this_thread::get_id(); });
  };
  const auto open = [&](bool is_open) {
    for (const void* object : taken_) all_.find(object)->second.open = is_open;
  };
  const auto any = [&](const auto& of) { return std::any_of(taken_.begin(), taken_.end(), of); };

  const auto began = Clock::now();
  auto looked = began;
  Lock lock(mutex_);
  line = tickets_;
  if (!any(wants_to_read)) return;
  open(true);
  something_changed();
  while (true) {
    wait_for_change(lock, looked, kPolite);
    if (any(wants_to_read) && Clock::now() < began + kPolite) continue;
    open(false);
    const auto reader = std::find_if(taken_.begin(), taken_.end(), is_read);
    if (reader == taken_.end()) return;
    blocked_by_ = all_.find(*reader)->second.readers.front();
    check_progress(began);
  }
}

// -- functions of the user's ----------------------------------------------------------------------

Access::UserFunction::UserFunction() : claim_(innermost_) {
  if (claim_ != nullptr) ++claim_->functions_;
  if (held_ == 0 || depth_++ > 0) return;
  const std::lock_guard lock(mutex_);
  in_function_.emplace(std::this_thread::get_id(), Clock::now());
}

Access::UserFunction::~UserFunction() {
  if (claim_ != nullptr) --claim_->functions_;
  if (depth_ == 0 || --depth_ > 0) return;
  const std::lock_guard lock(mutex_);
  in_function_.erase(std::this_thread::get_id());
}

// -- a fork ---------------------------------------------------------------------------------------

/// Not Python's own hooks: between those, other threads run, and would wait for the mutex with the GIL.
void Access::prepare_for_forks() {
  pthread_atfork([] { mutex_.lock(); }, [] { mutex_.unlock(); },
                 [] {
                   after_fork();
                   mutex_.unlock();
                 });
}

void Access::after_fork() {
  const auto me = std::this_thread::get_id();
  for (auto place = all_.begin(); place != all_.end();) {
    Users& users = place->second;
    users.waiting.clear();
    std::erase_if(users.readers, [&](auto id) { return id != me; });
    if (users.depth > 0 && users.owner != me) {
      users.lost = !users.open;
      users.depth = 0;
      users.owner = std::thread::id();
      users.open = false;
    }
    place = users.forgotten() ? all_.erase(place) : std::next(place);
  }
  std::erase_if(in_function_, [&](const auto& one) { return one.first != me; });
  waiting_ = 0;
  ::new (&changed_) std::condition_variable;  // the other one knows of threads that are not here
}

}  // namespace keratin::python
