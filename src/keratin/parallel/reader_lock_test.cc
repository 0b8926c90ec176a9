// SPDX-License-Identifier: Apache-2.0
#include "keratin/parallel/reader_lock.h"

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keratin/parallel/parallel.h"

namespace keratin::parallel {
namespace {

using Clock = std::chrono::steady_clock;

/// Calls body(thread) on that many threads, over and over until `until` returns.
void loop_beside(int threads, const std::function<void(int)>& body,
                 const std::function<void()>& until) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t) {
    all.emplace_back([&, t] {
      while (!stop) body(t);
    });
  }
  until();
  stop = true;
  for (std::thread& thread : all) thread.join();
}

TEST(ReaderLock, NobodySeesAHalfChange) {
  ReaderLock lock("[Test] these numbers");
  std::array<std::int64_t, 100> numbers{};  // all equal, but while they are changed
  std::atomic<int> torn = 0;
  const auto read = [&](int) {
    const ReaderLock::Reading reading(lock);
    for (const std::int64_t number : numbers) torn += number != numbers[0] ? 1 : 0;
  };
  const auto change = [&] {
    for (int i = 0; i < 500; ++i) {
      const ReaderLock::Changing changing(lock);
      for (std::int64_t& number : numbers) ++number;
    }
  };
  loop_beside(4, read, [&] {
    std::thread other(change);
    change();
    other.join();
  });
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(numbers[99], 1000);
}

TEST(ReaderLock, ReadersDoNotKeepAChangeOut) {
  ReaderLock lock("[Test] nothing");
  const auto read = [&](int) {
    const ReaderLock::Reading reading(lock);
    const auto until = Clock::now() + std::chrono::microseconds(20);
    while (Clock::now() < until) {
    }
  };
  Clock::duration longest{0};
  loop_beside(16, read, [&] {
    for (int i = 0; i < 50; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      const auto began = Clock::now();
      const ReaderLock::Changing changing(lock);
      longest = std::max(longest, Clock::now() - began);
    }
  });
  // Sixteen readers on few cores: a reader that holds the lock may wait some turns for a core.
  EXPECT_LT(longest, std::chrono::milliseconds(1000));
}

TEST(ReaderLock, AWaitCanBeInterrupted) {
  ReaderLock lock("[Test] nothing");
  const std::function<void()> ask = [] { throw std::runtime_error("enough"); };
  {
    const ReaderLock::Changing changing(lock);
    std::thread([&] {
      const Interruptible here(&ask);
      EXPECT_THROW(ReaderLock::Reading{lock}, std::runtime_error);
      EXPECT_THROW(ReaderLock::Changing{lock}, std::runtime_error);
    }).join();
  }
  {
    const ReaderLock::Reading reading(lock);
    std::thread([&] {
      const Interruptible here(&ask);
      EXPECT_THROW(ReaderLock::Changing{lock}, std::runtime_error);
    }).join();
  }
  const ReaderLock::Changing changing(lock);  // nothing was left behind
}

#ifndef __SANITIZE_THREAD__  // which does not follow a fork of several threads
TEST(ReaderLock, AForkLeavesReadersBehindAndAHalfChangeIsAnError) {
  ReaderLock read("[Test] what was read");
  ReaderLock changed("[Test] what was changed");
  std::atomic<bool> held = false;
  std::atomic<bool> done = false;
  std::thread other([&] {
    const ReaderLock::Reading reading(read);
    const ReaderLock::Changing changing(changed);
    held = true;
    while (!done) std::this_thread::yield();
  });
  while (!held) std::this_thread::yield();
  const pid_t child = fork();
  if (child == 0) {
    alarm(10);
    { const ReaderLock::Changing changing(read); }
    try {
      const ReaderLock::Reading reading(changed);
    } catch (const std::runtime_error& error) {
      _exit(std::string(error.what()).starts_with("[Test] what was changed cannot be used") ? 0
                                                                                            : 2);
    }
    _exit(1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  done = true;
  other.join();
  EXPECT_EQ(status, 0);
}
#endif

}  // namespace
}  // namespace keratin::parallel
