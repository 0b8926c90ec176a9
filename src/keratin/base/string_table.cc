// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/string_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

namespace keratin {

std::uint64_t StringTable::slot_key(std::string_view text) {
  if (const auto key = key_of(text)) return *key;
  constexpr std::uint64_t kOdd = 0xD6E8FEB86659FD93;
  std::uint64_t hash = text.size() * kOdd;
  const auto mix = [&](std::size_t at) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    hash = (hash ^ eight) * kOdd;
    hash ^= hash >> 32;
  };
  std::size_t at = 0;
  for (; at + 8 < text.size(); at += 8) mix(at);
  mix(text.size() - 8);
  return hash | kIsHash;
}

std::size_t StringTable::slot_of(std::string_view text, std::uint64_t key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = place(key);
  while (slots_[slot].id != kMissing &&
         !(slots_[slot].key == key && ((key & kIsHash) == 0 || (*this)[slots_[slot].id] == text))) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

std::uint32_t StringTable::find(std::string_view text) const {
  return slots_.empty() ? kMissing : slots_[slot_of(text, slot_key(text))].id;
}

void StringTable::find_all(std::span<const std::string_view> texts,
                           std::span<std::uint32_t> ids) const {
  if (slots_.empty()) {
    std::ranges::fill(ids, kMissing);
    return;
  }
  constexpr std::size_t kTogether = 16;
  std::array<std::uint64_t, kTogether> keys;
  for (std::size_t done = 0; done < texts.size(); done += kTogether) {
    const std::size_t count = std::min(kTogether, texts.size() - done);
    for (std::size_t i = 0; i < count; ++i) {
      keys[i] = slot_key(texts[done + i]);
      __builtin_prefetch(&slots_[place(keys[i])]);
    }
    for (std::size_t i = 0; i < count; ++i)
      ids[done + i] = slots_[slot_of(texts[done + i], keys[i])].id;
  }
}

std::uint32_t StringTable::insert(std::string_view text) {
  if (2 * (size() + 1) > slots_.size()) grow();
  const std::uint64_t key = slot_key(text);
  Slot& slot = slots_[slot_of(text, key)];
  if (slot.id == kMissing) {
    if (size() >= kMissing - 1)
      throw std::length_error("[StringTable] more than 2^32 - 2 strings.");
    bytes_.append(text);
    ends_.push_back(bytes_.size());
    slot = {key, static_cast<std::uint32_t>(size() - 1)};
  }
  return slot.id;
}

void StringTable::grow() {
  std::vector<Slot> old(slots_.empty() ? 64 : 2 * slots_.size());
  old.swap(slots_);
  shift_ = 64 - std::countr_zero(slots_.size());
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& one : old) {
    if (one.id == kMissing) continue;
    std::size_t slot = place(one.key);
    while (slots_[slot].id != kMissing) slot = (slot + 1) & mask;
    slots_[slot] = one;
  }
}

}  // namespace keratin
