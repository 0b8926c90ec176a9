// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/seed.h"

namespace keratin::utils {

/// Keras: `keras.utils.set_random_seed`. Everything drawn without a seed afterwards (first weights,
/// dropout, the order of samples in fit) is a function of `seed`.
using random::set_random_seed;

}  // namespace keratin::utils
