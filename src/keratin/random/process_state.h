// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/tensor/tensor.h"

namespace keratin::random {

/// What this process draws from where no seed is given, as numbers: the generator that objects take
/// their seeds from, and the global SeedGenerator. Threads: safe.
Tensor process_state();
/// The same again: what is drawn without a seed goes on as it would have. Throws
/// std::invalid_argument for other numbers.
void set_process_state(const Tensor& state);

}  // namespace keratin::random
