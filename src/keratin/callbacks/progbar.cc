// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/progbar.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "keratin/base/error.h"

namespace keratin::callbacks {
namespace {

constexpr double kPlainInterval = 10;  // seconds between lines where nothing can be redrawn
constexpr std::string_view kFullCell = "\u2501";  // heavy
constexpr std::string_view kRestCell = "\u2500";  // light
constexpr std::int64_t kFewestCells = 3;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class... Args>
std::string printed(const char* format, Args... args) {
  char buffer[400];
  const int length = std::snprintf(buffer, sizeof buffer, format, args...);
  return std::string(
      buffer, static_cast<std::size_t>(std::clamp(length, 0, static_cast<int>(sizeof buffer) - 1)));
}

std::string cells(std::string_view cell, std::int64_t count) {
  std::string out;
  for (std::int64_t i = 0; i < count; ++i) out += cell;
  return out;
}

/// Text for a terminal that counts what is to be seen of it.
class Line {
 public:
  explicit Line(bool color) : color_(color) {}
  void add(std::string_view text, std::int64_t width, std::string_view style = {}) {
    if (color_ && !style.empty()) {
      text_.append("\x1b[").append(style).append("m").append(text).append("\x1b[0m");
    } else {
      text_ += text;
    }
    width_ += width;
  }
  void add(std::string_view ascii, std::string_view style = {}) {
    add(ascii, static_cast<std::int64_t>(ascii.size()), style);
  }
  std::int64_t width() const { return width_; }
  const std::string& text() const { return text_; }

 private:
  bool color_;
  std::string text_;
  std::int64_t width_ = 0;
};

std::string eta_text(double eta) {
  const auto seconds = static_cast<long long>(eta);
  if (eta > 3600)
    return printed("%lld:%02lld:%02lld", seconds / 3600, seconds % 3600 / 60, seconds % 60);
  if (eta > 60) return printed("%lld:%02lld", seconds / 60, seconds % 60);
  return printed("%llds", seconds);
}

std::string count_text(std::int64_t current, std::int64_t target) {
  const std::string total = std::to_string(target);
  return printed("%*lld/%s", static_cast<int>(total.size()), static_cast<long long>(current),
                 total.c_str());
}

std::string value_text(double value, bool is_large) {
  return printed(is_large ? " %.4f" : " %.4e", value);
}

}  // namespace

Progbar::Progbar(ProgbarOptions options) : Progbar(std::move(options), Outside()) {}

Progbar::Progbar(ProgbarOptions options, Outside outside)
    : options_(std::move(options)), outside_(std::move(outside)) {
  if (options_.stateful_metrics && options_.stateless_metrics) {
    invalid_argument("Progbar", "only one of stateful_metrics and stateless_metrics can be given.");
  }
  if (!outside_.seconds) outside_.seconds = steady_seconds;
  start_ = outside_.seconds();
  // Keras: the first update is always drawn.
  last_update_ = outside_.terminal.moves ? -1e300 : start_;
}

Progbar::~Progbar() {
  if (!line_open_) return;
  try {
    outside_.write("\n");
  } catch (...) {  // a destructor on the way out of an error: the newline is only for looks
  }
}

bool Progbar::averages(const std::string& name) const {
  const auto in = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (options_.stateless_metrics) return in(*options_.stateless_metrics);
  return !options_.stateful_metrics || !in(*options_.stateful_metrics);
}

void Progbar::take(const Values& values, std::int64_t current, bool finalize) {
  for (const auto& [name, value] : values) {
    auto slot = std::find_if(values_.begin(), values_.end(),
                             [&](const Average& a) { return a.name == name; });
    if (slot == values_.end()) slot = values_.insert(slot, {name});
    if (finalize || !averages(name)) {
      slot->sum = value;
      slot->count = 1;
    } else {
      const auto steps = static_cast<double>(std::max<std::int64_t>(current - seen_, 1));
      slot->sum += value * steps;
      slot->count += steps;
    }
  }
  seen_ = current;
}

void Progbar::update(std::int64_t current, const Values& values,
                     std::optional<bool> finalize_or_not) {
  const bool finalize = finalize_or_not.value_or(options_.target && current >= *options_.target);
  take(values, current, finalize);
  const double now = outside_.seconds();
  const double per_step = seconds_per_step(current, now);
  if (options_.verbose == 1 && outside_.terminal.moves) {
    if (now - last_update_ < options_.interval && !finalize) return;
    draw(current, now, per_step, finalize);
    last_update_ = now;
  } else if (options_.verbose == 1) {
    if (now - last_update_ < kPlainInterval && !finalize) return;
    outside_.write(plain_line(current, now, per_step));
    last_update_ = now;
  } else if (options_.verbose == 2 && finalize && has_target()) {
    outside_.write(plain_line(current, now, per_step));
  }
}

double Progbar::seconds_per_step(std::int64_t current, double now) {
  if (current == 0) return 0;
  // Keras: the first step is not representative, so it counts only while it is the only one.
  const double per_step = first_step_end_ && current > 1
                              ? (now - *first_step_end_) / static_cast<double>(current - 1)
                              : (now - start_) / static_cast<double>(current);
  if (current == 1) first_step_end_ = now;
  return per_step;
}

std::string Progbar::format_time(double per_step) const {
  const char* unit = options_.unit_name.c_str();
  if (per_step >= 1 || per_step == 0) return printed(" %.0fs/%s", per_step, unit);
  if (per_step >= 1e-3) return printed(" %.0fms/%s", per_step * 1e3, unit);
  return printed(" %.0fus/%s", per_step * 1e6, unit);
}

std::string Progbar::time_text(std::int64_t current, double now, double per_step,
                               bool finalize) const {
  if (!has_target() || finalize) return printed("%.0fs", now - start_);
  return eta_text(per_step * static_cast<double>(*options_.target - current));
}

/// The cells of the bar are what the rest of the line leaves of the terminal, kFewestCells or more.
std::int64_t Progbar::bar_width(std::int64_t other) const {
  if (!has_target()) return 0;
  const std::int64_t width = std::max(options_.width, 0);
  if (outside_.terminal.columns <= 0) return width;
  const std::int64_t left = outside_.terminal.columns - 1 - other;
  return std::clamp(left, std::min(kFewestCells, width), width);
}

void Progbar::draw(std::int64_t current, double now, double per_step, bool finalize) {
  const std::string count = has_target()
                                ? count_text(current, *options_.target)
                                : printed("%7lld/Unknown", static_cast<long long>(current));
  const std::string time = time_text(current, now, per_step, finalize);
  const std::string step_time = format_time(per_step);
  // A line that is to be redrawn must not wrap; the last one may.
  auto other = static_cast<std::int64_t>(count.size() + time.size() + step_time.size()) +
               (has_target() ? 2 : 1);
  const auto fits = [&](std::int64_t more) {
    return finalize || outside_.terminal.columns <= 0 ||
           other + more + bar_width(other + more) < outside_.terminal.columns;
  };
  std::string numbers;
  for (const Average& value : values_) {
    const double mean = value.sum / std::max(1.0, value.count);
    const std::string text = " - " + value.name + ":" + value_text(mean, std::fabs(mean) > 1e-3);
    if (!fits(static_cast<std::int64_t>(text.size()))) continue;
    numbers += text;
    other += static_cast<std::int64_t>(text.size());
  }

  Line line(outside_.terminal.color);
  line.add(count, has_target() ? "1" : "");
  line.add(" ");
  if (has_target()) {
    const std::int64_t width = bar_width(other);
    const auto filled =
        static_cast<std::int64_t>(static_cast<double>(width) * static_cast<double>(current) /
                                  static_cast<double>(*options_.target));
    const std::int64_t full = std::clamp<std::int64_t>(filled, 0, width);
    if (full > 0) line.add(cells(kFullCell, full), full, "32");
    // Without colour only their shape tells the cells apart.
    const std::string_view rest = outside_.terminal.color ? kFullCell : kRestCell;
    line.add(cells(rest, width - full), width - full, "37");
    line.add(" ");
  }
  line.add(time, "1");
  line.add(step_time);
  line.add(numbers);
  std::string text = "\r" + line.text();
  if (drawn_width_ > line.width())
    text.append(static_cast<std::size_t>(drawn_width_ - line.width()), ' ');
  if (finalize) text += "\n";
  outside_.write(text);
  drawn_width_ = line.width();
  line_open_ = !finalize;
}

std::string Progbar::plain_line(std::int64_t current, double now, double per_step) const {
  std::string line = has_target() ? count_text(current, *options_.target)
                                  : printed("%7lld/Unknown", static_cast<long long>(current));
  line += printed(" - %.0fs -", now - start_) + format_time(per_step);
  for (const Average& value : values_) {
    const double mean = value.sum / std::max(1.0, value.count);
    line +=
        " - " + value.name + ":" + value_text(mean, mean > 1e-3);  // Keras: no absolute value here
  }
  return line + "\n";
}

}  // namespace keratin::callbacks
