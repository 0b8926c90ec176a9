// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "keratin/initializers/constant_initializers.h"
#include "keratin/initializers/orthogonal.h"
#include "keratin/initializers/random_initializers.h"
#include "keratin/initializers/variance_scaling.h"

namespace keratin {
template <class T>
struct NamedEntry;  // base/named_list.h
}

namespace keratin::initializers {

/// Every initializer that a name or a file can make. Names are Keras's: the class, its snake case,
/// and the aliases beside it.
std::span<const NamedEntry<const Initializer>> all_initializers();

}  // namespace keratin::initializers
