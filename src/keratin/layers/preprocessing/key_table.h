// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/string_table.h"

/// Keys, each once, numbered in the order of their first insertion: StringTable, and the same of
/// integers.
namespace keratin::layers {

class IntegerTable {
 public:
  static constexpr std::uint32_t kMissing = StringTable::kMissing;

  std::uint32_t find(std::int64_t key) const {
    const auto found = ids_.find(key);
    return found == ids_.end() ? kMissing : found->second;
  }
  void find_all(std::span<const std::int64_t> keys, std::span<std::uint32_t> ids, bool) const {
    for (std::size_t i = 0; i < keys.size(); ++i) ids[i] = find(keys[i]);
  }
  std::uint32_t insert(std::int64_t key) {
    const auto [place, is_new] = ids_.try_emplace(key, static_cast<std::uint32_t>(keys_.size()));
    if (is_new) keys_.push_back(key);
    return place->second;
  }
  std::int64_t operator[](std::uint32_t id) const { return keys_[id]; }
  std::size_t size() const { return keys_.size(); }

 private:
  std::unordered_map<std::int64_t, std::uint32_t> ids_;
  std::vector<std::int64_t> keys_;
};

/// What a key is: in options and vocabularies, where it is looked up, and its table.
template <class Key>
struct KeyOf;
template <>
struct KeyOf<std::int64_t> {
  using View = std::int64_t;
  using Table = IntegerTable;
};
template <>
struct KeyOf<std::string> {
  using View = std::string_view;
  using Table = StringTable;
};

/// How often keys were seen, and in how many documents.
template <class Key>
class KeyCounts {
 public:
  using View = typename KeyOf<Key>::View;

  void begin_document() { ++documents_; }
  void add(View key) {
    const std::uint32_t id = keys_.insert(key);
    if (id == counts_.size()) counts_.push_back({});
    Counted& counted = counts_[id];
    ++counted.times;
    if (counted.last_document == documents_) return;
    counted.last_document = documents_;
    ++counted.documents;
  }
  std::size_t size() const { return counts_.size(); }
  View key(std::uint32_t id) const { return keys_[id]; }
  std::int64_t times(std::uint32_t id) const { return counts_[id].times; }
  /// In how many documents, and how many there were.
  std::int64_t documents(std::uint32_t id) const { return counts_[id].documents; }
  std::int64_t documents() const { return documents_; }

 private:
  struct Counted {
    std::int64_t times = 0, documents = 0, last_document = 0;
  };
  typename KeyOf<Key>::Table keys_;
  std::vector<Counted> counts_;
  std::int64_t documents_ = 0;
};

}  // namespace keratin::layers
