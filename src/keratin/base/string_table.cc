// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/string_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

namespace keratin {

namespace {

template <class Word>
std::uint64_t word_at(std::string_view text, std::size_t at) {
  Word word;
  std::memcpy(&word, text.data() + at, sizeof word);
  return word;
}

constexpr std::size_t kShort = 11;  // bytes that a key has room for, beside their number

constexpr std::uint64_t kSeven = (std::uint64_t{1} << 56) - 1;

/// Ones where those of the first eight bytes are that a text of so many has.
constexpr auto kFirst = [] {
  std::array<std::uint64_t, kShort + 1> masks{};
  for (std::size_t size = 1; size <= kShort; ++size)
    masks[size] = size < 8 ? (std::uint64_t{1} << (8 * size)) - 1 : ~std::uint64_t{0};
  return masks;
}();

}  // namespace

StringTable::Key StringTable::key_of_any(std::string_view text) {
  const std::size_t size = text.size();
  const auto rest = static_cast<std::uint32_t>(size << 24);
  if (const auto key = keratin::key_of(text)) return {*key & kSeven, rest};
  if (size <= kShort) {
    const std::uint64_t behind = word_at<std::uint32_t>(text, size - 4) >> (8 * (12 - size));
    return {word_at<std::uint64_t>(text, 0), static_cast<std::uint32_t>(behind) | rest};
  }
  constexpr std::uint64_t kOdd = 0xD6E8FEB86659FD93;
  std::uint64_t hash = size * kOdd;
  const auto mix = [&](std::size_t at) {
    hash = (hash ^ word_at<std::uint64_t>(text, at)) * kOdd;
    hash ^= hash >> 32;
  };
  for (std::size_t at = 0; at + 8 < size; at += 8) mix(at);
  mix(size - 8);
  return {hash, kIsHash << 24};
}

/// The same without a branch for each size: words are of all of them, one after another.
StringTable::Key StringTable::key_with_room(std::string_view text) {
  const std::size_t size = text.size();
  if (size > kShort) return key_of_any(text);
  const std::uint64_t mask = kFirst[size];
  const auto behind = static_cast<std::uint32_t>(word_at<std::uint32_t>(text, 8));
  const auto kept = (std::uint32_t{1} << (8 * (size < 8 ? 0 : size - 8))) - 1;
  return {word_at<std::uint64_t>(text, 0) & mask,
          (behind & kept) | static_cast<std::uint32_t>(size << 24)};
}

std::size_t StringTable::slot_of(std::string_view text, Key key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = place(key);
  while (slots_[slot].id != kMissing &&
         !(slots_[slot].key() == key && (!key.is_hash() || (*this)[slots_[slot].id] == text))) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

std::uint32_t StringTable::find(std::string_view text) const {
  return slots_.empty() ? kMissing : slots_[slot_of(text, key_of_any(text))].id;
}

void StringTable::find_all(std::span<const std::string_view> texts, std::span<std::uint32_t> ids,
                           bool has_room) const {
  if (slots_.empty()) {
    std::ranges::fill(ids, kMissing);
    return;
  }
  constexpr std::size_t kTogether = 32;
  std::array<Key, kTogether> keys;
  for (std::size_t done = 0; done < texts.size(); done += kTogether) {
    const std::size_t count = std::min(kTogether, texts.size() - done);
    for (std::size_t i = 0; i < count; ++i) {
      keys[i] = has_room ? key_with_room(texts[done + i]) : key_of_any(texts[done + i]);
      __builtin_prefetch(&slots_[place(keys[i])]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Slot& first = slots_[place(keys[i])];  // most are there, and of those that are not none
      const bool is_it = first.key() == keys[i] && !keys[i].is_hash();
      ids[done + i] = is_it ? first.id : slots_[slot_of(texts[done + i], keys[i])].id;
    }
  }
}

std::uint32_t StringTable::insert(std::string_view text) {
  if (2 * (size() + 1) > slots_.size()) grow();
  const Key key = key_of_any(text);
  Slot& slot = slots_[slot_of(text, key)];
  if (slot.id == kMissing) {
    if (size() >= kMissing - 1)
      throw std::length_error("[StringTable] more than 2^32 - 2 strings.");
    bytes_.append(text);
    ends_.push_back(bytes_.size());
    slot = {key.first, key.rest, static_cast<std::uint32_t>(size() - 1)};
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
    std::size_t slot = place(one.key());
    while (slots_[slot].id != kMissing) slot = (slot + 1) & mask;
    slots_[slot] = one;
  }
}

}  // namespace keratin
