// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace keratin {

/// How the vectors of a sample's steps become one.
enum class Pooling : std::uint8_t { kSum, kMean, kMax };

}  // namespace keratin
