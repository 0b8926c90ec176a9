// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Allocations of this thread that fail: the program has its own in place of everybody's.
namespace testing_memory {

/// `allocations` of them succeed; then memory has run out.
void ends_after(std::int64_t allocations);
void is_enough();
/// The largest piece of memory that this thread has asked for.
std::size_t& largest();
/// How many this thread has asked for.
std::int64_t asked();

}  // namespace testing_memory
