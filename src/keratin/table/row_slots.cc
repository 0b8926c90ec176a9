// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/row_slots.h"

#include <algorithm>
#include <utility>

#include "keratin/parallel/parallel.h"

namespace keratin::table {

void RowSlots::grow(std::int64_t places) {
  const auto n = static_cast<std::size_t>(places);
  for (Pages& slot : slots_)
    slot.grow(n * static_cast<std::size_t>(width_) * sizeof(float), "optimizer slots");
  if (steps_) since_.grow(n * sizeof(std::int64_t), "the steps of its rows");
}

void RowSlots::lie_at(std::size_t k, float* data, std::int64_t places,
                      std::shared_ptr<const void> owner) {
  slots_[k] =
      Pages(data, static_cast<std::size_t>(places * width_) * sizeof(float), std::move(owner));
}

void RowSlots::start(std::int64_t places, std::int64_t since_step) {
  const std::int64_t begin = std::exchange(started_, std::max(started_, places));
  const std::int64_t end = started_;
  for (std::size_t k = 0; k < count(); ++k) {
    if (initial_[k] == 0) continue;  // fresh memory is zero
    const std::int64_t chunk = std::max<std::int64_t>(1, (1 << 16) / width_);
    parallel::for_chunks(end - begin, chunk, [&](std::int64_t b, std::int64_t e) {
      std::fill(slot(k, begin + b), slot(k, begin + e), initial_[k]);
    });
  }
  if (steps_ && since_step != 0)
    std::fill(&state(begin), &state(begin) + (end - begin), state_of(since_step, false));
}

void RowSlots::restart(std::int64_t place, std::int64_t since_step) const {
  for (std::size_t k = 0; k < count(); ++k) std::fill_n(slot(k, place), width_, initial_[k]);
  if (steps_) set_since(place, since_step);
}

}  // namespace keratin::table
