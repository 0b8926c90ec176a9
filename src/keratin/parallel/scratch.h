// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace keratin::parallel {

/// Memory for work that must not fail once it has begun: a block of floats for each chunk that can
/// be at work at once, allocated ahead. Threads: safe.
class Scratch {
 public:
  /// Blocks of `floats`. Throws std::bad_alloc.
  explicit Scratch(std::size_t floats);

  /// Gives the block back when it goes.
  class Block {
   public:
    explicit Block(Scratch& scratch) : scratch_(scratch), memory_(scratch.take()) {}
    ~Block() { scratch_.give(memory_); }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    /// Holds what its last user left.
    std::span<float> floats() const { return {memory_, scratch_.floats_}; }

   private:
    Scratch& scratch_;
    float* memory_;
  };

 private:
  float* take();  // waits where all are taken: more threads are at work than there were
  void give(float* block);

  std::size_t floats_;
  std::vector<float> memory_;
  std::vector<float*> free_;
  std::mutex mutex_;
  std::condition_variable given_;
};

}  // namespace keratin::parallel
