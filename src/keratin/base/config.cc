// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/config.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "keratin/base/error.h"

namespace keratin {
namespace {

std::string_view kind_of(const Config& c) {
  if (c.is_null()) return "null";
  if (c.is_bool()) return "a bool";
  if (c.is_int()) return "an integer";
  if (c.is_number()) return "a number";
  if (c.is_string()) return "a string";
  if (c.is_object()) return "an object of another kind";
  if (c.is_number_array()) return "a large array of numbers";
  return c.is_list() ? "a list" : "a dict";
}

/// What Config itself says is said of the class whose config it is.
constexpr std::string_view kSelf = "[Config] ";

[[noreturn]] void wrong_kind(std::string_view wanted, const Config& got) {
  invalid_argument("Config", "expected ", wanted, ". Received: ", kind_of(got), ".");
}

}  // namespace

Config::Config() = default;
Config::Config(Bool value) : value_(value.value) {}
Config::Config(Int value) : value_(value.value) {}
Config::Config(Double value) : value_(value.value) {}
Config::Config(std::string_view text) : value_(std::string(text)) {}
Config::Config(std::string text) : value_(std::move(text)) {}
Config::Config(List list) : value_(std::move(list)) {}
Config::Config(Dict dict) : value_(std::move(dict)) {}
Config::Config(NumberArray array)
    : value_(Numbers{std::make_shared<const NumberArray>(std::move(array))}) {}
Config::Config(Object value) : value_(std::move(value)) {}
Config::Config(const Config&) = default;
Config::Config(Config&&) noexcept = default;
Config& Config::operator=(const Config& other) { return *this = Config(other); }
Config& Config::operator=(Config&& other) noexcept {
  // In two moves: `other` may be a part of this, which the assignment drops.
  auto value = std::move(other.value_);
  value_ = std::move(value);
  return *this;
}
Config::~Config() = default;
bool Config::operator==(const Config&) const = default;

bool Config::as_bool() const {
  if (is_int() && (as_int() == 0 || as_int() == 1))
    return as_int() == 1;  // Keras writes what it was given
  if (!is_bool()) wrong_kind("a bool", *this);
  return std::get<bool>(value_);
}

std::int64_t Config::as_int() const {
  if (is_int()) return std::get<std::int64_t>(value_);
  if (is_number()) {
    const double number = std::get<double>(value_);
    if (number == std::floor(number) && std::fabs(number) <= 9007199254740992.0) {
      return static_cast<std::int64_t>(number);
    }
  }
  wrong_kind("an integer", *this);
}

double Config::as_double() const {
  if (is_int()) return static_cast<double>(std::get<std::int64_t>(value_));
  if (!is_number()) wrong_kind("a number", *this);
  return std::get<double>(value_);
}

const std::string& Config::as_string() const {
  if (!is_string()) wrong_kind("a string", *this);
  return std::get<std::string>(value_);
}

const Config::List& Config::as_list() const {
  if (!is_list()) wrong_kind("a list", *this);
  return std::get<List>(value_);
}

Config::List& Config::as_list() {
  if (!is_list()) wrong_kind("a list", *this);
  return std::get<List>(value_);
}

const Config::Dict& Config::as_dict() const {
  if (!is_dict()) wrong_kind("a dict", *this);
  return std::get<Dict>(value_);
}

const NumberArray& Config::as_number_array() const {
  if (!is_number_array()) wrong_kind("a large array of numbers", *this);
  return *std::get<Numbers>(value_).array;
}

std::shared_ptr<const void> Config::as_object_of(const std::type_info& type) const {
  if (!is_object() || *std::get<Object>(value_).type != type) wrong_kind("an object", *this);
  return std::get<Object>(value_).pointer;
}

const Config* Config::find(std::string_view key) const {
  if (!is_dict()) return nullptr;
  for (const auto& [name, value] : std::get<Dict>(value_)) {
    if (name == key) return &value;
  }
  return nullptr;
}

const Config& Config::at(std::string_view key) const {
  if (const Config* found = find(key)) return *found;
  invalid_argument("Config", "the entry '", key, "' is missing.");
}

Config& Config::operator[](std::string_view key) {
  if (is_null()) value_ = Dict{};
  if (!is_dict()) wrong_kind("a dict", *this);
  auto& entries = std::get<Dict>(value_);
  for (auto& [name, value] : entries) {
    if (name == key) return value;
  }
  return entries.emplace_back(std::string(key), Config()).second;
}

Config to_config(const Shape& shape) {
  Config::List list;
  for (const std::int64_t dim : shape) list.push_back(dim == kNone ? Config() : Config(dim));
  return list;
}

void from_config(const Config& config, Shape& value) {
  Shape shape;
  if (config.is_int()) {  // Keras takes 10 for (10,)
    shape.push_back(config.as_int());
  } else {
    for (const Config& dim : config.as_list())
      shape.push_back(dim.is_null() ? kNone : dim.as_int());
  }
  value = std::move(shape);
}

void from_config(const Config& config, std::int64_t& value) { value = config.as_int(); }

void from_config(const Config& config, int& value) {
  const std::int64_t wide = config.as_int();
  if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
    wrong_kind("an integer of 32 bits", config);
  }
  value = static_cast<int>(wide);
}

namespace {

[[noreturn]] void rethrow_at_step(std::string_view step, std::string_view text,
                                  std::string_view who) {
  if (text.starts_with(kSelf)) {
    text.remove_prefix(kSelf.size());
  } else if (const auto end = text.find("] "); text.starts_with('[') && end < 60) {
    who = text.substr(1, end - 1);
    text.remove_prefix(end + 2);
  }
  constexpr std::string_view kRoot = "config";
  if (text.starts_with("config[")) {  // a place in what stands here
    invalid_argument(who, kRoot, step, text.substr(kRoot.size()));
  }
  invalid_argument(who, kRoot, step, ": ", text);
}

}  // namespace

void config_detail::rethrow_at(std::string_view key, std::string_view text, std::string_view who) {
  rethrow_at_step(str("[\"", key, "\"]"), text, who);
}

void config_detail::rethrow_at(std::size_t index, std::string_view text) {
  rethrow_at_step(str("[", index, "]"), text, "Config");
}

void ConfigWriter::put(std::string_view key, Config value) { config_[key] = std::move(value); }

ConfigReader::ConfigReader(std::string_view who, const Config& config)
    : who_(who), config_(config) {
  if (!config.is_dict() && !config.is_null()) {
    invalid_argument(who, "a config must be a dict. Received: ", kind_of(config), ".");
  }
}

void ConfigReader::finish() const {
  if (config_.is_null()) return;
  for (const auto& [key, value] : config_.as_dict()) {
    if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) {
      unknown_name(who_, "argument", key, keys_);
    }
  }
}

}  // namespace keratin
