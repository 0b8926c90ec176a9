// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/auto_name.h"
#include "keratin/base/config.h"
#include "keratin/base/error.h"

namespace keratin {

/// One class of a concept: how a name, or a config from a file, becomes an object.
template <class T>
struct NamedEntry {
  std::string_view class_name;                              // "RandomUniform"
  std::shared_ptr<T> (*from_config)(const Config& config);  // null config: all defaults
  std::vector<std::string_view> aliases = {};  // "uniform"; snake case is found without
  std::string_view package = {};  // that registers the class, "keras_rs"; empty: Keras itself
};

/// Whether the closed list has the class: then it is Keratin's, and not one that a user wrote.
template <class T>
bool is_listed(std::span<const NamedEntry<T>> entries, std::string_view class_name) {
  return std::ranges::any_of(
      entries, [&](const NamedEntry<T>& entry) { return entry.class_name == class_name; });
}

/// What an object in a file goes by: the name that its class was registered under ("package>Mine"),
/// where it was, and that of the class.
inline std::vector<std::string_view> names_of_class(const Config& object) {
  std::vector<std::string_view> names;
  for (const char* const key : {"registered_name", "class_name"}) {
    const Config* const name = object.find(key);
    if (name != nullptr && name->is_string()) names.push_back(name->as_string());
  }
  return names;
}

/// The closed list of a concept. A folder has one, in the unit named like the folder; a class that
/// is not in it cannot be made from a name or a file.
template <class T>
class NamedList {
 public:
  /// `module` is Keras's, such as "keras.initializers"; `what` is the word for messages.
  NamedList(std::string_view module, std::string_view what, std::vector<NamedEntry<T>> entries)
      : module_(module), what_(what), entries_(std::move(entries)) {}

  /// `in_file`: the object in a file that the name is of: what a user registered is told apart.
  std::shared_ptr<T> get(std::string_view name, const Config& in_file = {}) const {
    return entry(name, in_file).from_config(Config());
  }
  /// Throws std::invalid_argument, as get() does, for a name that is not known; makes nothing.
  void require(std::string_view name) const { entry(name); }

  /// From "relu", or from {"class_name": ..., "config": {...}}. Other keys that Keras writes beside
  /// them (module, registered_name, build_config ...) choose nothing and are passed over.
  std::shared_ptr<T> deserialize(const Config& config) const {
    if (config.is_string()) return get(config.as_string());
    if (!config.is_dict()) {
      invalid_argument(module_, "a ", what_,
                       " must be a name, or a dict of class_name and config.");
    }
    const std::string& name = config.at("class_name").as_string();
    const Config* inner = config.find("config");
    const NamedEntry<T>& found = entry(name, config);
    try {
      return found.from_config(inner ? *inner : Config());
    } catch (const std::logic_error& error) {  // what a class says of itself as a whole stays
      if (std::string_view(error.what()).find("] config[") == std::string_view::npos) throw;
      config_detail::rethrow_at("config", error.what());
    }
  }

  /// Keras 3's form of an object in a file; of a class of a package under the name that it
  /// registers.
  Config serialize(std::string_view class_name, Config config) const {
    const auto found = std::ranges::find(entries_, class_name, &NamedEntry<T>::class_name);
    const std::string_view package = found == entries_.end() ? "" : found->package;
    Config out = Config::dict();
    out["module"] =
        package.empty() ? Config(module_) : Config(str(package, module_.substr(module_.find('.'))));
    out["class_name"] = class_name;
    out["config"] = std::move(config);
    out["registered_name"] = package.empty() ? Config() : Config(str(package, ">", class_name));
    return out;
  }

  std::span<const NamedEntry<T>> entries() const { return entries_; }

 private:
  const NamedEntry<T>& entry(std::string_view name, const Config& in_file = {}) const {
    for (const NamedEntry<T>& e : entries_) {
      if (name == e.class_name) return e;  // as files have it, and the others take their time
    }
    for (const NamedEntry<T>& e : entries_) {
      if (name == to_snake_case(e.class_name) ||
          std::find(e.aliases.begin(), e.aliases.end(), name) != e.aliases.end()) {
        return e;
      }
    }
    // Whatever is taken may have been meant. Listed is what Keras's users type: the class in snake
    // case, unless its first alias is how that is written ("rmsprop"), and the aliases.
    std::vector<std::string> snake;
    for (const NamedEntry<T>& e : entries_) snake.push_back(to_snake_case(e.class_name));
    std::vector<std::string_view> listed;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const auto& [class_name, make, aliases, package] = entries_[i];
      if (aliases.empty() || aliases[0].size() != class_name.size()) listed.push_back(snake[i]);
      listed.insert(listed.end(), aliases.begin(), aliases.end());
    }
    std::vector<std::string_view> known = listed;
    known.insert(known.end(), snake.begin(), snake.end());
    for (const NamedEntry<T>& e : entries_) known.push_back(e.class_name);
    std::string list;
    for (const std::string_view shown : listed) list += str(list.empty() ? "" : ", ", shown);
    const Config* const registered = in_file.find("registered_name");
    const bool is_own = registered != nullptr && registered->is_string();
    invalid_argument(module_, "unknown ", what_, ": '", name.substr(0, 200), "'.",
                     is_own ? " It is of a user's own: give it in custom_objects, or register it."
                            : did_you_mean(name, known),
                     " Known: ", list, ".");
  }

  std::string_view module_;
  std::string_view what_;
  std::vector<NamedEntry<T>> entries_;
};

/// The usual entry: `Object` has a constructor from its options, `Object::Options`,
/// `static Options options_from(const Config&)`, and where a package registers it `kPackage`.
template <class T, class Object>
NamedEntry<T> named_entry(std::string_view class_name, std::vector<std::string_view> aliases = {}) {
  NamedEntry<T> entry{class_name,
                      [](const Config& config) -> std::shared_ptr<T> {
                        return std::make_shared<Object>(Object::options_from(config));
                      },
                      std::move(aliases)};
  if constexpr (requires { Object::kPackage; }) entry.package = Object::kPackage;
  return entry;
}

}  // namespace keratin
