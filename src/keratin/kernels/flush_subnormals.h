// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace keratin::kernels {

/// While it lives, numbers below the smallest normal float32 (1.2e-38) are 0 in this thread's
/// arithmetic, and in that of the chunks it shares out (parallel/), where the processor can do so:
/// x86-64 and AArch64. They cost a hundred cycles an operation on many processors, and an
/// optimizer's moments end there, where what was learnt has no gradient any more. XLA and
/// TensorFlow compute like this throughout.
class FlushSubnormals {
 public:
  explicit FlushSubnormals(bool wanted = true) noexcept;
  ~FlushSubnormals();
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
  std::uint64_t before_;
};

}  // namespace keratin::kernels
