// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/string_table.h"

#include <functional>
#include <stdexcept>

namespace keratin {
namespace {

std::uint32_t hash_of(std::string_view text) {
  const std::uint64_t hash = std::hash<std::string_view>{}(text);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

}  // namespace

std::size_t StringTable::slot_of(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot].id != kMissing &&
         !(slots_[slot].hash == hash && (*this)[slots_[slot].id] == text)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

std::uint32_t StringTable::find(std::string_view text) const {
  return slots_.empty() ? kMissing : slots_[slot_of(text, hash_of(text))].id;
}

std::uint32_t StringTable::insert(std::string_view text) {
  if (2 * (size() + 1) > slots_.size()) grow();
  const std::uint32_t hash = hash_of(text);
  Slot& slot = slots_[slot_of(text, hash)];
  if (slot.id == kMissing) {
    if (size() >= kMissing - 1)
      throw std::length_error("[StringTable] more than 2^32 - 2 strings.");
    bytes_.append(text);
    ends_.push_back(bytes_.size());
    slot = {hash, static_cast<std::uint32_t>(size() - 1)};
  }
  return slot.id;
}

void StringTable::grow() {
  std::vector<Slot> larger(slots_.empty() ? 64 : 2 * slots_.size());
  const std::size_t mask = larger.size() - 1;
  for (const Slot& old : slots_) {
    if (old.id == kMissing) continue;
    std::size_t slot = old.hash & mask;
    while (larger[slot].id != kMissing) slot = (slot + 1) & mask;
    larger[slot] = old;
  }
  slots_ = std::move(larger);
}

}  // namespace keratin
