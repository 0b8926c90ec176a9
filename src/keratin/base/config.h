// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include "keratin/base/dtype.h"
#include "keratin/base/number_array.h"
#include "keratin/base/shape.h"

namespace keratin {

/// What `get_config()` returns: a value as JSON knows it. A dict keeps the order of insertion.
/// Every accessor throws std::invalid_argument when the value is of another kind.
class Config {
 public:
  using List = std::vector<Config>;
  using Dict = std::vector<std::pair<std::string, Config>>;

  Config();  // null: Python's None
  Config(std::nullptr_t) : Config() {}
  template <std::same_as<bool> T>
  Config(T value) : Config(Bool{value}) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Config(T value) : Config(Int{static_cast<std::int64_t>(value)}) {}
  template <std::floating_point T>
  Config(T value) : Config(Double{static_cast<double>(value)}) {}
  Config(const char* text) : Config(std::string_view(text)) {}
  Config(std::string_view text);
  Config(std::string text);
  Config(List list);
  Config(Dict dict);
  explicit Config(NumberArray array);
  // Written out in config.cc: a Config is made and dropped in some hundred places. A Config may be
  // assigned a part of itself.
  Config(const Config&);
  Config(Config&&) noexcept;
  Config& operator=(const Config&);
  Config& operator=(Config&&) noexcept;
  ~Config();
  /// An object in place of its config, for callers who have one already: an option that takes an
  /// Identifier<T> shares it. No get_config gives one out, and no file holds one.
  template <class T>
  static Config object(std::shared_ptr<T> object) {
    return Config(Object{std::move(object), &typeid(T)});
  }
  static Config list() { return Config(List{}); }
  static Config dict() { return Config(Dict{}); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_number() const { return is_int() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_list() const { return std::holds_alternative<List>(value_); }
  bool is_dict() const { return std::holds_alternative<Dict>(value_); }
  /// A large array in the text of a file, which is no list here: number_array.h.
  bool is_number_array() const { return std::holds_alternative<Numbers>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  bool as_bool() const;
  std::int64_t as_int() const;  // also of a double that is exactly integral
  double as_double() const;     // also of an int
  const std::string& as_string() const;
  const List& as_list() const;
  List& as_list();
  const Dict& as_dict() const;
  const NumberArray& as_number_array() const;
  template <class T>
  std::shared_ptr<T> as_object() const {
    return std::static_pointer_cast<T>(std::const_pointer_cast<void>(as_object_of(typeid(T))));
  }

  /// The value of `key`; null pointer when it is missing or this is no dict.
  const Config* find(std::string_view key) const;
  /// The value of `key`; throws std::invalid_argument when it is missing.
  const Config& at(std::string_view key) const;
  /// The value of `key`, inserted as null when it is missing (a null becomes a dict).
  Config& operator[](std::string_view key);

  bool operator==(const Config& other) const;

 private:
  struct Bool {
    bool value;
  };
  struct Int {
    std::int64_t value;
  };
  struct Double {
    double value;
  };
  struct Object {
    std::shared_ptr<const void> pointer;
    const std::type_info* type;
    bool operator==(const Object& other) const { return pointer == other.pointer; }
  };
  struct Numbers {
    std::shared_ptr<const NumberArray> array;
    bool operator==(const Numbers& other) const { return *array == *other.array; }
  };
  explicit Config(Object value);
  std::shared_ptr<const void> as_object_of(const std::type_info& type) const;
  explicit Config(Bool value);
  explicit Config(Int value);
  explicit Config(Double value);

  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Dict, Numbers, Object>
      value_;
};

namespace config_detail {
// `who` stands in front where the text names nobody.
[[noreturn]] void rethrow_at(std::string_view key, std::string_view text,
                             std::string_view who = "Config");
[[noreturn]] void rethrow_at(std::size_t index, std::string_view text);
}  // namespace config_detail

/// Runs `body`, which reads what stands in some config under `step`: a key, or the number of an
/// entry. An error in it (std::logic_error or what derives from it) becomes std::invalid_argument
/// with the same text and the place, which grows from call to call:
/// `[Dense] config["layers"][1]["config"]["units"]: expected an integer. Received: a string.`
template <class Step, class Body>
decltype(auto) at_place(const Step& step, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const std::logic_error& error) {
    config_detail::rethrow_at(step, error.what());
  }
}

// How values of the options become config and come back; a type adds itself by two overloads.

template <class T>
  requires(std::is_arithmetic_v<T> || std::same_as<T, std::string>)
Config to_config(const T& value) {
  return Config(value);
}
inline Config to_config(const Config& value) { return value; }
inline Config to_config(DType dtype) { return Config(to_string(dtype)); }
Config to_config(const Shape& shape);

inline void from_config(const Config& config, Config& value) { value = config; }
inline void from_config(const Config& config, bool& value) { value = config.as_bool(); }
inline void from_config(const Config& config, double& value) { value = config.as_double(); }
inline void from_config(const Config& config, float& value) {
  value = static_cast<float>(config.as_double());
}
inline void from_config(const Config& config, std::string& value) { value = config.as_string(); }
inline void from_config(const Config& config, DType& value) {
  value = dtype_from_name(config.as_string());
}
void from_config(const Config& config, Shape& value);
void from_config(const Config& config, std::int64_t& value);
void from_config(const Config& config, int& value);

template <class T>
Config to_config(const std::vector<T>& values);
template <class T>
void from_config(const Config& config, std::vector<T>& values);
template <class T>
Config to_config(const std::optional<T>& value) {
  return value ? to_config(*value) : Config();
}
template <class T>
void from_config(const Config& config, std::optional<T>& value) {
  if (config.is_null()) {
    value.reset();
  } else {
    T inner{};
    from_config(config, inner);
    value = std::move(inner);
  }
}
template <class T>
Config to_config(const std::vector<T>& values) {
  Config::List list;
  for (const T& value : values) list.push_back(to_config(value));
  return list;
}
template <class T>
void from_config(const Config& config, std::vector<T>& values) {
  std::vector<T> result;
  const auto add = [&](const Config& item) {
    T value{};
    at_place(result.size(), [&] { from_config(item, value); });
    result.push_back(std::move(value));
  };
  if (config.is_number_array() && config.as_number_array().shape.rank() == 1) {
    config.as_number_array().each_token([&](std::string_view token) { add(json_number(token)); });
  } else {
    for (const Config& item : config.as_list()) add(item);
  }
  values = std::move(result);
}

/// A class lists its options once, `template <class F> void fields(F& f, Options& o) { f("rate",
/// o.rate); }`, and ConfigWriter turns that list into get_config, ConfigReader into from_config.
class ConfigWriter {
 public:
  template <class T>
  void operator()(std::string_view key, const T& value) {
    put(key, to_config(value));
  }
  Config take() { return std::move(config_); }

 private:
  void put(std::string_view key, Config value);
  Config config_ = Config::dict();
};

/// Keys that are absent keep the option's default; finish() throws on a key that nobody asked for.
class ConfigReader {
 public:
  ConfigReader(std::string_view who, const Config& config);

  template <class T>
  void operator()(std::string_view key, T& value) {
    keys_.push_back(key);
    const Config* found = config_.find(key);
    if (found == nullptr) return;
    try {
      from_config(*found, value);
    } catch (const std::logic_error& error) {  // memory that ends is no fault of the config
      config_detail::rethrow_at(key, error.what(), who_);
    }
  }
  /// Accepts `key` and leaves it alone: for entries of old files that say nothing any more.
  void ignore(std::string_view key) { keys_.push_back(key); }
  void finish() const;

 private:
  std::string who_;
  const Config& config_;
  std::vector<std::string_view> keys_;
};

}  // namespace keratin
