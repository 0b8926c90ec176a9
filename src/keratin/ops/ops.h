// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "keratin/graph/op.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/bits.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/choices.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/crossentropies.h"
#include "keratin/ops/ctc.h"
#include "keratin/ops/digitize.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/making.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/one_hot.h"
#include "keratin/ops/outer_products.h"
#include "keratin/ops/places.h"
#include "keratin/ops/products.h"
#include "keratin/ops/quantiles.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/repeats.h"
#include "keratin/ops/rounding.h"
#include "keratin/ops/scans.h"
#include "keratin/ops/scatters.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/slices.h"
#include "keratin/ops/sorting.h"
#include "keratin/ops/statistics.h"

namespace keratin {
template <class T>
struct NamedEntry;
}

/// Keras's keras.ops on values: each gives its way back. And the closed list of those that a file
/// may name.
namespace keratin::ops {

/// The closed list (base/named_list.h), by Keras's class names: "Add", "NotEqual".
std::span<const NamedEntry<const Op>> entries();

/// From "Add", or from {"class_name", "config"}. Throws std::invalid_argument for a name or an
/// option that is not known.
std::shared_ptr<const Op> deserialize(const Config& config);
/// {"module", "class_name", "config", "registered_name"}.
Config serialize(const Op& op);

}  // namespace keratin::ops
