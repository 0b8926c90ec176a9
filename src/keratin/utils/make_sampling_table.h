// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "keratin/tensor/tensor.h"

namespace keratin::utils {

/// How likely the word of each rank is to be taken for `skipgrams`, (size,) of float64: entry r is
/// min(1, sqrt(sampling_factor / f(r))), where f(r) ~ 1 / (r (log r + gamma) + 1/2 - 1/(12 r)) is
/// the frequency by Zipf's law, gamma = 0.577; entry 0 is that of rank 1. Throws
/// std::invalid_argument for a size below 1, and a factor that is not positive and finite, and
/// OutOfMemory. Source: Mikolov et al., word2vec. Keras: `make_sampling_table`.
Tensor make_sampling_table(std::int64_t size, double sampling_factor = 1e-5);

}  // namespace keratin::utils
