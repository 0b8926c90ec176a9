// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/auto_name.h"

#include <map>
#include <mutex>

namespace keratin {
namespace {

struct Counters {
  std::mutex mutex;
  std::map<std::string, int, std::less<>> used;
};

Counters& counters() {
  static Counters instance;
  return instance;
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_word(char c) { return is_upper(c) || is_lower_or_digit(c) || c == '_'; }

}  // namespace

std::string to_snake_case(std::string_view class_name) {
  // Keras: name = re.sub(r"\W+", "", name); re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name);
  //        re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
  std::string name;
  for (char c : class_name) {
    if (is_word(c)) name += c;
  }
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (i > 0 && is_upper(c)) {
      const bool starts_word = i + 1 < name.size() && is_lower(name[i + 1]);
      if (starts_word || is_lower(name[i - 1])) out += '_';
    }
    out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::string auto_name(std::string_view class_name) {
  std::string prefix = to_snake_case(class_name);
  Counters& all = counters();
  const std::lock_guard lock(all.mutex);
  const int n = all.used[prefix]++;
  return n == 0 ? prefix : prefix + "_" + std::to_string(n);
}

void reset_auto_names() {
  Counters& all = counters();
  const std::lock_guard lock(all.mutex);
  all.used.clear();
}

}  // namespace keratin
