// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/json.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "keratin/base/error.h"

namespace keratin::formats {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kMaxDepth = 100;

/// Builds a Config while the parser reads, so that depth is limited before memory is spent.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Config result;
  std::string problem;

  bool null() override { return put(Config()); }
  bool boolean(bool value) override { return put(Config(value)); }
  bool number_integer(std::int64_t value) override { return put(Config(value)); }
  bool number_unsigned(std::uint64_t value) override {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return put(Config(static_cast<double>(value)));
    }
    return put(Config(static_cast<std::int64_t>(value)));
  }
  bool number_float(double value, const std::string&) override { return put(Config(value)); }
  bool string(std::string& value) override { return put(Config(std::move(value))); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(false); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    Container& dict = stack_.back();
    if (!dict.keys.insert(name).second) {
      problem = str("the key '", name, "' stands twice");
      return false;
    }
    dict.dict.emplace_back(std::move(name), Config());
    return true;
  }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    problem = error.what();
    return false;
  }

 private:
  /// A list or a dict that is not closed yet. Vocabularies are dicts of 10^5 entries, so a key is
  /// looked up in a set, and an entry is appended without a look.
  struct Container {
    bool is_list;
    Config::List list;
    Config::Dict dict;
    std::unordered_set<std::string> keys;
  };

  bool open(bool is_list) {
    if (stack_.size() >= kMaxDepth) {
      problem = str("nested deeper than ", kMaxDepth);
      return false;
    }
    stack_.push_back({is_list, {}, {}, {}});
    return true;
  }
  bool close() {
    Container done = std::move(stack_.back());
    stack_.pop_back();
    return put(done.is_list ? Config(std::move(done.list)) : Config(std::move(done.dict)));
  }
  bool put(Config value) {
    if (stack_.empty()) {
      result = std::move(value);
    } else if (stack_.back().is_list) {
      stack_.back().list.push_back(std::move(value));
    } else {
      stack_.back().dict.back().second = std::move(value);
    }
    return true;
  }

  std::vector<Container> stack_;
};

Json to_json(const Config& config) {
  if (config.is_null()) return nullptr;
  if (config.is_bool()) return config.as_bool();
  if (config.is_int()) return config.as_int();
  if (config.is_number()) return config.as_double();
  if (config.is_string()) return config.as_string();
  if (config.is_list()) {
    Json list = Json::array();
    for (const Config& item : config.as_list()) list.push_back(to_json(item));
    return list;
  }
  Json::object_t dict;
  dict.reserve(config.as_dict().size());
  // A Config names a key once; an ordered_map's own insertion would look through all of them again.
  for (const auto& [key, value] : config.as_dict()) dict.push_back({key, to_json(value)});
  return Json(std::move(dict));
}

}  // namespace

Config parse_json(std::string_view text) {
  Builder builder;
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) {
    runtime_failure(
        "JSON", builder.problem.empty() ? std::string("not a JSON text") : builder.problem, ".");
  }
  return std::move(builder.result);
}

std::string dump_json(const Config& config, int indent) {
  return to_json(config).dump(indent, ' ', false, Json::error_handler_t::replace);
}

Config read_json_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) runtime_failure("JSON", "cannot open '", path, "'.");
  std::ostringstream text;
  text << file.rdbuf();
  try {
    return parse_json(text.str());
  } catch (const std::runtime_error& error) {
    runtime_failure("JSON", "in '", path, "': ", error.what());
  }
}

}  // namespace keratin::formats
