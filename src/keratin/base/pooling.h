// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace keratin {

/// How the vectors of a sample's steps become one.
enum class Pooling : std::uint8_t { kSum, kMean, kMax };

/// What the steps that a mask leaves out are to a sum or a mean. A maximum knows no mask.
enum class MaskedSteps : std::uint8_t {
  kNone,         ///< there is no mask: all steps count
  kLeftOut,      ///< and a mean over none is 0
  kLeftOutAsNaN  ///< and a mean over none is 0 / 0, as in Keras
};

/// What the sum over `steps` steps is divided by for their mean.
inline float mean_divisor(std::int64_t steps, MaskedSteps masked) {
  return steps == 0 && masked == MaskedSteps::kLeftOut ? 1.0F : static_cast<float>(steps);
}

}  // namespace keratin
