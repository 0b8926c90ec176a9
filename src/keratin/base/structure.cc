// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/structure.h"

#include <algorithm>

namespace keratin {

std::size_t leaves_of(const Config& structure) {
  if (structure.is_null()) return 1;
  std::size_t count = 0;
  if (structure.is_list()) {
    for (const Config& part : structure.as_list()) count += leaves_of(part);
  } else {
    for (const auto& part : structure.as_dict()) count += leaves_of(part.second);
  }
  return count;
}

std::vector<std::string> sorted_keys(const Config::Dict& dict) {
  std::vector<std::string> keys;
  for (const auto& part : dict) keys.push_back(part.first);
  std::ranges::sort(keys);
  return keys;
}

Config with_leaves(const Config& structure, const Config::List& leaves, std::size_t& next) {
  if (structure.is_null()) return leaves.at(next++);
  if (structure.is_list()) {
    Config::List list;
    for (const Config& part : structure.as_list()) list.push_back(with_leaves(part, leaves, next));
    return list;
  }
  Config dict = structure;
  for (const std::string& key : sorted_keys(structure.as_dict()))
    dict[key] = with_leaves(structure.at(key), leaves, next);
  return dict;
}

}  // namespace keratin
