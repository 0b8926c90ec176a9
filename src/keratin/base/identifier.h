// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "keratin/base/config.h"
#include "keratin/base/error.h"

namespace keratin {

/// What Keras calls an identifier: `None`, a name, or an object. `Identifier<Regularizer>` is the
/// type of every option that takes "l2" as well as `regularizers::L2({.l2 = 0.1})`.
///
/// A name is looked up at once and throws std::invalid_argument, with the nearest known name, when
/// it is unknown. Copies share the object. `T` is the base class of the concept and gives
///   static std::shared_ptr<T> get(std::string_view name);
/// from the folder's closed list,
///   static std::shared_ptr<T> deserialize(const Config& config);
/// from a name or {"class_name", "config"}, and what that takes:
///   Config serialize() const;
template <class T>
class Identifier {
 public:
  Identifier() = default;
  Identifier(std::nullptr_t) {}
  Identifier(std::nullopt_t) {}
  Identifier(const char* name) : object_(name == nullptr ? nullptr : T::get(name)) {}
  Identifier(const std::string& name) : object_(T::get(name)) {}
  template <std::derived_from<T> Object>
  Identifier(Object object) : object_(std::make_shared<Object>(std::move(object))) {}
  template <std::derived_from<T> Object>
  Identifier(std::shared_ptr<Object> object) : object_(std::move(object)) {}

  explicit operator bool() const { return object_ != nullptr; }
  T* get() const { return object_.get(); }
  /// Throw std::logic_error for None.
  T* operator->() const { return &**this; }
  T& operator*() const {
    if (object_ == nullptr) {
      wrong_moment("Identifier",
                   "None stands where an object is needed: the option was given as None, or what "
                   "has it was moved from.");
    }
    return *object_;
  }
  const std::shared_ptr<T>& shared() const { return object_; }

 private:
  std::shared_ptr<T> object_;
};

template <class T>
Config to_config(const Identifier<T>& identifier) {
  return identifier ? identifier->serialize() : Config();
}

template <class T>
void from_config(const Config& config, Identifier<T>& identifier) {
  if (config.is_null()) {
    identifier = Identifier<T>();
  } else if (config.is_object()) {
    identifier = Identifier<T>(config.as_object<T>());
  } else {
    identifier = Identifier<T>(T::deserialize(config));
  }
}

}  // namespace keratin
