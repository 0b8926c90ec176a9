// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "keratin/base/config.h"

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

  /// Accuracy, a line a class (of many classes those with the most texts), and the table; above
  /// kTableClasses classes the commonest mistakes.
  std::string text() const;
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

/// What the classifier says of a text.
struct Answer {
  std::string text;
  std::string label;
  double probability;
  std::size_t known_tokens;
};
/// A line an answer: the label, the probability, the text, with tabs between them.
std::string answer_text(const Answer& answer);
Config to_config(const Answer& answer);

/// Writes to standard output, at once; throws std::runtime_error when it cannot be written.
void write_out(const std::string& text);

}  // namespace keratin::cli
