// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keratin/graph/value.h"
#include "keratin/ops/axes.h"

/// Elements that come more than once, or at another place of an axis. Keras: `keras.ops`. Any type,
/// which stays; negative axes count from the end; all throw std::invalid_argument for an axis that
/// is not there and for numbers that do not fit the shape.
namespace keratin::ops {

/// How many elements are put before and behind an axis.
using PadWidth = std::array<std::int64_t, 2>;
/// With more elements around: one width for all axes, or one an axis. `mode`: "constant" (of
/// `constant_value`), "reflect" (as a mirror on the last element), "symmetric" (behind it), "edge".
Value pad(const Value& x, const std::vector<PadWidth>& pad_width,
          const std::string& mode = "constant", double constant_value = 0);

/// Each element `repeats` times, or each as often as its place says; along an axis, or of all
/// elements as a vector.
Value repeat(const Value& x, const std::vector<std::int64_t>& repeats,
             std::optional<std::int64_t> axis = {});
/// The whole, repeated along each axis.
Value tile(const Value& x, const std::vector<std::int64_t>& repeats);
/// Moved on by `shift` places along these axes (one shift for all, or one each), what leaves at the
/// end comes in at the begin; without axes: as if it were a vector.
Value roll(const Value& x, const std::vector<std::int64_t>& shift, const Axes& axis = {});

}  // namespace keratin::ops
