// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "keratin/regularizers/l1_l2.h"
#include "keratin/regularizers/orthogonal_regularizer.h"

namespace keratin {
template <class T>
struct NamedEntry;
}

/// All of Keras's regularizers and the closed list of their names.
namespace keratin::regularizers {

/// The closed list (base/named_list.h).
std::span<const NamedEntry<const Regularizer>> entries();

// Keras: the lower-case spellings of the classes.
using l1 = L1;
using l2 = L2;
using l1_l2 = L1L2;
using orthogonal_regularizer = OrthogonalRegularizer;

}  // namespace keratin::regularizers
