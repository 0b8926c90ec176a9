// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/callbacks/terminal.h"

namespace keratin::callbacks {

struct ProgbarOptions {
  std::optional<std::int64_t> target = {};  // steps expected
  int width = 20;
  int verbose = 1;
  double interval = 0.05;  // seconds between two drawings
  std::optional<std::vector<std::string>> stateful_metrics =
      {};  // shown as they come; others averaged
  std::optional<std::vector<std::string>> stateless_metrics =
      {};  // averaged; others shown as they come
  std::string unit_name = "step";
};

/// A progress bar on standard error. Keras: `keras.utils.Progbar`.
///
/// On a terminal one line is drawn again and again: on a narrow one the bar is shorter, and numbers
/// that have no room come with the last drawing. Elsewhere
/// come plain lines without control characters: one at the end, and one every ten seconds until
/// then.
class Progbar {
 public:
  using Options = ProgbarOptions;
  /// Where the text goes and what time it is; other than the machine's in tests.
  struct Outside {
    Terminal terminal = standard_error();
    std::function<void(std::string_view)> write = write_standard_error;
    std::function<double()> seconds = {};  // null: the steady clock
  };

  /// Throws std::invalid_argument when both stateful_metrics and stateless_metrics are given.
  explicit Progbar(ProgbarOptions options = {});
  Progbar(ProgbarOptions options, Outside outside);
  /// Ends a line that is still being drawn.
  ~Progbar();
  Progbar(const Progbar&) = delete;
  Progbar& operator=(const Progbar&) = delete;

  using Values = std::vector<std::pair<std::string, double>>;
  /// `current` steps are done. finalize: this is the last update; by default, when target is
  /// reached.
  void update(std::int64_t current, const Values& values = {}, std::optional<bool> finalize = {});
  void add(std::int64_t n, const Values& values = {}) { update(seen_ + n, values); }
  void set_target(std::int64_t target) { options_.target = target; }

 private:
  struct Average {
    std::string name;
    double sum = 0;
    double count = 0;
  };
  void take(const Values& values, std::int64_t current, bool finalize);
  bool averages(const std::string& name) const;
  double seconds_per_step(std::int64_t current, double now);
  void draw(std::int64_t current, double now, double per_step, bool finalize);
  std::string time_text(std::int64_t current, double now, double per_step, bool finalize) const;
  std::int64_t bar_width(std::int64_t other) const;
  std::string plain_line(std::int64_t current, double now, double per_step) const;
  std::string format_time(double per_step) const;
  bool has_target() const { return options_.target && *options_.target > 0; }

  ProgbarOptions options_;
  Outside outside_;
  std::vector<Average> values_;
  std::int64_t seen_ = 0;
  double start_ = 0;
  double last_update_ = 0;
  std::optional<double> first_step_end_;
  std::int64_t drawn_width_ = 0;
  bool line_open_ = false;
};

}  // namespace keratin::callbacks
