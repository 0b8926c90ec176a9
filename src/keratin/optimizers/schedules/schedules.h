// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "keratin/optimizers/schedules/cosine_decays.h"
#include "keratin/optimizers/schedules/decays.h"
#include "keratin/optimizers/schedules/piecewise_constant_decay.h"

namespace keratin {
template <class T>
struct NamedEntry;
}

/// All of Keras's learning-rate schedules and the closed list of their names.
namespace keratin::optimizers::schedules {

/// The closed list (base/named_list.h).
std::span<const NamedEntry<const LearningRateSchedule>> entries();

}  // namespace keratin::optimizers::schedules
