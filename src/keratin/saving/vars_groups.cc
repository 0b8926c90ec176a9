// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/vars_groups.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include "keratin/base/error.h"

namespace keratin::saving {

using formats::hdf5::Object;

namespace {

/// A name of a group in Keras's words of today.
std::string in_todays_words(std::string name) {
  constexpr std::string_view kOld = "_layer_checkpoint_dependencies";
  std::replace(name.begin(), name.end(), '\\', '/');
  if (name.starts_with(kOld)) name = "layers" + name.substr(kOld.size());
  return name;
}

/// "dense_2" as "dense" and 2; 0 where there is none.
std::pair<std::string_view, std::size_t> numbered(std::string_view name) {
  const std::size_t at = name.rfind('_');
  std::size_t number = 0;
  if (at == name.npos || at + 1 == name.size()) return {name, 0};
  const auto [end, error] =
      std::from_chars(name.data() + at + 1, name.data() + name.size(), number);
  const bool is_number = error == std::errc() && end == name.data() + name.size();
  return is_number ? std::pair(name.substr(0, at), number) : std::pair(name, std::size_t{0});
}

bool has_arrays(const Object& object) {
  if (object.is_dataset()) return true;
  for (std::size_t i = 0; i < object.size(); ++i) {
    if (has_arrays(object.child(i))) return true;
  }
  return false;
}

/// tf.keras 2.12 and 2.13 met each layer that has weights twice, and counted it twice: a second
/// Dense is dense_2 in `_layer_checkpoint_dependencies`, a third dense_4. `layers`: that group.
bool counts_twice(const Object& layers) {
  if (layers.name() != "_layer_checkpoint_dependencies") return false;
  bool found = false;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Object layer = layers.child(i);
    if (!has_arrays(layer)) continue;
    const std::size_t number = numbered(layer.name()).second;
    if (number % 2 == 1) return false;
    found = found || number > 0;
  }
  return found;
}

std::string with_half_number(const std::string& name) {
  const auto [plain, number] = numbered(name);
  return number == 0 || number % 2 == 1 ? name : str(plain, "_", number / 2);
}

/// But for those of a vocabulary, which are no weights (vocabularies.h).
std::size_t number_of_arrays(const Object& vars) {
  return vars.size() - (vars.find("idf_weights") ? 1 : 0);
}

}  // namespace

void VarsGroups::add(const Object& group, const std::string& path) {
  const bool is_twice = counts_twice(group);
  for (std::size_t i = 0; i < group.size(); ++i) {
    const Object child = group.child(i);
    if (!child.is_group()) continue;
    std::string name = in_todays_words(std::string(child.name()));
    if (is_twice) name = with_half_number(name);
    if (name == "vars") {
      groups_.emplace(path, child);
      continue;
    }
    if (name.ends_with("/vars")) {  // a path of Windows
      name.resize(name.size() - 5);
      groups_.emplace(path.empty() ? name : path + "/" + name, child);
      continue;
    }
    add(child, path.empty() ? name : path + "/" + name);
  }
}

const Object* VarsGroups::find(std::string_view path) const {
  auto found = groups_.find(path);
  if (found == groups_.end()) found = groups_.find(in_tf_keras(path));
  return found == groups_.end() ? nullptr : &found->second;
}

std::string VarsGroups::in_tf_keras(std::string_view path) {
  const std::size_t begin = path.rfind('/') + 1;  // npos + 1 is 0
  return str(path.substr(0, begin), "_", path.substr(begin));
}

std::vector<Object> VarsGroups::arrays(const Object& vars) {
  std::vector<Object> arrays;
  const std::size_t count = number_of_arrays(vars);
  for (std::size_t i = 0; i < count; ++i) {
    const auto array = vars.find(str(i));
    if (!array || !array->is_dataset()) vars.fail(str("an array '", i, "'"), "none");
    arrays.push_back(*array);
  }
  return arrays;
}

std::vector<std::string> VarsGroups::paths_with_arrays() const {
  std::vector<std::string> paths;
  for (const auto& [path, group] : groups_) {
    if (number_of_arrays(group) > 0) paths.push_back(path);
  }
  return paths;
}

}  // namespace keratin::saving
