// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/tensor/tensor.h"

namespace keratin::cli {

/// How often each class was taken for each.
class Confusion {
 public:
  /// `probabilities` is (texts, classes); the answer is the most probable class.
  Confusion(std::vector<std::string> classes, const std::vector<std::int32_t>& truth,
            const Tensor& probabilities);

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

  /// Accuracy, a line a class, and the table; above kTableClasses classes the commonest mistakes.
  std::string text() const;
  Config to_config() const;

  static constexpr std::size_t kTableClasses = 12;

 private:
  std::int64_t at(std::size_t truth, std::size_t answer) const {
    return counts_[truth * classes_.size() + answer];
  }
  std::string scores_text() const;
  std::string table_text() const;
  std::string mistakes_text() const;

  std::vector<std::string> classes_;
  std::vector<std::int64_t> counts_;  // truth by answer
  std::int64_t total_ = 0;
};

/// What the classifier says of a text.
struct Answer {
  std::string text;
  std::string label;
  double probability;
};
std::vector<Answer> answers_of(const std::vector<std::string>& classes,
                               const std::vector<std::string>& texts, const Tensor& probabilities);
/// A line an answer: the label, the probability, the text, with tabs between them.
std::string answers_text(const std::vector<Answer>& answers);
Config to_config(const std::vector<Answer>& answers);

/// Writes to standard output; throws std::runtime_error when it cannot be written.
void write_out(const std::string& text);

}  // namespace keratin::cli
