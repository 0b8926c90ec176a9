// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "keratin/constraints/non_neg.h"
#include "keratin/constraints/norm_constraints.h"

namespace keratin {
template <class T>
struct NamedEntry;
}

/// All of Keras's constraints and the closed list of their names.
namespace keratin::constraints {

/// The closed list (base/named_list.h).
std::span<const NamedEntry<const Constraint>> entries();

// Keras: the lower-case spellings of the classes.
using max_norm = MaxNorm;
using unit_norm = UnitNorm;
using min_max_norm = MinMaxNorm;
using non_neg = NonNeg;

}  // namespace keratin::constraints
