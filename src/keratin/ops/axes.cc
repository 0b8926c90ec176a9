// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/axes.h"

#include <algorithm>

#include "keratin/ops/define.h"

namespace keratin::ops {

std::size_t axis_of(const Operation& op, std::int64_t axis, std::size_t rank) {
  const auto axes = static_cast<std::int64_t>(rank);
  if (axis < -axes || axis >= axes) {
    refuse(op, "axis must be from ", -axes, " to ", axes - 1, " for a value of rank ", axes,
           ". Received: ", axis);
  }
  return static_cast<std::size_t>(axis < 0 ? axis + axes : axis);
}

std::vector<std::int64_t> Axes::of(const Operation& op, std::size_t rank) const {
  std::vector<std::int64_t> result;
  if (is_none()) {
    for (std::size_t i = 0; i < rank; ++i) result.push_back(static_cast<std::int64_t>(i));
    return result;
  }
  for (const std::int64_t axis : *axes_) {
    const auto found = static_cast<std::int64_t>(axis_of(op, axis, rank));
    if (std::find(result.begin(), result.end(), found) != result.end()) {
      refuse(op, "an axis must not come twice. Received: ", axis,
             " in axis=", to_string(Shape(*axes_)));
    }
    result.push_back(found);
  }
  return result;
}

Config to_config(const Axes& axes) {
  if (axes.is_none()) return {};
  const bool one = axes.is_one() && !axes.list().empty();  // what was moved from has none
  return one ? Config(axes.list()[0]) : keratin::to_config(axes.list());
}

void from_config(const Config& config, Axes& axes) {
  if (config.is_null()) {
    axes = Axes();
  } else if (config.is_list()) {
    std::vector<std::int64_t> list;
    from_config(config, list);
    axes = Axes(std::move(list));
  } else {
    axes = Axes(config.as_int());
  }
}

}  // namespace keratin::ops
