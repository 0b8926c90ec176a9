// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/per_axis.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/base/shape.h"

namespace keratin::layers {

PerAxis PerAxis::checked(std::string_view who, std::string_view name, std::size_t axes,
                         std::int64_t least) const {
  std::vector<std::int64_t> each = numbers_;
  if (is_one_) each.assign(axes, numbers_[0]);
  const bool fit = each.size() == axes && std::ranges::all_of(each, [=](std::int64_t number) {
                     return number >= least && number <= INT32_MAX;
                   });
  if (!fit) {
    invalid_argument(who, name, " must be ", axes == 1 ? "an integer" : "integers, one an axis,",
                     " from ", least, " to ", INT32_MAX, ". Received: ", Shape(numbers_));
  }
  return PerAxis(std::move(each));
}

Config to_config(const PerAxis& numbers) {
  if (!numbers) return {};
  if (numbers.is_one()) return numbers[0];
  return keratin::to_config(numbers.list());
}

void from_config(const Config& config, PerAxis& numbers) {
  if (config.is_null()) {
    numbers = {};
  } else if (config.is_list()) {
    std::vector<std::int64_t> each;
    keratin::from_config(config, each);
    numbers = PerAxis(std::move(each));
  } else {
    std::int64_t all = 0;
    keratin::from_config(config, all);
    numbers = all;
  }
}

}  // namespace keratin::layers
