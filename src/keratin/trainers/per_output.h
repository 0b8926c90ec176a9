// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/base/error.h"

namespace keratin::trainers {

/// An option of compile() that says something of each output: one for all of them, a list in their
/// order, or by name.
template <class T>
class PerOutput {
 public:
  using Named = std::pair<std::string, T>;

  PerOutput() = default;
  template <class One>
    requires(!std::derived_from<One, PerOutput> && std::convertible_to<One, T>)
  PerOutput(One one) : kind_(Kind::kOne) {
    entries_.emplace_back(std::move(one));
  }
  PerOutput(std::vector<T> list) : kind_(Kind::kList), entries_(std::move(list)) {}
  PerOutput(std::initializer_list<T> list) : kind_(Kind::kList), entries_(list) {}
  PerOutput(std::vector<Named> named) : kind_(Kind::kNamed) {
    for (auto& [name, entry] : named) {
      names_.push_back(std::move(name));
      entries_.push_back(std::move(entry));
    }
  }
  PerOutput(std::initializer_list<Named> named) : PerOutput(std::vector<Named>(named)) {}

  /// Nothing was said.
  bool empty() const { return kind_ == Kind::kNone; }
  bool is_one() const { return kind_ == Kind::kOne; }

  /// One entry, a list or a dict, as it was given; null where nothing was said.
  friend Config to_config(const PerOutput& given) {
    using keratin::to_config;
    if (given.is_one()) return to_config(given.entries_[0]);
    if (given.kind_ == Kind::kList) return to_config(given.entries_);
    Config dict = given.empty() ? Config() : Config::dict();
    for (std::size_t i = 0; i < given.names_.size(); ++i)
      dict[given.names_[i]] = to_config(given.entries_[i]);
    return dict;
  }

  /// An entry an output, T() where there is none. `option`: its name, for errors; `outputs`: their
  /// names, none for one output. `all`: whether those who name some must name all. Throws
  /// std::invalid_argument for an unknown name (naming the nearest), a missing one and another
  /// count.
  std::vector<T> of_outputs(std::string_view option, const std::vector<std::string>& outputs,
                            bool all) const {
    const std::size_t count = std::max<std::size_t>(outputs.size(), 1);
    if (empty()) return std::vector<T>(count);
    if (is_one()) return std::vector<T>(count, entries_[0]);
    if (kind_ == Kind::kNamed && !outputs.empty()) return by_name(option, outputs, all);
    if (entries_.size() != count) {
      invalid_argument("compile", option, " must have an entry for each of the ", count,
                       count == 1 ? " output" : " outputs", ". Received: ", entries_.size(),
                       " entries.");
    }
    return entries_;
  }

 private:
  enum class Kind { kNone, kOne, kList, kNamed };

  std::vector<T> by_name(std::string_view option, const std::vector<std::string>& outputs,
                         bool all) const {
    std::vector<T> result(outputs.size());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const auto found = std::find(outputs.begin(), outputs.end(), names_[i]);
      if (found == outputs.end()) {
        const std::vector<std::string_view> known(outputs.begin(), outputs.end());
        unknown_name("compile", str("output in ", option), names_[i], known);
      }
      result[static_cast<std::size_t>(found - outputs.begin())] = entries_[i];
    }
    if (!all) return result;
    for (const std::string& output : outputs) {
      if (std::find(names_.begin(), names_.end(), output) == names_.end()) {
        invalid_argument("compile", option, " does not name the output '", output,
                         "': name all of them.");
      }
    }
    return result;
  }

  Kind kind_ = Kind::kNone;
  std::vector<T> entries_;
  std::vector<std::string> names_;
};

}  // namespace keratin::trainers
