// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"

namespace keratin::formats {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kMaxDepth = 100;
constexpr std::size_t kOfADict = 2;  // what it counts beside the value that it is

/// Builds a Config while the parser reads, so that depth is limited before memory is spent.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(std::size_t most_values) : most_values_(most_values) {}

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
    if (!count(1)) return false;
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
    if (!is_list && !count(kOfADict)) return false;
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
  bool count(std::size_t values) {
    values_ += values;
    if (values_ <= most_values_) return true;
    problem = str("more than ", most_values_, " values");
    return false;
  }
  bool put(Config value) {
    if (!count(1)) return false;
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
  std::size_t most_values_;
  std::size_t values_ = 0;
};

/// Writes without another tree of the values: what is written may be most of the memory, and where
/// that ends the library's own tree ends the process, since its destructor allocates.
class Writer {
 public:
  Writer(std::string& out, int indent) : out_(out), indent_(indent) {}

  void write(const Config& config) {
    if (config.is_null()) {
      out_ += "null";
    } else if (config.is_bool()) {
      out_ += config.as_bool() ? "true" : "false";
    } else if (config.is_int()) {
      out_ += str(config.as_int());
    } else if (config.is_number()) {
      number(config.as_double());
    } else if (config.is_string()) {
      text(config.as_string());
    } else if (config.is_list()) {
      entries('[', config.as_list(), ']', [this](const Config& item) { write(item); });
    } else {
      entries('{', config.as_dict(), '}', [this](const auto& entry) {
        text(entry.first);
        out_ += indent_ < 0 ? ":" : ": ";
        write(entry.second);
      });
    }
  }

 private:
  template <class Entries, class Entry>
  void entries(char open, const Entries& all, char close, Entry entry) {
    out_ += open;
    ++depth_;
    bool first = true;
    for (const auto& one : all) {
      if (!first) out_ += ',';
      first = false;
      new_line();
      entry(one);
    }
    --depth_;
    if (!first) new_line();
    out_ += close;
  }

  void new_line() {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(depth_ * static_cast<std::size_t>(indent_), ' ');
  }

  void text(std::string_view text) {
    out_ += '"';
    while (!text.empty()) {
      const auto plain = static_cast<std::size_t>(
          std::find_if(text.begin(), text.end(),
                       [](char c) { return c == '"' || c == '\\' || (c >= 0 && c < 0x20); }) -
          text.begin());
      utf8::append_valid(out_, text.substr(0, plain));
      text.remove_prefix(plain);
      if (text.empty()) break;
      escape(text.front());
      text.remove_prefix(1);
    }
    out_ += '"';
  }

  void escape(char c) {
    constexpr std::string_view kPlain = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";
    constexpr std::string_view kHex = "0123456789abcdef";
    out_ += '\\';
    if (const auto at = kPlain.find(c); at != std::string_view::npos) {
      out_ += kLetters[at];
    } else {
      out_ += "u00";
      out_ += kHex[static_cast<std::size_t>(c) / 16];
      out_ += kHex[static_cast<std::size_t>(c) % 16];
    }
  }

  /// The shortest digits that read back the same. What is no number of JSON is null.
  void number(double value) {
    if (!std::isfinite(value)) {
      out_ += "null";
      return;
    }
    const double size = std::fabs(value);
    const bool plain = size == 0 || (size >= 1e-4 && size < 1e15);
    char digits[40];
    const auto end = std::to_chars(digits, digits + sizeof digits, value,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    out_.append(digits, end);
    if (plain && std::find(digits, end, '.') == end) out_ += ".0";  // it stays a number
  }

  std::string& out_;
  int indent_;
  std::size_t depth_ = 0;
};

}  // namespace

Config parse_json(std::string_view text, std::size_t most_values) {
  Builder builder(most_values);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) {
    const std::string problem = builder.problem.empty() ? "not a JSON text" : builder.problem;
    runtime_failure("JSON", problem, ".");
  }
  return std::move(builder.result);
}

std::string dump_json(const Config& config, int indent) {
  std::string out;
  Writer(out, indent).write(config);
  return out;
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
