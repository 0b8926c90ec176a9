// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keratin::table {

/// What is looked up: integers, any of int64, or strings, in the caller's memory.
class Keys {
 public:
  Keys(std::span<const std::int64_t> keys) : integers_(keys) {}
  Keys(std::span<const std::string_view> keys) : strings_(keys), are_strings_(true) {}
  Keys(const std::vector<std::int64_t>& keys) : Keys(std::span(keys)) {}
  Keys(const std::vector<std::string_view>& keys) : Keys(std::span(keys)) {}

  bool are_strings() const { return are_strings_; }
  std::int64_t size() const {
    return static_cast<std::int64_t>(are_strings_ ? strings_.size() : integers_.size());
  }
  std::span<const std::int64_t> integers() const { return integers_; }
  std::span<const std::string_view> strings() const { return strings_; }

 private:
  std::span<const std::int64_t> integers_;
  std::span<const std::string_view> strings_;
  bool are_strings_ = false;
};

/// Which rows are forgotten first: those whose keys came least often, or longest ago. Of equal ones
/// those that came longest ago, then the lowest.
enum class Eviction { kNone, kLeastUsed, kOldest };
/// By the name that Python and files have; none for another.
inline std::optional<Eviction> eviction_named(std::string_view name) {
  if (name == "least_used") return Eviction::kLeastUsed;
  if (name == "oldest") return Eviction::kOldest;
  return std::nullopt;
}

/// Which keys have rows, for a copy.
struct KeyState {
  std::vector<std::int64_t> keys;  // one a row behind those of unknown keys, or
  std::vector<std::string> strings;
  std::vector<std::int64_t> rows;           // where it is; those between are free
  std::vector<std::int64_t> times;          // how often each came
  std::vector<std::int64_t> last;           // at what time it came last
  std::vector<std::int64_t> waiting;        // hashes of keys that came too seldom,
  std::vector<std::int64_t> waiting_times;  // and how often
  std::int64_t clock = 0;                   // the time: a number that grows
};

}  // namespace keratin::table
