// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"

namespace keratin::formats {
namespace {

constexpr std::size_t kMaxDepth = 100;
constexpr std::size_t kOfADict = 2;         // what it counts beside the value that it is
constexpr std::size_t kFewKeys = 16;        // so many are compared with each other
constexpr std::size_t kBytesOfANumber = 2;  // at least: a digit, and what is behind it

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_of_numbers(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// Reads values one within the other; depth and number are limited before memory is spent.
class Parser {
 public:
  Parser(std::string_view text, std::size_t most_values, const JsonKeeper* kept)
      : text_(text), most_values_(most_values), kept_(kept) {}

  Config whole() {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    Config found = value(0);
    skip_blanks();
    if (at_ != text_.size()) fail("unexpected text behind the end");
    return found;
  }

 private:
  Config value(std::size_t depth) {
    skip_blanks();
    count(1);
    switch (next()) {
      case '{':
        return dict(depth);
      case '[':
        return list(depth);
      case '"':
        return string();
      case 't':
        return word("true", true);
      case 'f':
        return word("false", false);
      case 'n':
        return word("null", {});
      default:
        return number();
    }
  }

  Config dict(std::size_t depth) {
    open(depth);
    count(kOfADict);
    Config::Dict entries;
    if (!closes('}')) {
      do {
        skip_blanks();
        if (next() != '"') fail("expected a key in quotes");
        std::string name = string();
        count(1);
        skip_blanks();
        if (next() != ':') fail("expected ':' behind the key");
        ++at_;
        if (entries.size() < kFewKeys) check_is_new(name, entries);
        Config item = value(depth + 1);
        entries.emplace_back(std::move(name), std::move(item));
      } while (goes_on('}'));
    }
    if (entries.size() > kFewKeys) check_are_different(entries);
    return entries;
  }

  Config list(std::size_t depth) {
    if (kept_ != nullptr) {
      if (auto array = number_array()) return Config(std::move(*array));
    }
    open(depth);
    Config::List items;
    if (!closes(']')) {
      do {
        items.push_back(value(depth + 1));
      } while (goes_on(']'));
    }
    return items;
  }

  /// Behind the bracket.
  void open(std::size_t depth) {
    if (depth >= kMaxDepth) fail(str("nested deeper than ", kMaxDepth));
    ++at_;
  }
  bool closes(char bracket) {
    skip_blanks();
    if (next() != bracket) return false;
    ++at_;
    return true;
  }
  bool goes_on(char bracket) {
    skip_blanks();
    const char c = next();
    if (c != ',' && c != bracket) fail(str("expected ',' or '", bracket, "'"));
    ++at_;
    return c == ',';
  }

  void check_is_new(std::string_view name, const Config::Dict& entries) {
    for (const auto& entry : entries) {
      if (entry.first == name) twice(name);
    }
  }
  void check_are_different(const Config::Dict& entries) {  // a vocabulary has 10^5
    std::vector<std::string_view> names;
    names.reserve(entries.size());
    for (const auto& entry : entries) names.push_back(entry.first);
    std::ranges::sort(names);
    const auto found = std::ranges::adjacent_find(names);
    if (found != names.end()) twice(*found);
  }
  [[noreturn]] void twice(std::string_view name) { fail(str("the key '", name, "' stands twice")); }

  Config word(std::string_view wanted, Config meaning) {
    if (!text_.substr(at_).starts_with(wanted)) fail("unexpected word");
    at_ += wanted.size();
    return meaning;
  }

  Config number() {
    std::size_t end = at_;
    while (end < text_.size() && is_of_numbers(text_[end])) ++end;
    for (const std::string_view word : {"NaN", "Infinity"}) {
      if (text_.substr(end).starts_with(word)) end += word.size();
    }
    const std::string_view token = text_.substr(at_, end - at_);
    Config found = json_number(token);
    if (found.is_null()) fail(token.empty() ? "expected a value" : "no number, or too large a one");
    at_ = end;
    return found;
  }

  std::string string() {
    const std::size_t begin = ++at_;
    std::string out;
    std::size_t plain = begin;
    bool is_ascii = true;
    for (;; ++at_) {
      const char c = next();
      if (c == '"') break;
      if (c >= 0 && c < 0x20)
        fail("a string that does not end, or a character that must be escaped");
      if (c < 0) is_ascii = false;
      if (c != '\\') continue;
      out.append(text_, plain, at_ - plain);
      escape(out);
      plain = at_ + 1;
    }
    out.append(text_, plain, at_ - plain);
    if (!is_ascii && !utf8::is_valid(text_.substr(begin, at_ - begin))) {
      at_ = begin;
      fail("a string that is no UTF-8");
    }
    ++at_;
    return out;
  }

  /// At the backslash; leaves `at_` at the last character.
  void escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt", kPlain = "\"\\/\b\f\n\r\t";
    ++at_;
    if (const auto found = kLetters.find(next()); found != std::string_view::npos) {
      out += kPlain[found];
      return;
    }
    if (next() != 'u') fail("unknown escape");
    char32_t code = four_digits();
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_ + 1).starts_with("\\u")) {
      at_ += 2;
      const char32_t low = four_digits();
      if (low < 0xDC00 || low > 0xDFFF) fail("half a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if (code >= 0xD800 && code <= 0xDFFF) fail("half a surrogate pair");
    utf8::append(out, code);
  }
  char32_t four_digits() {
    std::uint16_t code = 0;
    const std::string_view digits = text_.substr(std::min(at_ + 1, text_.size()), 4);
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, code, 16);
    if (digits.size() < 4 || read.ptr != end) fail("expected four hexadecimal digits");
    at_ += 4;
    return code;
  }

  /// The array that begins here, if it is a large one of numbers alone.
  std::optional<NumberArray> number_array() {
    const std::size_t far = at_ + kLargeArray * kBytesOfANumber;
    if (far >= text_.size() || !may_be_in_array(text_[far])) return std::nullopt;
    Shape shape;
    std::size_t end = at_, numbers = 0;
    if (looked_at_ / 4 > text_.size()) return std::nullopt;  // lists in lists, and a word at last
    const bool is_one = lists_of_numbers(end, 0, shape, numbers);
    looked_at_ += end - at_;
    if (!is_one || numbers <= kLargeArray) return std::nullopt;
    numbers_ += numbers;
    if (numbers_ > kept_->most_numbers)
      fail(str("arrays of more than ", kept_->most_numbers, " numbers"));
    std::string_view found = text_.substr(at_, end - at_);
    std::shared_ptr<const void> keeper = kept_->keeper;
    if (!keeper) {
      auto copy = std::make_shared<const std::string>(found);
      found = *copy;
      keeper = std::move(copy);
    }
    at_ = end;
    return NumberArray{std::move(shape), found, std::move(keeper)};
  }
  static bool may_be_in_array(char c) {
    return is_of_numbers(c) || is_blank(c) || c == ',' || c == '[' || c == ']' || c == 'N' ||
           c == 'a' || c == 'I' || c == 'n' || c == 'f' || c == 'i' || c == 't' || c == 'y';
  }
  char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }
  /// Whether from `end` on there are lists in each other of one length each: the dimensions of the
  /// first are added to `shape`, which the others must have.
  bool lists_of_numbers(std::size_t& end, std::size_t axis, Shape& shape, std::size_t& numbers) {
    const auto skip = [&] {
      while (is_blank(at(end))) ++end;
    };
    if (axis == kMaxDepth) return false;
    const bool is_first = axis == shape.rank();
    if (is_first) shape.push_back(kNone);
    ++end;  // the bracket
    std::int64_t length = 0;
    bool of_numbers = false;
    do {
      skip();
      const bool is_list = at(end) == '[';
      if (length > 0 && is_list == of_numbers) return false;
      of_numbers = !is_list;
      if (is_list) {
        if (!lists_of_numbers(end, axis + 1, shape, numbers)) return false;
      } else {
        const std::size_t begin = end;
        while (may_be_in_array(at(end)) && !is_blank(at(end)) && at(end) != ',' && at(end) != ']' &&
               at(end) != '[')
          ++end;
        if (axis + 1 != shape.rank() || json_number(text_.substr(begin, end - begin)).is_null())
          return false;
        ++numbers;
      }
      ++length;
      skip();
    } while (at(end++) == ',');
    if (at(end - 1) != ']') return false;
    std::int64_t& dim = shape[axis];
    if (dim == kNone) dim = length;
    return dim == length;
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  char next() {
    if (at_ >= text_.size()) fail("unexpected end");
    return text_[at_];
  }
  void count(std::size_t values) {
    values_ += values;
    if (values_ > most_values_) fail(str("more than ", most_values_, " values"));
  }
  [[noreturn]] void fail(std::string_view what) const {
    const std::string_view before = text_.substr(0, at_);
    const std::size_t line = before.rfind('\n');
    runtime_failure("JSON", "parse error at line ", std::ranges::count(before, '\n') + 1,
                    ", column ", before.size() - (line == before.npos ? 0 : line + 1) + 1, ": ",
                    what, ".");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t most_values_;
  std::size_t values_ = 0;
  const JsonKeeper* kept_;
  std::size_t numbers_ = 0;    // in large arrays
  std::size_t looked_at_ = 0;  // bytes, whether they are large arrays
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
    } else if (config.is_number_array()) {
      out_ += config.as_number_array().text;
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

Config parse_json(std::string_view text, std::size_t most_values, const JsonKeeper* kept) {
  return Parser(text, most_values, kept).whole();
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
