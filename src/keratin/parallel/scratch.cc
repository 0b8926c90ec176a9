// SPDX-License-Identifier: Apache-2.0
#include "keratin/parallel/scratch.h"

#include "keratin/parallel/parallel.h"

namespace keratin::parallel {

Scratch::Scratch(std::size_t floats) : floats_(floats) {
  const auto blocks = static_cast<std::size_t>(num_threads());
  memory_.resize(blocks * floats);
  free_.reserve(blocks);
  for (std::size_t i = 0; i < blocks; ++i) free_.push_back(memory_.data() + i * floats);
}

float* Scratch::take() {
  std::unique_lock lock(mutex_);
  given_.wait(lock, [this] { return !free_.empty(); });
  float* const block = free_.back();
  free_.pop_back();
  return block;
}

void Scratch::give(float* block) {
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(block);
  }
  given_.notify_one();
}

}  // namespace keratin::parallel
