// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/flush_subnormals.h"

namespace keratin::kernels {
namespace {

#if defined(__x86_64__)
// Intel SDM volume 1, 10.2.3: flush-to-zero is bit 15 of MXCSR, denormals-are-zeros bit 6.
constexpr std::uint64_t kFlush = (1U << 15) | (1U << 6);
std::uint64_t mode() { return __builtin_ia32_stmxcsr(); }
void set_mode(std::uint64_t mode) { __builtin_ia32_ldmxcsr(static_cast<unsigned>(mode)); }
#elif defined(__aarch64__)
// Arm ARM, FPCR: FZ is bit 24.
constexpr std::uint64_t kFlush = 1U << 24;
std::uint64_t mode() {
  std::uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void set_mode(std::uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
#else
constexpr std::uint64_t kFlush = 0;
std::uint64_t mode() { return 0; }
void set_mode(std::uint64_t) {}
#endif

}  // namespace

FlushSubnormals::FlushSubnormals(bool wanted) noexcept : before_(mode()) {
  if (wanted) set_mode(before_ | kFlush);
}
FlushSubnormals::~FlushSubnormals() { set_mode(before_); }

}  // namespace keratin::kernels
