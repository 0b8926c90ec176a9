// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keratin/graph/value.h"

/// Several values in one and one in several. Keras: `keras.ops`. Negative axes count from the end;
/// all throw std::invalid_argument for an axis that is not there and shapes that do not fit.
namespace keratin::ops {

/// Behind one another along an axis; the other axes must agree. Of the common type.
Value concatenate(const Values& xs, std::int64_t axis = 0);
/// Along a new axis, which stands at `axis` of the result; all of one shape. Of the common type.
Value stack(const Values& xs, std::int64_t axis = 0);
/// Into `sections` parts of one size, or parts that end before these places.
Values split(const Value& x, std::int64_t sections, std::int64_t axis = 0);
Values split(const Value& x, const std::vector<std::int64_t>& indices, std::int64_t axis = 0);
/// Into `sections` parts, of which the first are larger by one where they do not come out even.
Values array_split(const Value& x, std::int64_t sections, std::int64_t axis = 0);
/// Into one value a place of the axis, which goes. `num` where the size is not known.
Values unstack(const Value& x, std::optional<std::int64_t> num = {}, std::int64_t axis = 0);

}  // namespace keratin::ops
