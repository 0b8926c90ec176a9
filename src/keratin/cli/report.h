// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/cli/answers.h"

namespace keratin::cli {

/// How often each class was taken for each. Memory in proportion to classes and texts.
class Confusion {
 public:
  /// `truth` and `answers` are indices into the classes, one a text.
  Confusion(std::vector<std::string> classes, const std::vector<std::int32_t>& truth,
            const std::vector<std::int32_t>& answers);

  struct Scores {
    double precision = 0, recall = 0, f1 = 0;  // 0 where there is nothing to divide by
    std::int64_t texts = 0;
  };
  Scores scores(std::size_t c) const;
  /// The mean over the classes that have texts.
  Scores mean() const;
  std::int64_t total() const { return total_; }
  std::int64_t correct() const;
  double accuracy() const;

  /// What is judged, its accuracy, a line a class (of many classes those with the most texts), and
  /// the table; above kTableClasses classes the commonest mistakes.
  std::string text(std::string_view what = "held-out") const;
  /// All of it. "confusion" is the table, and null above kConfigTableClasses classes; "mistakes"
  /// has what lies off its diagonal.
  Config to_config() const;

  static constexpr std::size_t kTableClasses = 12;
  static constexpr std::size_t kListedClasses = 200;
  static constexpr std::size_t kConfigTableClasses = 256;

 private:
  struct Entry {
    std::size_t truth, answer;
    std::int64_t texts;
  };
  struct Class {
    std::int64_t texts = 0, answered = 0, correct = 0;
  };
  std::int64_t at(std::size_t truth, std::size_t answer) const;
  std::string scores_text() const;
  std::string table_text() const;
  std::string mistakes_text() const;

  std::vector<std::string> names_;
  std::vector<Class> classes_;
  std::vector<Entry> entries_;  // what occurs, by truth and answer
  std::int64_t total_ = 0;
};

/// Appends a line: the label and the probability of each answer, the line that was answered, with
/// tabs between them. Where there is no answer both are empty.
void append_answer(std::string& out, std::span<const Choice> answer,
                   std::span<const std::string> classes, std::string_view line);
/// The likeliest answer under "label" and "probability", null where there is none; all of them
/// where more are asked for.
Config to_config(std::span<const Choice> answer, std::span<const std::string> classes,
                 std::string_view line, std::size_t known_tokens, const Ranking& ranking);

/// Text of the user's in a line of ours: valid UTF-8, no line ends, no control characters.
std::string one_line(std::string_view text);
/// With so many digits behind the point.
std::string fixed(double value, int digits);
std::string left(std::string_view text, std::size_t width);
std::string right(std::string_view text, std::size_t width);

/// Writes to standard output, at once; throws std::runtime_error when it cannot be written.
void write_out(const std::string& text);

}  // namespace keratin::cli
