// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/config.h"
#include "keratin/base/configured.h"

/// How the list of a class's options, `fields(f, options)`, becomes the functions of
/// base/configured.h. Not installed.
namespace keratin {

/// The `f` that reads. Names and errors come in the order in which fields() asks.
class FieldReader : public ConfigReader {
 public:
  FieldReader(std::string_view class_name, const Config& config)
      : ConfigReader(class_name, config), class_name_(class_name), config_(config) {}

  std::string_view class_name() const { return class_name_; }
  /// Accepts `key` where its value is null: for options of Keras that Keratin has no use for while
  /// they are not set.
  void ignore_null(std::string_view key) {
    if (const Config* value = config_.find(key); value != nullptr && value->is_null()) ignore(key);
  }

 private:
  std::string_view class_name_;
  const Config& config_;
};

/// The `f` that writes.
class FieldWriter : public ConfigWriter {
 public:
  void ignore(std::string_view) {}
  void ignore_null(std::string_view) {}
};

struct Anything {
  template <class T>
  operator T() const;
};
/// Options that have members of these types and no others: those that their concept knows.
template <class Options, class... Members>
concept HasOnly = requires(const Members&... members) { Options{members...}; } &&
                  !requires(const Members&... members) {
                     Options{members..., Anything{}};
                   };

// A concept whose objects may have moved on from their options has, in a header like this one,
// `as_it_stands(object, options)`: it brings the options up to date before they are written.

/// The options that `config` gives to what is called `class_name`.
template <class Options>
Options options_of(std::string_view class_name, const Config& config) {
  Options options;
  FieldReader reader(class_name, config);
  fields(reader, options);
  reader.finish();
  return options;
}

/// The config of an object that was made of `options`.
template <class Object, class Options>
Config config_of(const Object& object, Options options) {
  if constexpr (requires { as_it_stands(object, options); }) as_it_stands(object, options);
  FieldWriter writer;
  fields(writer, options);
  return writer.take();
}

template <class Self, class OptionsOfSelf, class Base>
OptionsOfSelf Configured<Self, OptionsOfSelf, Base>::options_from(const Config& config) {
  return options_of<Options>(Self::kName, config);
}

template <class Self, class OptionsOfSelf, class Base>
Config Configured<Self, OptionsOfSelf, Base>::get_config() const {
  return config_of(static_cast<const Self&>(*this), options_);
}

}  // namespace keratin
